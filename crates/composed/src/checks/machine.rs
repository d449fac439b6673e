//! What the daemon has of this machine: its state folder, its sockets, what the kernel lets it watch.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use api::Check;
use engine::Address;

use crate::trust::trusted;

/// Where a supervisor is at home; of one that ends with its command nothing but the engine is known.
#[derive(Debug, Clone, Default)]
pub struct Premises {
    /// The folder of the ledger.
    pub state_dir: Option<PathBuf>,
    /// The sockets that clients come in by.
    pub sockets: Vec<PathBuf>,
    /// The engine.
    pub engine: Option<Address>,
}

/// Fewer folders than these are soon all watched; the kernel's own defaults are no less.
const WATCHES: u64 = 8192;
/// Watchers of one user, of all programs.
const INSTANCES: u64 = 128;

pub(super) fn checks(premises: &Premises) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(folder) = &premises.state_dir {
        checks.extend(state(folder));
        checks.push(inotify(limit("max_user_watches"), limit("max_user_instances")));
    }
    checks.extend(premises.sockets.iter().map(|path| socket(path)));
    checks
}

/// It holds the variables of stacks, and decides what is kept running.
fn state(folder: &Path) -> Vec<Check> {
    let subject = format!("state folder {}", folder.display());
    if let Err(untrusted) = trusted(folder) {
        return vec![Check::problem(&subject, untrusted.found(), untrusted.help())];
    }
    let kept = std::fs::read_dir(folder).map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()));
    let kept = match kept {
        Ok(kept) => kept,
        Err(error) => return vec![Check::problem(&subject, format!("it cannot be read: {error}"), "")],
    };
    let open =
        std::iter::once(folder.to_owned()).chain(kept).filter(|path| bits(path).is_some_and(|mode| mode & 0o077 != 0));
    let open: Vec<Check> = open
        .map(|path| {
            let found = format!("others get at {} (mode {:o})", path.display(), bits(&path).unwrap_or_default());
            Check::problem(&subject, found, format!("`chmod go-rwx {}`", path.display()))
        })
        .collect();
    if open.is_empty() { vec![Check::ok(&subject, "it is its owner's alone")] } else { open }
}

fn socket(path: &Path) -> Check {
    let subject = format!("socket {}", path.display());
    match bits(path) {
        None => Check::problem(&subject, "it is not there any more", "`systemctl restart composed`"),
        Some(mode) if mode & 0o007 != 0 => Check::problem(
            &subject,
            format!("everybody may knock there (mode {mode:o}); who is no member is sent away"),
            format!("`chmod o-rwx {}`", path.display()),
        ),
        Some(mode) => Check::ok(&subject, format!("it is for its owner and its group (mode {mode:o})")),
    }
}

fn inotify(watches: Option<u64>, instances: Option<u64>) -> Check {
    let subject = "inotify";
    let low: Vec<String> = [("max_user_watches", watches, WATCHES), ("max_user_instances", instances, INSTANCES)]
        .into_iter()
        .filter_map(|(name, value, least)| Some((name, value?, least)))
        .filter(|(_, value, least)| value < least)
        .map(|(name, value, least)| format!("fs.inotify.{name} is {value}, and should be {least} at least"))
        .collect();
    match (low.is_empty(), watches) {
        (true, Some(watches)) => Check::ok(subject, format!("{watches} folders can be watched")),
        (true, None) => Check::warning(subject, "the kernel does not say how much can be watched", ""),
        (false, _) => Check::warning(
            subject,
            format!("{}; what cannot be watched is compared every 15 s", low.join("; ")),
            "raise it with `sysctl`, and in /etc/sysctl.d for good",
        ),
    }
}

fn limit(name: &str) -> Option<u64> {
    std::fs::read_to_string(Path::new("/proc/sys/fs/inotify").join(name)).ok()?.trim().parse().ok()
}

fn bits(path: &Path) -> Option<u32> {
    Some(std::fs::symlink_metadata(path).ok()?.mode() & 0o777)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use api::Verdict;

    use super::*;

    #[test]
    fn a_state_folder_that_others_get_at_is_told_with_what_is_open() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ledger.db"), "").unwrap();
        fs::set_permissions(folder.path().join("ledger.db"), Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(state(folder.path())[0].verdict, Verdict::Ok);
        fs::set_permissions(folder.path().join("ledger.db"), Permissions::from_mode(0o640)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o750)).unwrap();
        let found = state(folder.path());
        assert!(found.len() == 2 && found.iter().all(|check| check.verdict == Verdict::Problem), "{found:?}");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let found = state(folder.path());
        assert!(found.len() == 1 && found[0].help.starts_with("`chmod o-w "), "{found:?}");
    }

    #[test]
    fn a_socket_for_everybody_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sock");
        assert_eq!(socket(&path).verdict, Verdict::Problem);
        fs::write(&path, "").unwrap();
        for (mode, expected) in [(0o660, Verdict::Ok), (0o600, Verdict::Ok), (0o666, Verdict::Problem)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(socket(&path).verdict, expected, "{mode:o}");
        }
    }

    #[test]
    fn limits_below_the_kernels_own_are_told() {
        assert_eq!(inotify(Some(65536), Some(128)).verdict, Verdict::Ok);
        assert_eq!(inotify(Some(65536), Some(16)).verdict, Verdict::Warning);
        assert_eq!(inotify(Some(1), None).verdict, Verdict::Warning);
    }
}
