//! What flags of a command line say in the short forms of files: ports, mounts, commands. Nothing is filled in, and
//! no path is made absolute.

use model::{Mount, MountKind, Port};

use crate::canonical::{parse_mount, parse_port};
use crate::lower::split_words;

/// `[[HOST_IP:]PUBLISHED[-END]:]TARGET[-END][/PROTOCOL]`, one port for each target (Compose Specification, `ports`).
///
/// # Errors
/// docker compose's words for what cannot be read.
pub fn port(text: &str) -> Result<Vec<Port>, String> {
    parse_port(text)
}

/// `[SOURCE:]TARGET[:OPTIONS]` (Compose Specification, `volumes`).
///
/// # Errors
/// docker compose's words for what cannot be read.
pub fn mount(text: &str) -> Result<Mount, String> {
    let mut mount = parse_mount(text)?;
    if mount.kind == MountKind::Bind {
        mount.bind.get_or_insert_default().create_host_path = Some(true);
    }
    Ok(mount)
}

/// The words of a command line (Compose Specification, `command`); `None` when a quote stays open.
#[must_use]
pub fn words(line: &str) -> Option<Vec<String>> {
    split_words(line).map(|split| split.words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_as_in_files() {
        let ports = port("127.0.0.1:8080:80/udp").unwrap();
        assert_eq!((ports[0].published.as_str(), ports[0].target, ports[0].protocol.as_str()), ("8080", 80, "udp"));
        assert_eq!(port("x"), Err("invalid containerPort: x".to_owned()));
        let bound = mount("./a:/b:ro").unwrap();
        assert_eq!((bound.kind, bound.source.as_str(), bound.read_only), (MountKind::Bind, "./a", true));
        assert_eq!(mount("vol:/b").unwrap().kind, MountKind::Volume);
        assert_eq!(words("sh -c 'a b'"), Some(vec!["sh".to_owned(), "-c".to_owned(), "a b".to_owned()]));
        assert_eq!(words("'"), None);
    }
}
