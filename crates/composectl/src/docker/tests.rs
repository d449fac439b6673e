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
    assert_eq!(asked(&folder, &with_context("prod"), &[]), "tcp://away:2376");
    std::fs::write(certificates.join("key.pem"), "").unwrap();
    let told = asked(&folder, &with_context("prod"), &[]);
    assert!(told.starts_with(r#"context "prod": "#) && told.ends_with("key.pem is there and no certificate for it"));
    std::fs::remove_file(certificates.join("ca.pem")).unwrap();
    std::fs::write(certificates.join("cert.pem"), "").unwrap();
    let told = asked(&folder, &with_context("prod"), &[]);
    assert_eq!(told, r#"context "prod": there is no ca.pem, and so nobody to vouch for the engine"#);
    std::fs::write(meta.path().join("meta.json"), "{").unwrap();
    assert!(asked(&folder, &with_context("prod"), &[]).contains("meta.json is no JSON"));
}

/// Whether TLS is spoken, whether the engine is verified and this side known; or what is said.
fn spoken(folder: &tempfile::TempDir, tls: TlsFlags, variables: &[(&str, &str)]) -> String {
    let config = folder.path().display().to_string();
    let variable = |name: &str| {
        let given = variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        given.or_else(|| (name == "DOCKER_CONFIG").then(|| config.clone()))
    };
    let docker = Docker { host: Some("tcp://a:1".to_owned()), tls, ..Docker::default() };
    match docker.engine(variable).map(|engine| engine.tls) {
        Ok(None) => "plain".to_owned(),
        Ok(Some(tls)) => {
            let of = |word: &str, is: bool| format!("{}{word}", if is { "" } else { "un" });
            format!("{} {}", of("verified", tls.authority.is_some()), of("known", tls.identity.is_some()))
        }
        Err(exit) => exit.message.unwrap().replace(&config, "."),
    }
}

#[test]
fn flags_and_variables_ask_for_tls() {
    let folder = store("", "unix:///prod.sock");
    let flags = |wanted, verified| TlsFlags { wanted, verified, ..TlsFlags::default() };
    let (none, verify) = (TlsFlags::default(), ("DOCKER_TLS_VERIFY", "1"));
    assert_eq!(spoken(&folder, none.clone(), &[]), "plain");
    assert_eq!(spoken(&folder, none.clone(), &[("DOCKER_TLS_VERIFY", "")]), "plain");
    assert_eq!(spoken(&folder, none.clone(), &[("DOCKER_TLS", "1")]), "unverified unknown");
    assert_eq!(spoken(&folder, flags(Some(true), None), &[]), "unverified unknown");
    assert_eq!(spoken(&folder, none.clone(), &[verify]), "./ca.pem: no such file");
    std::fs::write(folder.path().join("ca.pem"), "").unwrap();
    assert_eq!(spoken(&folder, none.clone(), &[verify]), "verified unknown");
    assert_eq!(spoken(&folder, flags(Some(false), None), &[verify]), "verified unknown");
    assert_eq!(spoken(&folder, flags(None, Some(true)), &[]), "verified unknown");
    assert_eq!(spoken(&folder, flags(None, Some(false)), &[verify]), "unverified unknown");
    std::fs::write(folder.path().join("cert.pem"), "").unwrap();
    assert_eq!(spoken(&folder, none.clone(), &[verify]), "./cert.pem is there and no key for it");
    std::fs::write(folder.path().join("key.pem"), "").unwrap();
    assert_eq!(spoken(&folder, none.clone(), &[verify]), "verified known");
    assert_eq!(spoken(&folder, none.clone(), &[verify, ("DOCKER_CERT_PATH", "/none")]), "/none/ca.pem: no such file");
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    std::fs::create_dir(folder.path().join("key.pem")).unwrap();
    let told = spoken(&folder, none, &[verify]);
    assert_eq!(told, "./key.pem cannot be read: Is a directory (os error 21)");
}

#[test]
fn files_that_are_named_must_be_there() {
    let folder = store("", "unix:///prod.sock");
    let path = |name: &str| Some(folder.path().join(name));
    let check = |wanted, verified, files, expected: &str| {
        assert_eq!(spoken(&folder, TlsFlags { wanted, verified, files }, &[]), expected);
    };
    std::fs::write(folder.path().join("mine"), "").unwrap();
    check(None, Some(true), [path("mine"), None, None], "verified unknown");
    check(None, Some(true), [path("mine"), path("mine"), path("mine")], "verified known");
    check(None, Some(true), [path("mine"), path("mine"), path("gone")], "./gone: no such file");
    check(Some(true), None, [path("gone"), None, None], "./gone: no such file");
    let nobody = "there is no ca.pem, and so nobody to vouch for the engine";
    check(None, Some(true), [Some(PathBuf::new()), None, None], nobody);
    check(None, None, [path("gone"), None, None], "plain");
}

#[test]
fn an_address_without_tls_needs_no_certificate() {
    let folder = store("", "unix:///prod.sock");
    let variables = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_HOST", "ssh://a")];
    assert_eq!(asked(&folder, &Docker::default(), &variables), "ssh://a");
    assert_eq!(asked(&folder, &with_context("prod"), &variables[..1]), "unix:///prod.sock");
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
