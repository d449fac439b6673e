//! What a test stands on: a folder with a stack in it, a project name that nobody else has, and, where it wants
//! one, a daemon. At the end everything that carries the project's label goes, also when the test failed.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use support::daemon::Daemon;
use support::deadline::eventually;
use support::folder::Folder;
use support::programs::{Ended, command, run};

use crate::engine::{self, Container};

pub(crate) const BOX: &str = "composed.local/box:1";

/// A project of a test.
pub(crate) struct Stand {
    pub(crate) folder: Folder,
    pub(crate) project: String,
    daemon: Option<Daemon>,
    /// Tags that go at the end.
    tags: Vec<String>,
    pub(crate) began: Duration,
}

impl Stand {
    /// A project whose `compose.yaml` is this, below its name.
    pub(crate) fn new(services: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        engine::image_id(BOX);
        let project = format!("e2e{}x{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let this = Self { folder: Folder::new(), project, daemon: None, tags: Vec::new(), began };
        this.write(services);
        this
    }

    /// One with a daemon over it.
    pub(crate) fn with_daemon(services: &str) -> Self {
        let mut this = Self::new(services);
        this.start_daemon();
        this
    }

    /// The text of `compose.yaml`, its name included.
    pub(crate) fn text(&self, services: &str) -> String {
        format!("name: {}\n{services}", self.project)
    }

    /// Writes `compose.yaml` in place.
    pub(crate) fn write(&self, services: &str) {
        self.folder.write("compose.yaml", &self.text(services));
    }

    pub(crate) fn start_daemon(&mut self) {
        self.start_daemon_at(&engine::address());
    }

    /// A daemon that finds the engine elsewhere.
    pub(crate) fn start_daemon_at(&mut self, address: &str) {
        assert!(self.daemon.is_none(), "one at a time");
        self.daemon = Some(Daemon::start(&self.folder, address));
    }

    pub(crate) fn has_daemon(&self) -> bool {
        self.daemon.is_some()
    }

    pub(crate) fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("this test has a daemon")
    }

    pub(crate) fn take_daemon(&mut self) -> Daemon {
        self.daemon.take().expect("this test has a daemon")
    }

    /// `composectl`, at the daemon where there is one, else without any.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command("composectl", &self.folder);
        match &self.daemon {
            Some(daemon) => command.arg("--socket").arg(daemon.socket()),
            None => command.arg("--no-daemon").env("DOCKER_HOST", engine::address()),
        };
        command.args(args);
        command
    }

    pub(crate) fn composectl(&self, args: &[&str]) -> Ended {
        run(&mut self.command(args))
    }

    /// `up --wait`, which must go well.
    pub(crate) fn up(&self) -> Ended {
        self.composectl(&["up", "--wait"]).well()
    }

    /// The daemon's report on this project; null while it knows none.
    pub(crate) fn status(&self) -> Value {
        engine::ask_daemon(&self.daemon().socket(), &format!("/v1/stacks/{}", self.project)).unwrap_or_default()
    }

    /// What `status` says to people.
    pub(crate) fn status_text(&self) -> String {
        self.composectl(&["status", &self.project]).well().stdout
    }

    /// The engine's name of a service's only container.
    pub(crate) fn name(&self, service: &str) -> String {
        format!("{}-{service}-1", self.project)
    }

    /// A service's only container, where there is one just now: within a recreate there is none of that name.
    pub(crate) fn find(&self, service: &str) -> Option<Container> {
        engine::container(&self.name(service))
    }

    /// A service's only container, which must be there.
    pub(crate) fn container(&self, service: &str) -> Container {
        self.find(service).unwrap_or_else(|| panic!("{} is not there", self.name(service)))
    }

    /// A service's only container, running again after `former` was.
    pub(crate) fn successor(&self, service: &str, former: &Container) -> Container {
        eventually(&format!("{service} in place of {}", &former.id()[..12]), || {
            self.find(service).filter(|found| found.id() != former.id() && found.is_running())
        })
    }

    /// Waits until the daemon has nothing left to do at this stack's newest generation.
    pub(crate) fn until_converged(&self) -> Value {
        eventually("the stack converges", || Some(self.status()).filter(|status| status["phase"] == "converged"))
    }

    /// A tag of this test's own that goes at its end.
    pub(crate) fn tag(&mut self, image: &str) -> String {
        let repository = format!("composed.local/{}", self.project);
        engine::tag(image, &repository, "moving");
        let reference = format!("{repository}:moving");
        if !self.tags.contains(&reference) {
            self.tags.push(reference.clone());
        }
        reference
    }

    /// What there is to be seen when a test has failed.
    fn show(&self) {
        for name in self.belongings().containers {
            let state = engine::container(&name).map(|found| found.0["State"].clone());
            eprintln!("--- {name}: {}", state.unwrap_or_default());
        }
        if let Some(daemon) = &self.daemon {
            let status = engine::ask_daemon(&daemon.socket(), &format!("/v1/stacks/{}", self.project));
            eprintln!("--- status: {}", status.unwrap_or_default());
        }
    }

    /// Everything of this project that the engine holds.
    pub(crate) fn belongings(&self) -> engine::Belongings {
        engine::belongings(&self.project)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show();
        }
        if let Some(daemon) = self.daemon.take() {
            drop(daemon);
        }
        // A call of a killed daemon may still be under way: what it leaves behind is looked for twice.
        for _ in 0..2 {
            let left = self.belongings();
            left.containers.iter().for_each(|name| engine::remove_with_volumes(name));
            left.networks.iter().for_each(|name| engine::remove_network(name));
            left.volumes.iter().for_each(|name| engine::remove_volume(name));
        }
        self.tags.iter().for_each(|tag| engine::untag(tag));
        engine::remove_images(&self.project);
    }
}

/// The same thing twice: in one process, and asked of a daemon.
pub(crate) fn both(services: &str, check: impl Fn(&Stand)) {
    check(&Stand::new(services));
    check(&Stand::with_daemon(services));
}

/// The small stack of most tests: a database with a health check and data, a web server that follows it, and a
/// neighbour that has nothing to do with either. The box dies at once when it is stopped, so nobody needs a grace
/// period; one of 0 seconds would be worse: an engine that is busy then takes a container that it started anew for
/// one that has just ended.
pub(crate) const STACK: &str = "services:
  db:
    image: composed.local/box:1
    command: [sh, -c, \"test -e /data/born || date > /data/born; touch /tmp/ready; exec sleep infinity\"]
    healthcheck:
      test: [CMD, test, -e, /tmp/ready]
      # no start_interval: engines before 25 do not know it
      interval: 300ms
    volumes: [\"data:/data\"]
    restart: unless-stopped
  web:
    image: composed.local/box:1
    command: [httpd, -f, -p, \"80\"]
    environment:
      GREETING: ${GREETING:-hello}
    depends_on:
      db: {condition: service_healthy, restart: true}
    restart: unless-stopped
  side:
    image: composed.local/box:1
    restart: unless-stopped
volumes:
  data: {}
";
