//! TLS in front of a unix socket, on loopback, with certificates that were made for the test: an authority, a
//! server's certificate for 127.0.0.1 and a client's.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::{TlsAcceptor, rustls};

/// A server that speaks TLS and hands on what it is told.
#[derive(Debug)]
pub struct Front {
    /// In `DOCKER_HOST` form.
    pub address: String,
    /// The folder of `ca.pem`, `cert.pem` and `key.pem` for whoever is to be let in.
    pub folder: PathBuf,
    /// It serves as long as this is there.
    _runtime: tokio::runtime::Runtime,
}

impl Front {
    /// Begins to serve before a unix socket; the files are written into `folder`. Only clients of the same authority
    /// are let in.
    ///
    /// # Panics
    /// When certificates cannot be made, or nobody can listen on loopback.
    #[must_use]
    pub fn new(folder: &Path, socket: &Path) -> Self {
        Self::named(folder, socket, "127.0.0.1")
    }

    /// The same, with a certificate for another name.
    ///
    /// # Panics
    /// As `new`.
    #[must_use]
    pub fn named(folder: &Path, socket: &Path, name: &str) -> Self {
        let authority = Authority::new(&format!("authority of {}", folder.display()));
        authority.write(folder);
        let acceptor = TlsAcceptor::from(Arc::new(authority.server(name)));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime can be had");
        let listener = runtime.block_on(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
        let listener = listener.expect("loopback can be listened on");
        let address = format!("tcp://{}", listener.local_addr().expect("a listener has an address"));
        let socket = socket.to_owned();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, socket) = (acceptor.clone(), socket.clone());
                tokio::spawn(async move {
                    let (Ok(mut stream), Ok(mut engine)) =
                        (acceptor.accept(stream).await, UnixStream::connect(&socket).await)
                    else {
                        return;
                    };
                    let _ = copy_bidirectional(&mut stream, &mut engine).await;
                });
            }
        });
        Self { address, folder: folder.to_owned(), _runtime: runtime }
    }
}

/// Who vouches for a server and its clients.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut wanted = CertificateParams::default();
        wanted.distinguished_name.push(DnType::CommonName, name);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        let pem = wanted.self_signed(&key).expect("a certificate can be made").pem();
        Self { pem, issuer: Issuer::new(wanted, key) }
    }

    /// A certificate for a name, and its key.
    fn vouch(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key can be made");
        let wanted = CertificateParams::new([name.to_owned()]).expect("it is a name");
        let made = wanted.signed_by(&key, &self.issuer).expect("a certificate can be made");
        (made.pem(), key.serialize_pem())
    }

    fn write(&self, folder: &Path) {
        let (certificate, key) = self.vouch("client");
        std::fs::create_dir_all(folder).expect("a test's folder can be written");
        for (name, text) in [("ca.pem", &self.pem), ("cert.pem", &certificate), ("key.pem", &key)] {
            std::fs::write(folder.join(name), text).expect("a test's folder can be written");
        }
    }

    fn server(&self, name: &str) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        let own = CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("it was just made");
        roots.add(own).expect("it was just made");
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let clients = clients.build().expect("there is an authority");
        let (certificate, key) = self.vouch(name);
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("it was just made")];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it was just made");
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("the provider knows them").with_client_cert_verifier(clients);
        builder.with_single_cert(chain, key).expect("the key is the certificate's")
    }
}
