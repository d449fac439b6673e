//! An engine of the bench's own: `dockerd` as a child, its data in a folder and its bridges in a network namespace
//! that go at the end, so that it can be hung, killed and started again without anybody else noticing. `DOCKERD`
//! names another one than that of `PATH`.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rustix::process::{Signal, geteuid};
use support::deadline::eventually;
use support::http;
use support::programs::{send, wait};
use tempfile::TempDir;

use crate::disk::Disk;

/// The image of every service here; `scripts/images.sh tiny` makes it.
pub(crate) const BOX: &str = "composed.local/box:1";

/// How long a graceful end may take, with containers to be stopped.
const GRACE: Duration = Duration::from_secs(60);

/// A running engine; everything of it goes when it is dropped.
pub(crate) struct Engine {
    folder: TempDir,
    number: usize,
    child: Mutex<Option<Child>>,
    /// What its data lies on, where that is a disk of its own.
    pub(crate) disk: Option<Disk>,
}

impl Engine {
    /// One of the test's own.
    pub(crate) fn start() -> Self {
        Self::with_settings("{}")
    }

    /// One whose settings file is this.
    pub(crate) fn with_settings(settings: &str) -> Self {
        Self::with(settings, None)
    }

    /// One whose data has a disk of this size to itself, as `mount` takes it.
    pub(crate) fn on_a_disk_of(size: &str) -> Self {
        Self::with("{}", Some(size))
    }

    fn with(settings: &str, disk: Option<&str>) -> Self {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        assert!(geteuid().is_root(), "an engine of one's own needs root: sudo make crash");
        let folder = tempfile::Builder::new().prefix("composed-engine-").tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("settings"), settings).expect("a file can be written");
        let disk = disk.map(|size| Disk::mounted(folder.path().join("data"), size));
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let this = Self { folder, number, child: Mutex::new(None), disk };
        let made = Command::new("ip").args(["netns", "add", &this.namespace()]).output();
        let made = made.unwrap_or_else(|error| panic!("ip cannot be run: {error}: apt-get install iproute2"));
        assert!(made.status.success(), "no network namespace: {}", String::from_utf8_lossy(&made.stderr));
        this.begin();
        this.bring_image();
        this
    }

    /// One that tests share that leave it as they found it; it ends with the last of them.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Engine>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let engine = Arc::new(Self::start());
            *shared = Arc::downgrade(&engine);
            engine
        })
    }

    fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// In `DOCKER_HOST` form.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.join("sock").display())
    }

    /// Its network namespace. In the machine's own it would take `docker0` for its own, or remove it where it has no
    /// default bridge, and that is of the machine's engine.
    fn namespace(&self) -> String {
        format!("composed-fault-{}-{}", std::process::id(), self.number)
    }

    /// Where the files of a volume lie.
    pub(crate) fn volume(&self, name: &str) -> PathBuf {
        self.join("data/volumes").join(name).join("_data")
    }

    /// Starts the process, and waits until it answers.
    pub(crate) fn begin(&self) {
        let log = File::options().create(true).append(true).open(self.join("log")).expect("a log can be written");
        let program = std::env::var_os("DOCKERD").unwrap_or_else(|| "dockerd".into());
        // It becomes the engine, so its number is the engine's.
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.namespace())).arg(&program);
        command.arg("--config-file").arg(self.join("settings"));
        command.arg("--data-root").arg(self.join("data")).arg("--exec-root").arg(self.join("exec"));
        command.arg("--pidfile").arg(self.join("pid")).arg("--host").arg(self.address());
        command.args(["--iptables=false", "--ip6tables=false", "--ip-masq=false"]);
        command.args(["--default-address-pool", "base=10.210.0.0/16,size=24"]);
        // What the engine starts lies beside it where it is not the machine's own.
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let beside = Path::new(&program).parent().filter(|folder| !folder.as_os_str().is_empty());
        let beside = beside.into_iter().flat_map(|folder| [folder.to_owned(), folder.join("../bin")]);
        let all = beside.chain(std::env::split_paths(&paths));
        command.env("PATH", std::env::join_paths(all).expect("folders without colons"));
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let told = String::from_utf8_lossy(program.as_bytes()).into_owned();
        let child = spawned.unwrap_or_else(|error| {
            panic!(
                "these tests need an engine of their own, and {told} cannot be run: {error}: apt-get install docker.io"
            )
        });
        *self.child() = Some(child);
        eventually("the engine answers", || {
            let ended = self.child().as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "{told} ended at once, {ended:?}; its last words:\n{}", self.last_words());
            http::call(&self.address(), "GET", "/_ping", "").ok().filter(|(status, _)| *status == 200)
        });
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("level=info")).collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// From the engine that the tests use, layers and all.
    fn bring_image(&self) {
        let save = Command::new("docker").args(["save", BOX]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut save = save.expect("the docker command is installed");
        let image = save.stdout.take().expect("it is piped");
        let load = Command::new("docker").args(["-H", &self.address(), "load"]).stdin(image).output();
        let load = load.expect("the docker command is installed");
        let saved = save.wait_with_output().expect("it is our child");
        let is_there = saved.status.success() && load.status.success();
        let (save, load) = (String::from_utf8_lossy(&saved.stderr), String::from_utf8_lossy(&load.stderr));
        assert!(is_there, "{BOX} could not be brought over: scripts/images.sh tiny\n{save}{load}");
    }

    /// Hangs it, or lets it go on.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(child) = self.child().as_ref() {
            send(child, signal);
        }
    }

    /// `kill -9`: its socket stays, its containers may go on.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            let _ = child.kill();
            let _ = wait(&mut child, GRACE);
        }
        // Where nobody reaps, the numbers of the dead would keep the next ones from starting.
        for file in ["pid", "exec/containerd/containerd.pid"] {
            let _ = std::fs::remove_file(self.join(file));
        }
    }

    /// A graceful end, as of `systemctl stop docker`.
    pub(crate) fn stop(&self) {
        if let Some(mut child) = self.child().take() {
            send(&child, Signal::CONT);
            send(&child, Signal::TERM);
            let _ = wait(&mut child, GRACE);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what the engine logged\n{}", self.last_words());
        }
        // A test that has failed may have left anything, and nothing here may fail on top of it.
        let emptied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // One that was killed has left its containers to the next.
            if self.child().is_none() {
                self.begin();
            }
            self.signal(Signal::CONT);
            crate::api::Api::new(&self.address()).remove_everything();
        }));
        if emptied.is_err() {
            eprintln!("--- containers may be left of the engine in {}", self.folder.path().display());
        }
        self.stop();
        // One that was killed has not taken its mounts back.
        for mount in ["exec/netns/default", "data"] {
            let _ = Command::new("umount").args(["-l", "-R", "-q"]).arg(self.join(mount)).output();
        }
        let _ = Command::new("ip").args(["netns", "del", &self.namespace()]).output();
    }
}
