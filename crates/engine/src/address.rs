//! Where an engine listens: `DOCKER_HOST` as a value. Nothing here reads the environment or opens a
//! connection.

use std::fmt;
use std::path::PathBuf;

use hyper::http::uri::Authority;

use crate::Error;
use crate::ssh::Ssh;

/// The socket an engine without further configuration has.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where an engine listens, and how one gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// Plain HTTP, `host:port`.
    Tcp(String),
    /// A login on another machine.
    Ssh(Ssh),
}

impl Address {
    /// Reads `DOCKER_HOST`; nothing, or nothing in it, is the default socket.
    ///
    /// # Errors
    /// A scheme that is not spoken (`https`, `npipe`, `fd`), or a text that is no address.
    pub fn of_docker_host(docker_host: Option<&str>) -> Result<Self, Error> {
        let Some(text) = docker_host.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self::Unix(DEFAULT_SOCKET.into()));
        };
        let refused = |why: &str| Error::unsupported(format!("connect to {}", shown(text)), why.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(|| refused("an address looks like `unix:///path`"))?;
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(rest.into())),
            "unix" => Err(refused("the path of a unix socket is absolute")),
            "tcp" | "http" => {
                let host = rest.trim_end_matches('/');
                let authority: Authority = host.parse().map_err(|_| refused("expected `host:port`"))?;
                match (authority.host(), authority.port_u16()) {
                    ("", _) => Err(refused("expected `host:port`")),
                    _ if host.contains('@') => Err(refused("expected `host:port`")),
                    (_, Some(_)) => Ok(Self::Tcp(host.to_owned())),
                    (name, None) if name.len() == host.len() => Ok(Self::Tcp(format!("{host}:2375"))),
                    (_, None) => Err(refused("expected `host:port`")),
                }
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
        }
    }
}

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
        assert_eq!(Address::of_docker_host(Some(docker_host)).unwrap().to_string(), expected);
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
    fn a_password_is_refused_and_not_repeated() {
        for text in
            ["ssh://me:secret@host", "ssh://me:se/cret@host", "tcp://me:secret@host:1", "https://me:secret@host"]
        {
            let told = Address::of_docker_host(Some(text)).unwrap_err().to_string();
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
            let error = Address::of_docker_host(Some(text)).unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
            assert!(!error.is_transient() && !error.is_unknown_outcome());
        }
    }
}
