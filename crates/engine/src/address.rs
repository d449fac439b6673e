//! Where an engine listens: `DOCKER_HOST` as a value. Nothing here reads the environment or opens a
//! connection.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::http::uri::Authority;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::{Error, Ssh, Tls};

/// The socket an engine without further configuration has.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
/// The same of one that is spoken to by TLS.
const DEFAULT_BY_TLS: &str = "tcp://localhost:2376";

/// Where an engine listens, and how one gets there.
#[derive(Debug, Clone)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// Plain HTTP, `host:port`.
    Tcp(String),
    /// A login on another machine.
    Ssh(Ssh),
    /// HTTP within TLS.
    Tls(TlsAddress),
}

/// Where an engine listens by TLS, and who is believed to be it.
#[derive(Debug, Clone)]
pub struct TlsAddress {
    /// `host:port`.
    pub(crate) host: String,
    /// What its certificate has to be for.
    pub(crate) name: ServerName<'static>,
    pub(crate) config: Arc<ClientConfig>,
}

impl Address {
    /// Reads `DOCKER_HOST`; nothing, or nothing in it, is the default socket. `tls` counts where the address is
    /// `tcp://`, and moves what is the default.
    ///
    /// # Errors
    /// A scheme that is not spoken (`https`, `npipe`, `fd`), a text that is no address, or certificates that are none.
    pub fn of_docker_host(docker_host: Option<&str>, tls: Option<&Tls>) -> Result<Self, Error> {
        let text = match (docker_host.map(str::trim).filter(|text| !text.is_empty()), tls) {
            (Some(text), _) => text,
            (None, Some(_)) => DEFAULT_BY_TLS,
            (None, None) => return Ok(Self::Unix(DEFAULT_SOCKET.into())),
        };
        let refused = |why: &str| Error::unsupported(format!("connect to {}", shown(text)), why.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refused("an address looks like `unix:///path`"))?;
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(rest.into())),
            "unix" => Err(refused("the path of a unix socket is absolute")),
            "tcp" | "http" => {
                let host = rest.trim_end_matches('/');
                let authority: Authority = host.parse().map_err(|_| refused("expected `host:port`"))?;
                let name = authority.host();
                let place = match authority.port_u16() {
                    _ if name.is_empty() || host.contains('@') => Err(refused("expected `host:port`")),
                    Some(_) => Ok(host.to_owned()),
                    None if name.len() == host.len() => {
                        Ok(format!("{host}:{}", if tls.is_some() { "2376" } else { "2375" }))
                    }
                    None => Err(refused("expected `host:port`")),
                }?;
                let Some(tls) = tls.filter(|_| scheme == "tcp") else { return Ok(Self::Tcp(place)) };
                let name = ServerName::try_from(name.trim_matches(['[', ']']).to_owned());
                let name = name.map_err(|_| refused("no certificate can be for that host"))?;
                let config = tls.config().map_err(|why| refused(&why).remedied(REMEDY.to_owned()))?;
                Ok(Self::Tls(TlsAddress { host: place, name, config: Arc::new(config) }))
            }
            "ssh" => Ssh::parse(rest).map(Self::Ssh).map_err(|why| refused(&format!("invalid SSH URL: {why}"))),
            _ => Err(refused("only `unix://`, `tcp://` and `ssh://` are supported")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
            Self::Ssh(ssh) => write!(f, "{ssh}"),
            Self::Tls(TlsAddress { host, .. }) => write!(f, "tcp://{host}"),
        }
    }
}

/// What to look at where TLS fails.
pub(crate) const REMEDY: &str = "ca.pem vouches for the engine, cert.pem and key.pem for this side: they lie in \
                                 DOCKER_CERT_PATH, or with the context; `docker version` should work with the same";

/// An address as it may be told: what may be a password is left out.
fn shown(text: &str) -> String {
    let (start, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (&text[..scheme.len() + 3], rest));
    match rest.rsplit_once('@').map(|(user, place)| (user.split_once(':'), place)) {
        Some((Some((user, _)), place)) => format!("{start}{user}:…@{place}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(docker_host: &str, expected: &str) {
        assert_eq!(Address::of_docker_host(Some(docker_host), None).unwrap().to_string(), expected);
    }

    #[test]
    fn sockets_plain_tcp_and_logins_are_spoken() {
        check("", "unix:///var/run/docker.sock");
        check("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock");
        check("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375");
        check("tcp://engine", "tcp://engine:2375");
        check("tcp://[::1]:2376/", "tcp://[::1]:2376");
        check("tcp://[::1]", "tcp://[::1]:2375");
        check("ssh://me@[::1]:22/run/x.sock", "ssh://me@[::1]:22/run/x.sock");
    }

    #[test]
    fn tls_counts_for_tcp_alone_and_moves_the_default() {
        let tls = Tls { authority: None, identity: None };
        let check = |docker_host: &str, expected: &str, is_tls: bool| {
            let address = Address::of_docker_host(Some(docker_host), Some(&tls)).unwrap();
            assert_eq!((address.to_string().as_str(), matches!(address, Address::Tls(_))), (expected, is_tls));
        };
        check("", "tcp://localhost:2376", true);
        check("tcp://engine", "tcp://engine:2376", true);
        check("tcp://[::1]:1", "tcp://[::1]:1", true);
        check("unix:///x", "unix:///x", false);
        check("ssh://a", "ssh://a", false);
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in
            ["ssh://me:secret@host", "ssh://me:se/cret@host", "tcp://me:secret@host:1", "https://me:secret@host"]
        {
            let told = Address::of_docker_host(Some(text), None).unwrap_err().to_string();
            assert!(told.contains("://me:…@host") && !told.contains("cret"), "{told}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_and_named() {
        for text in [
            "ssh://root@-host",
            "https://host:2376",
            "docker.sock",
            "unix://relative",
            "tcp://",
            "tcp://:1",
            "tcp://a b:1",
            "tcp://a:99999",
        ] {
            let error = Address::of_docker_host(Some(text), None).unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
            assert!(!error.is_transient() && !error.is_unknown_outcome());
        }
    }
}
