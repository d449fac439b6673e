//! Many stacks under one daemon.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::deadline::{PATIENCE, eventually};

use super::gauge::Gauge;
use crate::engine::Engine;
use crate::oracle::{Before, decoys};
use crate::process::Process;
use crate::scenario::{Scenario, Stack};
use crate::site::{Mode, Site};

/// The stacks, and the daemon that keeps them.
pub(super) struct Fleet {
    pub(super) site: Site,
    pub(super) daemon: Process,
    pub(super) ships: Vec<Ship>,
}

/// One of them.
pub(super) struct Ship {
    pub(super) project: String,
    pub(super) stack: Stack,
    pub(super) before: Before,
    /// What was wanted when it was looked at last.
    was: Stack,
    decoys: Vec<String>,
    hashes: BTreeMap<String, String>,
}

impl Ship {
    /// Where its Compose file is.
    pub(super) fn file(&self) -> String {
        format!("{}.yaml", self.project)
    }

    fn wrong(&self, engine: &Engine) -> Vec<String> {
        let scenario = Scenario { name: "long", before: Some(self.was), after: Some(self.stack), verb: &[] };
        self.before.wrong(engine, &scenario, &self.hashes)
    }
}

impl Fleet {
    /// Brings them up, `count` of one kind.
    pub(super) fn new(engine: &Arc<Engine>, count: usize, stack: Stack) -> Self {
        let site = Site::new(engine, &Mode::Daemon);
        let daemon = site.answering_daemon().expect("composed goes on");
        let ships = (0..count).map(|number| {
            // Of one length, so that none is the beginning of another.
            let project = format!("{}{number:03}", site.project);
            let decoys = if number == 0 { decoys(&site.api(), &project) } else { Vec::new() };
            let file = format!("{project}.yaml");
            site.folder.write(&file, &stack.text(&project));
            assert_eq!(site.run(&file, &["up", "-d"]), Ok(0), "{}", site.told());
            let before = Before::look(&site.engine, &project, Some(&stack), &decoys);
            Ship { before, stack, was: stack, decoys, hashes: site.hashes(&file), project }
        });
        let ships = ships.collect();
        let this = Self { site, daemon, ships };
        this.is_well();
        this
    }

    pub(super) fn gauge(&self) -> Gauge {
        Gauge::of(self.daemon.id())
    }

    pub(super) fn status(&self, ship: &Ship) -> Value {
        self.site.ask(&format!("/v1/stacks/{}", ship.project)).unwrap_or_default()
    }

    /// Saves another version of a stack.
    pub(super) fn save(&mut self, number: usize, stack: Stack) {
        let ship = &mut self.ships[number];
        ship.stack = stack;
        let file = ship.file();
        self.site.folder.write(&file, &stack.text(&ship.project));
        self.ships[number].hashes = self.site.hashes(&file);
    }

    /// Waits until all is as it should be, and looks at it for the next time.
    pub(super) fn settle(&mut self) {
        self.is_well();
        for ship in &mut self.ships {
            ship.was = ship.stack;
            ship.before = Before::look(&self.site.engine, &ship.project, Some(&ship.stack), &ship.decoys);
        }
    }

    /// Waits until the world is what the files say, and the daemon knows it.
    pub(super) fn is_well(&self) {
        let end = Instant::now() + 2 * PATIENCE;
        for ship in &self.ships {
            loop {
                let wrong = ship.wrong(&self.site.engine);
                if wrong.is_empty() {
                    break;
                }
                let status = || self.status(ship);
                assert!(Instant::now() < end, "{}\n{}\n{}", wrong.join("\n"), status(), self.site.told());
                std::thread::sleep(Duration::from_millis(100));
            }
            eventually("it converges", || (self.status(ship)["phase"] == "converged").then_some(()));
        }
    }
}
