//! Credentials as the engine wants them: headers of JSON in base64url. In plain base64 a password with `?` or `~`
//! would make it ask as nobody, without a word.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_URL_SAFE, Engine as _};
use hyper::http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::Credentials;

/// A header, as a call takes it.
pub(crate) type Header = (HeaderName, HeaderValue);

#[derive(Serialize, Default)]
struct Wire<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    password: &'a str,
    #[serde(rename = "identitytoken", skip_serializing_if = "str::is_empty")]
    identity_token: &'a str,
    #[serde(rename = "serveraddress", skip_serializing_if = "str::is_empty")]
    server: &'a str,
}

fn wire(known: &Credentials) -> Wire<'_> {
    let Credentials { username, password, identity_token, server } = known;
    Wire { username, password, identity_token, server }
}

/// The header of a pull or push. A push wants it even of nobody.
pub(crate) fn of_one(known: Option<&Credentials>) -> Header {
    header("x-registry-auth", &known.map(wire).unwrap_or_default())
}

/// The header of a build.
pub(crate) fn of_all(known: &BTreeMap<String, Credentials>) -> Option<Header> {
    let all: BTreeMap<&String, Wire<'_>> = known.iter().map(|(server, known)| (server, wire(known))).collect();
    (!all.is_empty()).then(|| header("x-registry-config", &all))
}

fn header(name: &'static str, value: &impl Serialize) -> Header {
    let json = serde_json::to_vec(value).expect("maps of texts are JSON");
    let mut value = HeaderValue::try_from(BASE64_URL_SAFE.encode(json)).expect("base64 is plain text");
    value.set_sensitive(true);
    (HeaderName::from_static(name), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_written_for_urls() {
        // The engine takes anything else for nobody.
        let known = Credentials { username: "u".into(), password: "a?b~~~>".into(), ..Credentials::default() };
        let (name, value) = of_one(Some(&known));
        assert_eq!(name, "x-registry-auth");
        assert_eq!(value.to_str().unwrap(), "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6ImE_Yn5-fj4ifQ==");
        assert_eq!(of_one(None).1, "e30=");
    }

    #[test]
    fn a_build_is_told_all_of_them() {
        let token = Credentials { identity_token: "t".into(), ..Credentials::default() };
        let (name, value) = of_all(&BTreeMap::from([("r".to_owned(), token)])).unwrap();
        assert_eq!(name, "x-registry-config");
        assert_eq!(BASE64_URL_SAFE.decode(value.as_bytes()).unwrap(), br#"{"r":{"identitytoken":"t"}}"#);
        assert!(of_all(&BTreeMap::new()).is_none());
    }
}
