//! Flags, variables and contexts against each other.

use super::*;

fn store(current: &str, host: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let id: String = Sha256::digest(b"prod").iter().map(|byte| format!("{byte:02x}")).collect();
    let meta = folder.path().join("contexts/meta").join(id);
    std::fs::create_dir_all(&meta).unwrap();
    let text =
        serde_json::json!({ "Name": "prod", "Endpoints": { "docker": { "Host": host, "SkipTLSVerify": false } } });
    std::fs::write(meta.join("meta.json"), text.to_string()).unwrap();
    let settings = serde_json::json!({ "currentContext": current });
    std::fs::write(folder.path().join("config.json"), settings.to_string()).unwrap();
    folder
}

/// The address, or what is said.
fn asked(folder: &tempfile::TempDir, docker: &Docker, variables: &[(&str, &str)]) -> String {
    let config = folder.path().display().to_string();
    let variable = |name: &str| {
        let given = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        given.or_else(|| (name == "DOCKER_CONFIG").then(|| config.clone()))
    };
    match docker.engine(variable) {
        Ok(engine) => engine.host.unwrap_or_else(|| "the default".to_owned()),
        Err(exit) => exit.message.unwrap(),
    }
}

fn with_context(name: &str) -> Docker {
    Docker { context: Some(name.to_owned()), ..Docker::default() }
}

#[test]
fn who_says_it_more_closely_wins() {
    let (chosen, plain) = (store("prod", "unix:///prod.sock"), store("", "unix:///prod.sock"));
    let none = Docker::default();
    let host = Docker { host: Some("unix:///flag.sock".to_owned()), ..Docker::default() };
    let check = |folder, docker: &Docker, variables: &[(&str, &str)], expected: &str| {
        assert_eq!(asked(folder, docker, variables), expected, "{docker:?} {variables:?}");
    };
    check(&plain, &none, &[], "the default");
    check(&plain, &none, &[("DOCKER_CONTEXT", "prod")], "unix:///prod.sock");
    check(&chosen, &none, &[], "unix:///prod.sock");
    check(&chosen, &none, &[("DOCKER_CONTEXT", "default")], "the default");
    check(&chosen, &none, &[("DOCKER_HOST", "unix:///variable.sock")], "unix:///variable.sock");
    check(&chosen, &host, &[("DOCKER_HOST", "unix:///variable.sock")], "unix:///flag.sock");
    check(&chosen, &with_context("default"), &[], "the default");
    check(&plain, &with_context("prod"), &[("DOCKER_HOST", "unix:///variable.sock")], "unix:///prod.sock");
    let both = Docker { host: host.host, ..with_context("prod") };
    check(&plain, &both, &[], "conflicting options: cannot specify both --host and --context");
}

#[test]
fn another_folder_of_settings_has_other_contexts() {
    let (other, empty) = (store("prod", "unix:///prod.sock"), tempfile::tempdir().unwrap());
    let docker = Docker { config: Some(other.path().to_owned()), ..Docker::default() };
    assert_eq!(asked(&empty, &docker, &[]), "unix:///prod.sock");
}

#[test]
fn a_context_that_cannot_be_used_is_named() {
    let folder = store("", "tcp://away:2376");
    assert_eq!(asked(&folder, &with_context("prod"), &[]), "tcp://away:2376");
    assert_eq!(asked(&folder, &with_context("gone"), &[]), r#"context "gone": context not found"#);
    let meta = std::fs::read_dir(folder.path().join("contexts/meta")).unwrap().next().unwrap().unwrap();
    let certificates = folder.path().join("contexts/tls").join(meta.file_name()).join("docker");
    std::fs::create_dir_all(&certificates).unwrap();
    std::fs::write(certificates.join("ca.pem"), "").unwrap();
    let expected = r#"context "prod": connect to tcp://away:2376: TLS is not supported"#;
    assert_eq!(asked(&folder, &with_context("prod"), &[]), expected);
    std::fs::write(meta.path().join("meta.json"), "{").unwrap();
    assert!(asked(&folder, &with_context("prod"), &[]).contains("meta.json is no JSON"));
}

#[test]
fn tls_by_flags_is_refused_where_it_would_count() {
    let folder = store("", "unix:///prod.sock");
    let tls = |host: &str| Docker { host: Some(host.to_owned()), tls: true, ..Docker::default() };
    assert_eq!(asked(&folder, &tls("unix:///a.sock"), &[]), "unix:///a.sock");
    assert_eq!(asked(&folder, &tls("tcp://a:1"), &[]), "connect to tcp://a:1: TLS is not supported");
}

#[test]
fn only_flags_lead_away_from_a_daemon() {
    let folder = store("prod", "unix:///prod.sock");
    let variable = |name: &str| (name == "DOCKER_CONFIG").then(|| folder.path().display().to_string());
    let host = |host: &str| Docker { host: Some(host.to_owned()), ..Docker::default() };
    let check = |docker: Docker, expected| assert_eq!(docker.is_elsewhere(variable), Ok(expected), "{docker:?}");
    check(Docker::default(), false);
    check(with_context("default"), false);
    check(with_context("prod"), true);
    check(host("unix:///var/run/docker.sock"), false);
    check(host("unix:///other.sock"), true);
}
