//! Services that use the engine's API (Compose Specification, `use_api_socket`): its socket and the credentials for
//! registries are brought into their containers, as docker compose does it.

use std::collections::BTreeMap;

use api::Credentials;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use model::{API_SOCKET, FileReference, Hidden, Mount, MountKind, Project, Service};
use serde::Serialize;

const SOCKET: &str = "/var/run/docker.sock";
/// Where docker's settings lie inside.
const FOLDER: &str = "/run/secrets/docker";

#[derive(Serialize)]
struct Settings {
    auths: BTreeMap<String, Entry>,
}

#[derive(Serialize)]
struct Entry {
    #[serde(skip_serializing_if = "String::is_empty")]
    auth: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    identitytoken: String,
}

/// Gives every service that asks for it the socket and the credentials.
pub(crate) fn share(project: &mut Project, known: &BTreeMap<String, Credentials>) {
    let mut is_shared = false;
    for service in project.services.values_mut().filter(|service| service.use_api_socket) {
        is_shared = true;
        admit(service);
    }
    if is_shared {
        project.values.insert(API_SOCKET.to_owned(), Hidden::new(settings(known)));
    }
}

fn admit(service: &mut Service) {
    service.volumes.push(Mount {
        kind: MountKind::Bind,
        source: SOCKET.to_owned(),
        target: SOCKET.to_owned(),
        ..Mount::default()
    });
    // Who has settings of its own keeps them; the others lie beside them all the same.
    service.environment.entry("DOCKER_CONFIG".to_owned()).or_insert_with(|| Some(FOLDER.to_owned()));
    service.configs.push(FileReference {
        source: API_SOCKET.to_owned(),
        target: format!("{FOLDER}/config.json"),
        ..FileReference::default()
    });
}

/// Docker's settings with nothing but credentials in them, as docker writes them.
fn settings(known: &BTreeMap<String, Credentials>) -> String {
    let entry = |known: &Credentials| {
        let plain = format!("{}:{}", known.username, known.password);
        Entry {
            auth: if plain == ":" { String::new() } else { BASE64_STANDARD.encode(plain) },
            identitytoken: known.identity_token.clone(),
        }
    };
    let auths = known.iter().map(|(server, known)| (server.clone(), entry(known))).collect();
    let mut text = Vec::new();
    let tabs = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut writer = serde_json::Serializer::with_formatter(&mut text, tabs);
    Settings { auths }.serialize(&mut writer).expect("texts can be written into memory");
    String::from_utf8(text).expect("JSON is text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_docker_writes() {
        let login = Credentials { username: "u".into(), password: "p".into(), ..Credentials::default() };
        let token = Credentials { identity_token: "t".into(), ..Credentials::default() };
        let known = BTreeMap::from([("host:5000".to_owned(), login), ("other".to_owned(), token)]);
        let expected = "{\n\t\"auths\": {\n\t\t\"host:5000\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t},\n\t\t\"other\": {\n\t\t\t\"identitytoken\": \"t\"\n\t\t}\n\t}\n}";
        assert_eq!(settings(&known), expected);
        assert_eq!(settings(&BTreeMap::new()), "{\n\t\"auths\": {}\n}");
    }
}
