//! Who is believed on a connection by TLS, and as whom one speaks: certificates as texts, made ready for rustls.
//! Nothing here reads a file; each text carries the name by which an error tells of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_rustls::rustls;

/// A text in PEM, and the file that it stood in.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem {
    /// For errors; it is not opened.
    pub path: PathBuf,
    /// What was in it.
    pub text: Vec<u8>,
}

impl fmt::Debug for Pem {
    // It may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pem").field("path", &self.path).finish_non_exhaustive()
    }
}

/// How an engine is spoken to by TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Who vouches for the engine. `None` is nobody: whoever answers is believed, which keeps out listeners and
    /// nobody who can stand in the way. Only where a user asks for just that.
    pub authority: Option<Pem>,
    /// The certificate (and those between it and the engine's authority) and the key by which the engine knows
    /// this side.
    pub identity: Option<(Pem, Pem)>,
}

impl Tls {
    /// Makes it ready. The error names the file that is at fault.
    pub(crate) fn config(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &self.authority {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates(authority)?);
                if roots.is_empty() {
                    return Err(format!("{} holds no certificate of an authority", authority.path.display()));
                }
                builder.with_root_certificates(roots)
            }
            None => builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))),
        };
        let Some((certificate, key)) = &self.identity else { return Ok(builder.with_no_client_auth()) };
        let chain = certificates(certificate)?;
        let secret = PrivateKeyDer::from_pem_slice(&key.text)
            .map_err(|_| format!("{} holds no key that can be read without a password", key.path.display()))?;
        let files = || format!("{} and {}", certificate.path.display(), key.path.display());
        builder.with_client_auth_cert(chain, secret).map_err(|error| format!("{}: {error}", files()))
    }
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem.text).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(format!("{} holds no certificate", pem.path.display())),
        Err(error) => Err(format!("{} is no PEM: {error}", pem.path.display())),
    }
}

/// Believes every certificate. That whoever shows one also has its key is still made sure of.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(path: &str, text: &str) -> Pem {
        Pem { path: path.into(), text: text.as_bytes().to_vec() }
    }

    #[test]
    fn the_file_at_fault_is_named() {
        let whole = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let check = |authority: Option<&str>, identity: Option<(&str, &str)>, expected: &str| {
            let authority = authority.map(|text| pem("ca.pem", text));
            let identity = identity.map(|(certificate, key)| (pem("cert.pem", certificate), pem("key.pem", key)));
            assert_eq!(Tls { authority, identity }.config().unwrap_err(), expected);
        };
        check(Some(""), None, "ca.pem holds no certificate");
        check(Some(whole), None, "ca.pem holds no certificate of an authority");
        check(None, Some(("", "")), "cert.pem holds no certificate");
        check(None, Some((whole, "secret")), "key.pem holds no key that can be read without a password");
    }

    #[test]
    fn a_key_is_not_shown() {
        assert!(!format!("{:?}", pem("key.pem", "secret")).contains("secret"));
    }
}
