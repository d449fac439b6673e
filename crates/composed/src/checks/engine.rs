//! The engine: whether it answers, what it is made of, who else gets at it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use api::Check;
use engine::{Address, Installation, Reach};

use super::Premises;
use crate::Supervisor;

/// Where an engine's socket lies that nobody moved.
const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];
/// What its own number cannot tell.
const MENDED: &str = "a distribution may have mended it under the same number: see its changelog";

pub(super) async fn checks(supervisor: &Supervisor, premises: &Premises) -> Vec<Check> {
    let engine = supervisor.engine();
    let version = match engine.version().await {
        Ok(version) => version,
        Err(error) => return vec![refused(&error)],
    };
    let (newest, spoken) = (&version.api, &version.negotiated);
    let mut checks =
        vec![Check::ok("engine", format!("version {} with API {newest}; {spoken} is spoken", version.engine))];
    checks.extend(premises.engine.as_ref().and_then(unencrypted));
    let installation = match engine.installation().await {
        Ok(installation) => installation,
        Err(error) => {
            checks.push(refused(&error));
            return checks;
        }
    };
    checks.extend(network(&installation.warnings));
    checks.extend(known_faults(&installation));
    checks.extend(sockets_inside(&installation.reaches, premises));
    checks
}

fn refused(error: &engine::Error) -> Check {
    let refusal = crate::project::refusal(error);
    Check::problem("engine", refusal.message, refusal.help)
}

/// Whether we ourselves speak to it over a network in the clear.
fn unencrypted(address: &Address) -> Option<Check> {
    let Address::Tcp(host) = address else { return None };
    let found = format!("tcp://{host} is spoken to without TLS: whoever gets there is root on its machine");
    Some(Check::problem("engine's address", found, "`ssh://`, or a listener with `tlsverify` on the engine's side"))
}

/// Whether it listens on a network for anybody: it says so itself.
fn network(warnings: &[String]) -> Vec<Check> {
    let is_open = |warning: &&String| warning.contains("API is accessible on");
    let open: Vec<Check> = warnings
        .iter()
        .filter(is_open)
        .map(|warning| {
            let first = warning.trim_start_matches("WARNING: ").lines().next().unwrap_or_default().trim();
            let help = "take the `tcp://` host out of the engine's settings, or give it `tlsverify`";
            Check::problem("engine's listeners", first, help)
        })
        .collect();
    match open.is_empty() {
        true => vec![Check::ok("engine's listeners", "it warns of none that anybody could use")],
        false => open,
    }
}

/// Versions that are known to have a fault that lets containers out, or requests past those who should judge them.
fn known_faults(installation: &Installation) -> Vec<Check> {
    let part = |name: &str| Some((installation.parts.get(name)?, number(installation.parts.get(name)?)?));
    let mut checks = Vec::new();
    if let Some((told, runc)) = part("runc") {
        let is_older = runc < [1, 1, 14] || ([1, 2, 0]..[1, 2, 8]).contains(&runc);
        checks.push(match is_older {
            true => Check::warning(
                "runc",
                format!("version {told} is older than the mending of CVE-2025-31133: a container could get out"),
                format!("runc 1.2.8 or later; {MENDED}"),
            ),
            false => Check::ok("runc", format!("version {told}")),
        });
    }
    // The fault is between the engine and those it asks: without any it is none.
    if let Some((told, engine)) = part("Engine").filter(|_| !installation.authorizers.is_empty()) {
        let is_older = engine < [25, 0, 6]
            || ([26, 0, 0]..[26, 1, 5]).contains(&engine)
            || ([27, 0, 0]..[27, 1, 1]).contains(&engine);
        if is_older {
            let found = format!(
                "version {told} is older than the mending of CVE-2024-41110: requests can get past {}",
                installation.authorizers.join(", ")
            );
            checks.push(Check::warning("engine", found, format!("25.0.6, 26.1.5, 27.1.1 or later; {MENDED}")));
        }
    }
    checks
}

/// `1.1.5+ds1` as a number.
fn number(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.trim_start_matches('v').splitn(3, '.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse().ok()
    });
    Some([parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?])
}

/// Running containers that have a socket inside by which they are root outside.
fn sockets_inside(reaches: &[Reach], premises: &Premises) -> Vec<Check> {
    let own = premises.sockets.iter().map(|socket| (socket.clone(), "composed's"));
    let engine = match &premises.engine {
        Some(Address::Unix(path)) => Some(path.clone()),
        _ => None,
    };
    let engines = SOCKETS.iter().map(PathBuf::from).chain(engine).map(|socket| (socket, "the engine's"));
    // The same by another name: `/var/run` is a link.
    let sockets: BTreeMap<PathBuf, &str> = own.chain(engines).map(|(path, whose)| (real(&path), whose)).collect();
    let mut checks: Vec<Check> = Vec::new();
    for Reach { container, path } in reaches {
        let reached = real(path);
        for (socket, whose) in sockets.iter().filter(|(socket, _)| socket.starts_with(&reached)) {
            let through = if *socket == reached { String::new() } else { format!(" through {}", path.display()) };
            checks.push(Check::warning(
                &format!("container {container}"),
                format!("it has {whose} socket {}{through}: what runs in it is root here", socket.display()),
                "leave it out of its volumes if it is not meant to rule this machine",
            ));
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok("containers", "no running one has the engine's socket or composed's inside"));
    }
    checks
}

/// A path with no links in it, as far as it is there.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = std::fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => real(folder).join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use api::Verdict;

    use super::*;

    fn installation(parts: &[(&str, &str)], authorizers: &[&str]) -> Installation {
        Installation {
            parts: parts.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect(),
            authorizers: authorizers.iter().map(|name| (*name).to_owned()).collect(),
            ..Installation::default()
        }
    }

    fn verdicts(parts: &[(&str, &str)], authorizers: &[&str]) -> Vec<Verdict> {
        known_faults(&installation(parts, authorizers)).iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn an_old_runc_is_told() {
        for (version, expected) in [
            ("1.1.5+ds1", Verdict::Warning),
            ("1.1.13", Verdict::Warning),
            ("1.2.0", Verdict::Warning),
            ("1.2.7", Verdict::Warning),
            ("1.2.8", Verdict::Ok),
            ("v1.10.0", Verdict::Ok),
        ] {
            assert_eq!(verdicts(&[("runc", version)], &[]), [expected], "{version}");
        }
        assert_eq!(verdicts(&[("runc", "somebody's own")], &[]), []);
    }

    #[test]
    fn an_old_engine_is_told_where_somebody_judges_requests() {
        for (version, expected) in [
            ("20.10.24+dfsg1", 1),
            ("25.0.5", 1),
            ("25.0.6", 0),
            ("26.1.4", 1),
            ("26.1.5", 0),
            ("27.1.0", 1),
            ("28.5.2", 0),
        ] {
            assert_eq!(verdicts(&[("Engine", version)], &["opa"]).len(), expected, "{version}");
            assert_eq!(verdicts(&[("Engine", version)], &[]).len(), 0, "{version}, and nobody is asked");
        }
    }

    #[test]
    fn a_listener_for_anybody_is_told_in_the_engines_words() {
        let warnings = [
            "WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n         Access to the remote API is equivalent to root access on the host.",
            "WARNING: No swap limit support",
        ];
        let checks = network(&warnings.map(str::to_owned));
        assert_eq!(checks.len(), 1);
        assert_eq!(checks[0].found, "API is accessible on http://0.0.0.0:2375 without encryption.");
        assert_eq!(network(&[warnings[1].to_owned()])[0].verdict, Verdict::Ok);
        let spoken = |address: &str| unencrypted(&Address::of_docker_host(Some(address), None).unwrap());
        assert!(spoken("tcp://10.0.0.1:2375").is_some() && spoken("unix:///x.sock").is_none());
    }

    #[test]
    fn a_socket_inside_a_container_is_told_however_it_got_there() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        std::fs::create_dir(&run).unwrap();
        std::os::unix::fs::symlink(&run, folder.path().join("link")).unwrap();
        let premises = Premises { sockets: vec![run.join("composed.sock")], ..Premises::default() };
        let found = |path: &Path| {
            let reach = Reach { container: "shop-web-1".to_owned(), path: path.to_owned() };
            let checks = sockets_inside(&[reach], &premises);
            checks.iter().filter(|check| check.verdict == Verdict::Warning).count()
        };
        assert_eq!(found(&run.join("composed.sock")), 1);
        assert_eq!(found(&folder.path().join("link/composed.sock")), 1);
        assert_eq!(found(&folder.path().join("link")), 1);
        assert_eq!(found(&run.join("composed.sock.old")), 0);
        assert_eq!(found(Path::new("/run/docker.sock")), 1);
        assert!(found(Path::new("/")) >= 2, "all of the machine, and its sockets with it");
    }
}
