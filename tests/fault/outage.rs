//! The engine is lost, hangs, lies or is full: meanwhile the daemon answers and nothing is decided from ignorance;
//! afterwards all is as it should be, nothing was restarted that need not be, and it is quiet.

mod answers;
mod engines;
mod load;
mod memory;
mod slow;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use support::deadline::eventually;

use crate::engine::Engine;
use crate::oracle::{Before, decoys};
use crate::scenario::{Scenario, TO_LEFT};
use crate::site::{Mode, Site};

/// How long nothing may happen after all is done.
const QUIET: Duration = Duration::from_secs(3);

/// A stack that runs under a daemon, and what it was like before anything went wrong.
struct Outage {
    site: Site,
    before: Before,
    hashes: BTreeMap<String, String>,
}

/// The stack stays as it is.
const SAME: Scenario = Scenario { name: "same", before: TO_LEFT.before, after: TO_LEFT.before, verb: &["up", "-d"] };

impl Outage {
    fn new(engine: &Arc<Engine>) -> Self {
        Self::at(Site::new(engine, &Mode::Daemon))
    }

    fn at(site: Site) -> Self {
        let decoys = decoys(&site.api(), &site.project);
        site.answering_daemon().expect("composed goes on");
        site.write("compose.yaml", &SAME.before.expect("there is something"));
        assert_eq!(site.run("compose.yaml", &["up", "-d"]), Ok(0), "{}", site.told());
        let before = Before::look(&site.engine, &site.project, SAME.before.as_ref(), &decoys);
        let hashes = site.hashes("compose.yaml");
        Self { site, before, hashes }
    }

    /// What the daemon says of the project; it says something at every time.
    fn answers(&self) -> Value {
        let status = self.site.status();
        assert!(status.is_object(), "composed does not answer: {}", self.site.told());
        status
    }

    /// Waits until the daemon has noticed that something is wrong with its engine.
    fn noticed(&self) {
        eventually("the daemon says that the engine does not answer", || {
            let status = self.answers();
            (status["phase"] != "converged").then_some(())
        });
    }

    /// `kill -9`.
    fn kill_daemon(&self) {
        let daemon = self.site.daemon().expect("there is a daemon");
        daemon.kill();
        let _ = daemon.wait();
    }

    /// A container goes; somebody else did it.
    fn lose(&self, service: &str) {
        self.site.api().remove(&format!("{}-{service}-1", self.site.project));
    }

    /// All is as it was, untouched containers included, and it stays so.
    fn is_as_before(&self) {
        self.becomes(&SAME, &self.before);
    }

    /// All is as it was but for a service that somebody else took away: it is there again, its successor is another.
    fn is_as_before_but(&self, service: &str) {
        self.becomes(&SAME, &self.before.but(&format!("{}-{service}-1", self.site.project)));
    }

    /// The same containers run again, though in other lives: their engine ended.
    fn is_back(&self) {
        self.becomes(&SAME, &self.before.ended());
    }

    fn becomes(&self, scenario: &Scenario, before: &Before) {
        let wrong = || before.wrong(&self.site.engine, scenario, &self.hashes);
        let right = self.site.until_right(wrong);
        assert!(right.is_ok(), "{}\n{}", right.unwrap_err(), self.site.told());
        eventually("the stack converges", || (self.answers()["phase"] == "converged").then_some(()));
        let quiet = self.site.quiet(QUIET);
        assert!(quiet.is_ok(), "{}\n{}", quiet.unwrap_err(), self.site.told());
        assert_eq!(wrong(), Vec::<String>::new(), "{}", self.site.told());
    }
}
