//! Engines behind TLS: who is believed, who is let in, and what is said where not.

use std::path::{Path, PathBuf};
use std::process::Command;

use support::folder::Folder;
use support::programs::{Ended, program, run};
use support::tls::Front;

use crate::composectl;
use crate::fake_engine::FakeEngine;

const STACK: &str = "name: shop\nservices:\n  web:\n    image: box:1\n";

/// An engine and TLS in front of it.
struct Stand {
    folder: Folder,
    engine: FakeEngine,
    front: Front,
}

impl Stand {
    fn new(name: &str) -> Self {
        let folder = Folder::new();
        folder.write("compose.yaml", STACK);
        let engine = FakeEngine::start(&folder, &[]);
        let front = Front::named(&folder.join("certificates"), &folder.join("engine.sock"), name);
        Self { folder, engine, front }
    }

    /// With the variables of docker, and certificates out of a folder.
    fn verified(&self, certificates: &Path, args: &[&str]) -> Ended {
        let mut command = composectl(&self.folder, args);
        command.env("DOCKER_HOST", &self.front.address).env("DOCKER_TLS_VERIFY", "1");
        self.told(run(command.env("DOCKER_CERT_PATH", certificates)))
    }

    /// As a plugin of docker, with flags of docker's.
    fn plugin(&self, flags: &[&str]) -> Ended {
        let link = self.folder.join("docker-composed");
        if !link.exists() {
            std::os::unix::fs::symlink(program("composectl"), &link).unwrap();
        }
        let mut command = Command::new(link);
        command.args(flags).args(["composed", "--no-daemon", "ls", "-q"]).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.join("home")).env("COMPOSED_STATE_DIR", self.folder.join("home/state"));
        self.engine.put("shop-web-1", serde_json::json!({ "com.docker.compose.project": "shop" }));
        self.told(run(command.env("DOCKER_CONFIG", self.folder.join("settings"))))
    }

    fn told(&self, ended: Ended) -> Ended {
        let ended = ended.in_folder(&self.folder);
        Ended { stderr: ended.stderr.replace(&self.front.address, "[address]"), ..ended }
    }

    fn certificates(&self) -> PathBuf {
        self.front.folder.clone()
    }

    /// Some of the certificates, in another folder.
    fn only(&self, names: &[&str]) -> PathBuf {
        let folder = self.folder.join(names.join("+"));
        std::fs::create_dir_all(&folder).unwrap();
        for name in names {
            std::fs::copy(self.front.folder.join(name), folder.join(name)).unwrap();
        }
        folder
    }
}

#[test]
fn with_the_right_certificates_a_stack_is_brought_up() {
    let stand = Stand::new("127.0.0.1");
    let _ = stand.verified(&stand.certificates(), &["up", "-d"]).well();
    assert_eq!(stand.engine.running(), ["shop-web-1"]);
}

#[test]
fn an_engine_of_another_authority_is_not_believed() {
    let stand = Stand::new("127.0.0.1");
    let other = Stand::new("127.0.0.1");
    insta::assert_snapshot!(stand.verified(&other.certificates(), &["ps"]).to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at [address]: invalid peer certificate: UnknownIssuer
    help: ca.pem vouches for the engine, cert.pem and key.pem for this side: they lie in DOCKER_CERT_PATH, or with the context; `docker version` should work with the same
    ");
    assert!(stand.engine.calls().is_empty());
}

#[test]
fn an_engine_of_another_name_is_not_believed() {
    let stand = Stand::new("elsewhere");
    let ended = stand.verified(&stand.certificates(), &["ps"]);
    assert!(ended.code == 1 && ended.stderr.contains("not valid for name"), "{ended}");
}

#[test]
fn an_engine_that_wants_to_know_who_asks_says_so() {
    let stand = Stand::new("127.0.0.1");
    insta::assert_snapshot!(stand.verified(&stand.only(&["ca.pem"]), &["ps"]).to_string(), @"
    exit 1
    --- stderr
    list containers: cannot connect to the engine at [address]: received fatal alert: CertificateRequired
    help: ca.pem vouches for the engine, cert.pem and key.pem for this side: they lie in DOCKER_CERT_PATH, or with the context; `docker version` should work with the same
    ");
}

#[test]
fn flags_of_docker_name_certificates() {
    let stand = Stand::new("elsewhere");
    let file = |name: &str| stand.front.folder.join(name).display().to_string();
    let (ca, certificate, key) = (file("ca.pem"), file("cert.pem"), file("key.pem"));
    let host = ["-H", &stand.front.address];
    let identity = ["--tlscert", &certificate, "--tlskey", &key];
    // Nobody is asked to vouch for the engine, so that its name does not matter either.
    assert_eq!(stand.plugin(&[&host[..], &["--tls"], &identity].concat()).well().stdout, "shop\n");
    let verified = [&host[..], &["--tlsverify", "--tlscacert", &ca], &identity].concat();
    assert!(stand.plugin(&verified).stderr.contains("not valid for name"));
    insta::assert_snapshot!(stand.plugin(&[&host[..], &["--tlsverify"]].concat()).to_string(), @"
    exit 1
    --- stderr
    [folder]/settings/ca.pem: no such file
    help: DOCKER_CERT_PATH is the folder of ca.pem, cert.pem and key.pem; --tlscacert, --tlscert and --tlskey name them one by one
    ");
    let swapped = [&host[..], &["--tls", "--tlscert", &key, "--tlskey", &certificate]].concat();
    insta::assert_snapshot!(stand.plugin(&swapped).to_string(), @"
    exit 1
    --- stderr
    connect to [address]: [folder]/certificates/key.pem holds no certificate
    help: ca.pem vouches for the engine, cert.pem and key.pem for this side: they lie in DOCKER_CERT_PATH, or with the context; `docker version` should work with the same
    ");
}

#[test]
fn a_context_has_certificates_of_its_own() {
    let stand = Stand::new("127.0.0.1");
    // The SHA-256 of `prod`.
    let id = "6754af9632a2745e85c293e5aac0863370d9bd3330b9938c00cadfd215227d77";
    let write = |skips: bool| {
        let host = &stand.front.address;
        let endpoint = serde_json::json!({ "Host": host, "SkipTLSVerify": skips });
        let meta = serde_json::json!({ "Name": "prod", "Endpoints": { "docker": endpoint } });
        stand.folder.write(&format!("settings/contexts/meta/{id}/meta.json"), &meta.to_string());
    };
    write(false);
    // Plain HTTP to a server that speaks TLS.
    assert_eq!(stand.plugin(&["-c", "prod"]).code, 1);
    let kept = stand.folder.join(format!("settings/contexts/tls/{id}/docker"));
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(stand.certificates(), &kept).unwrap();
    assert_eq!(stand.plugin(&["-c", "prod"]).well().stdout, "shop\n");
    std::fs::remove_file(&kept).unwrap();
    std::os::unix::fs::symlink(stand.only(&["cert.pem", "key.pem"]), &kept).unwrap();
    assert!(stand.plugin(&["-c", "prod"]).stderr.contains("context \"prod\": there is no ca.pem"));
    write(true);
    assert_eq!(stand.plugin(&["-c", "prod"]).well().stdout, "shop\n");
}
