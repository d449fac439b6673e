//! What happens to the daemon's own state.

use std::path::PathBuf;

use super::Outage;
use crate::disk::Disk;
use crate::engine::Engine;
use crate::scenario::TO_RIGHT;

fn outage() -> Outage {
    Outage::new(&Engine::shared())
}

impl Outage {
    fn state(&self) -> PathBuf {
        self.site.folder.join("composed/state")
    }

    /// The ledger and what lies beside it.
    fn ledgers(&self) -> Vec<PathBuf> {
        let all = std::fs::read_dir(self.state()).expect("the state is there");
        let paths = all.filter_map(Result::ok).map(|entry| entry.path());
        paths.filter(|path| path.display().to_string().contains("ledger")).collect()
    }

    /// Nothing at all is done.
    fn is_untouched(&self, before: usize) {
        let changes = self.site.proxy.changes_since(before);
        assert!(changes.is_empty(), "{}", self.site.told());
        let wrong = self.before.wrong(&self.site.engine, &super::SAME, &self.hashes);
        assert_eq!(wrong, Vec::<String>::new());
    }
}

/// F02: a daemon that knows nothing any more takes nothing away.
#[test]
fn without_its_ledger_it_touches_nothing_until_it_is_asked() {
    let outage = outage();
    outage.kill_daemon();
    let ledgers = outage.ledgers();
    assert!(!ledgers.is_empty(), "there is a ledger in {}", outage.state().display());
    ledgers.iter().for_each(|path| std::fs::remove_file(path).expect("it can be removed"));
    let before = outage.site.proxy.count();
    assert!(outage.site.answering_daemon().is_some(), "{}", outage.site.told());
    outage.site.quiet(super::QUIET).expect("it is quiet");
    outage.is_untouched(before);
    assert_eq!(outage.site.run("compose.yaml", &["up", "-d"]), Ok(0), "{}", outage.site.told());
    outage.is_as_before();
    outage.is_untouched(before);
}

/// F02: one that is damaged is told, and nothing is taken away for it.
#[test]
fn with_a_damaged_ledger_it_touches_nothing() {
    let outage = outage();
    outage.kill_daemon();
    for path in outage.ledgers() {
        let mut bytes = std::fs::read(&path).expect("it can be read");
        bytes.iter_mut().step_by(3).for_each(|byte| *byte ^= 0x5a);
        std::fs::write(&path, bytes).expect("it can be written");
    }
    let before = outage.site.proxy.count();
    assert!(outage.site.answering_daemon().is_some(), "{}", outage.site.told());
    outage.site.quiet(super::QUIET).expect("it is quiet");
    outage.is_untouched(before);
    let aside = outage.ledgers().into_iter().any(|path| path.display().to_string().contains("damaged-1"));
    assert!(aside, "what it could not read lies beside the new one: {:?}", outage.ledgers());
    assert_eq!(outage.site.run("compose.yaml", &["up", "-d"]), Ok(0), "{}", outage.site.told());
    outage.is_as_before();
    outage.is_untouched(before);
}

/// F20: what cannot be written down is not promised; what runs is looked after all the same.
#[test]
fn on_a_full_disk_of_its_own_nothing_new_is_promised_and_what_runs_is_kept() {
    let engine = Engine::shared();
    let site = crate::site::Site::new(&engine, &crate::site::Mode::Daemon);
    let disk = Disk::mounted(site.folder.join("composed/state"), "1m");
    let outage = Outage::at(site);
    disk.fill();
    outage.site.write("right.yaml", &TO_RIGHT.after.expect("there is something"));
    let hashes = outage.site.hashes("right.yaml");
    assert_eq!(outage.site.run("right.yaml", TO_RIGHT.verb), Ok(1), "{}", outage.site.told());
    outage.lose("side");
    outage.is_as_before_but("side");
    disk.empty();
    assert_eq!(outage.site.run("right.yaml", TO_RIGHT.verb), Ok(0), "{}", outage.site.told());
    let outage = Outage { hashes, ..outage };
    outage.becomes(&TO_RIGHT, &outage.before.but(&format!("{}-side-1", outage.site.project)));
}
