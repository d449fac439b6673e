//! An engine behind a login on another machine: `ssh://` as a value, and the command line that reaches it. Nothing
//! here runs anything.
//!
//! Only names of ordinary characters are taken. What begins with `-` would be an option of ssh's, and the rest is
//! read by a shell over there.

use std::fmt;

/// How long ssh may try, as docker has it.
const CONNECT_TIMEOUT: &str = "ConnectTimeout=30";

/// Where to log in, and what socket the engine has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssh {
    user: Option<String>,
    /// A name or an address, without brackets.
    host: String,
    port: Option<u16>,
    /// The engine's socket; `None` is the one that `docker` finds over there.
    socket: Option<String>,
}

impl Ssh {
    /// Reads what follows `ssh://`: `[user@]host[:port][/path/to/socket]`. The error says why it is none, and never
    /// repeats a password.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (login, path) = text.find('/').map_or((text, ""), |at| text.split_at(at));
        let (user, place) = login.rsplit_once('@').map_or((None, login), |(user, place)| (Some(user), place));
        if user.is_some_and(|user| user.contains(':')) {
            return Err("plain-text password is not supported".to_owned());
        }
        let (host, port) = match place.strip_prefix('[').map(|rest| rest.split_once(']').ok_or("`]` is missing")) {
            Some(bracketed) => {
                let (host, port) = bracketed?;
                if host.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err("only an IPv6 address stands in brackets".to_owned());
                }
                (host, port.strip_prefix(':').or_else(|| port.is_empty().then_some("")).ok_or("invalid port")?)
            }
            None => place.split_once(':').unwrap_or((place, "")),
        };
        let port = match port {
            "" => None,
            port => Some(port.parse().ok().filter(|port| *port != 0).ok_or("invalid port")?),
        };
        if host.is_empty() {
            return Err("hostname is empty".to_owned());
        }
        ordinary("host", host, "._:-")?;
        let user = user.filter(|user| !user.is_empty());
        user.map_or(Ok(()), |user| ordinary("user", user, "._-+@"))?;
        ordinary("path", path, "/._-+@:,=")?;
        let socket = Some(path).filter(|path| !path.trim_matches('/').is_empty());
        let owned = str::to_owned;
        Ok(Self { user: user.map(owned), host: host.to_owned(), port, socket: socket.map(owned) })
    }

    /// What ssh is called with. Its standard input and output are then the engine's connection.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut all = vec!["-o".to_owned(), CONNECT_TIMEOUT.to_owned(), "-T".to_owned()];
        if let Some(user) = &self.user {
            all.extend(["-l".to_owned(), user.clone()]);
        }
        if let Some(port) = self.port {
            all.extend(["-p".to_owned(), port.to_string()]);
        }
        all.extend(["--".to_owned(), self.host.clone(), "docker".to_owned()]);
        if let Some(socket) = &self.socket {
            all.extend(["--host".to_owned(), format!("unix://{socket}")]);
        }
        all.extend(["system".to_owned(), "dial-stdio".to_owned()]);
        all
    }

    /// The login alone, as one types it after `ssh`.
    pub(crate) fn login(&self) -> String {
        let port = self.port.map(|port| format!("-p {port} ")).unwrap_or_default();
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        format!("{port}{user}{}", self.host)
    }
}

impl fmt::Display for Ssh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ssh://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(self.socket.as_deref().unwrap_or_default())
    }
}

/// Refuses what is not letters, digits and `others`, or what would be taken for an option.
fn ordinary(what: &str, text: &str, others: &str) -> Result<(), String> {
    if text.starts_with('-') {
        return Err(format!("the {what} begins with `-`"));
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !others.contains(*c)) {
        Some(odd) => Err(format!("the {what} holds {odd:?}, which is not taken")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let ssh = Ssh::parse(text).unwrap();
        assert_eq!(ssh.arguments().join(" "), format!("-o ConnectTimeout=30 -T {expected}"), "{text}");
        assert_eq!(Ssh::parse(ssh.to_string().strip_prefix("ssh://").unwrap()).unwrap(), ssh, "{text}");
    }

    #[test]
    fn the_command_line_is_dockers() {
        check("a", "-- a docker system dial-stdio");
        check("a/", "-- a docker system dial-stdio");
        check("me@a:", "-l me -- a docker system dial-stdio");
        check("me@corp@a-b.example", "-l me@corp -- a-b.example docker system dial-stdio");
        check("me@a:22/run/x.sock", "-l me -p 22 -- a docker --host unix:///run/x.sock system dial-stdio");
        check("[::1]:2", "-p 2 -- ::1 docker system dial-stdio");
        check("[fe80::1]/x", "-- fe80::1 docker --host unix:///x system dial-stdio");
    }

    #[test]
    fn nothing_becomes_an_option_or_a_command() {
        for (text, why) in [
            ("-oProxyCommand=x", "the host begins with `-`"),
            ("-l@a", "the user begins with `-`"),
            ("a b", "the host holds ' ', which is not taken"),
            ("a;x", "the host holds ';', which is not taken"),
            ("$(x)@a", "the user holds '$', which is not taken"),
            ("a%20b@a", "the user holds '%', which is not taken"),
            ("a/run/x y", "the path holds ' ', which is not taken"),
            ("a/run/`x`", "the path holds '`', which is not taken"),
            ("a?x=1", "the host holds '?', which is not taken"),
            ("a\nb", "the host holds '\\n', which is not taken"),
            ("", "hostname is empty"),
            ("me@/x", "hostname is empty"),
            (":22", "hostname is empty"),
            ("a:x", "invalid port"),
            ("a:0", "invalid port"),
            ("a:70000", "invalid port"),
            ("::1", "invalid port"),
            ("[::1", "`]` is missing"),
            ("[::1]x", "invalid port"),
            ("[-x]", "only an IPv6 address stands in brackets"),
            ("me:secret@a", "plain-text password is not supported"),
            ("me:se/cret@a", "invalid port"),
        ] {
            assert_eq!(Ssh::parse(text).unwrap_err(), why, "{text}");
        }
    }
}
