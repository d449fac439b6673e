//! What the rest of the workspace may ask of a container engine. Questions and orders only: nothing here
//! knows how a call is made.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use plan::action::BuildSpec;
use plan::{Action, Container, ContainerId, Observed, Stamp};
use serde::{Deserialize, Serialize};

use crate::session::{
    Archive, Attachable, CommitSpec, ExecId, ExecSpec, ExecState, PathStat, Session, Terminal, TerminalSize, Until,
};
use crate::{
    Building, BuiltImage, Error, ImageListing, Installation, Listing, Processes, RemoteImage, Usage, VolumeListing,
};

/// A container engine. Held as `Arc<dyn Engine>`; every method may be called at any time, from many tasks.
pub trait Engine: Send + Sync + 'static {
    /// Everything of one project, complete, or an error: never a partial answer. It is a picture of the time
    /// between the call and the answer, not of one instant.
    fn observe<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Observed, Error>>;

    /// One container anew; `None` when it is gone.
    fn look<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Option<Container>, Error>>;

    /// Carries out one action. "Already so" is success: running it twice is harmless. Progress is told for
    /// pulls and builds. Dropping the future does not take back what was sent: look again.
    fn apply<'a>(
        &'a self,
        action: &'a Action,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<Done, Error>>;

    /// Pulls an image as [`apply`](Self::apply) does, as somebody whom its registry knows.
    fn pull<'a>(
        &'a self,
        image: &'a RemoteImage,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<Done, Error>>;

    /// Pushes an image to its registry. Dropping the future ends it.
    fn push<'a>(
        &'a self,
        image: &'a RemoteImage,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Builds an image as [`apply`](Self::apply) does, with what the file does not say.
    fn build<'a>(
        &'a self,
        spec: &'a BuildSpec,
        given: &'a Building,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<Done, Error>>;

    /// Events of containers, networks, volumes and images from now on, or from `since` on as far as the engine
    /// remembers (a few hundred). The stream ends with an error or when the engine closes it; either way events
    /// may be missing from then on, and whoever needs the truth lists again. Even an unbroken stream loses
    /// events when its reader is slow.
    fn events(&self, since: Option<Stamp>) -> BoxFuture<'_, Result<BoxStream<'static, Result<Event, Error>>, Error>>;

    /// The lines of a container's log.
    fn logs<'a>(
        &'a self,
        id: &'a ContainerId,
        options: LogOptions,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Result<LogLine, Error>>, Error>>;

    /// Every container of a project as a list shows it, newest first.
    fn containers<'a>(&'a self, project: &'a str) -> BoxFuture<'a, Result<Vec<Listing>, Error>>;

    /// The image of each of these containers.
    fn images<'a>(
        &'a self,
        containers: &'a [ContainerId],
    ) -> BoxFuture<'a, Result<BTreeMap<ContainerId, ImageListing>, Error>>;

    /// Every image that was built for a project, once for each of its names.
    fn built_images<'a>(&'a self, project: &'a str) -> BoxFuture<'a, Result<Vec<BuiltImage>, Error>>;

    /// Every volume of a project, by name.
    fn volumes<'a>(&'a self, project: &'a str) -> BoxFuture<'a, Result<Vec<VolumeListing>, Error>>;

    /// The processes of a running container.
    fn processes<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Processes, Error>>;

    /// What a container uses; it takes a second or two to measure.
    fn usage<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Usage, Error>>;

    /// Sends a signal to a running container, or freezes or thaws it. It is no part of any plan: what it does to a
    /// container is seen by looking, as when somebody does it by hand.
    fn touch<'a>(&'a self, id: &'a ContainerId, touch: &'a Touch) -> BoxFuture<'a, Result<(), Error>>;

    /// Begins to wait for a container's end. When this answers the engine watches already; the second answer is the
    /// exit code.
    fn wait<'a>(
        &'a self,
        id: &'a ContainerId,
        until: Until,
    ) -> BoxFuture<'a, Result<BoxFuture<'static, Result<i64, Error>>, Error>>;

    /// What attaching needs to know of a container; `None` when it is gone.
    fn attachable<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Option<Attachable>, Error>>;

    /// Holds the streams of a container's first process, from now on. `tty` and `stdin` are the container's own.
    fn attach<'a>(
        &'a self,
        id: &'a ContainerId,
        tty: bool,
        stdin: bool,
        detach_keys: &'a str,
    ) -> BoxFuture<'a, Result<Session, Error>>;

    /// Makes a process in a running container; it does not run yet.
    fn exec<'a>(&'a self, id: &'a ContainerId, spec: &'a ExecSpec) -> BoxFuture<'a, Result<ExecId, Error>>;

    /// Starts a process made by [`exec`](Self::exec), and holds its streams unless nobody looks at it.
    fn start_exec<'a>(&'a self, exec: &'a ExecId, spec: &'a ExecSpec) -> BoxFuture<'a, Result<Option<Session>, Error>>;

    /// How a process made by [`exec`](Self::exec) stands.
    fn exec_state<'a>(&'a self, exec: &'a ExecId) -> BoxFuture<'a, Result<ExecState, Error>>;

    /// Tells a terminal its size.
    fn resize<'a>(&'a self, terminal: &'a Terminal, size: TerminalSize) -> BoxFuture<'a, Result<(), Error>>;

    /// What stands at a path inside a container.
    fn stat<'a>(&'a self, id: &'a ContainerId, path: &'a str) -> BoxFuture<'a, Result<PathStat, Error>>;

    /// A path inside a container as a tar archive.
    fn read<'a>(&'a self, id: &'a ContainerId, path: &'a str) -> BoxFuture<'a, Result<(PathStat, Archive), Error>>;

    /// Unpacks a tar archive into a folder inside a container; with `keep_owner` its owners count.
    fn write<'a>(
        &'a self,
        id: &'a ContainerId,
        path: &'a str,
        keep_owner: bool,
        archive: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// All files of a container as a tar archive.
    fn export<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Archive, Error>>;

    /// Makes an image of a container, and gives its id.
    fn commit<'a>(&'a self, id: &'a ContainerId, spec: &'a CommitSpec) -> BoxFuture<'a, Result<String, Error>>;

    /// What happens to a project's containers, all of it, also what [`events`](Self::events) leaves out. With
    /// `until` the stream ends there, without it goes on.
    fn happenings<'a>(
        &'a self,
        project: &'a str,
        since: Option<Stamp>,
        until: Option<Stamp>,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Result<Event, Error>>, Error>>;

    /// Every project that has a container, by label.
    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectListing>, Error>>;

    /// The digest (`sha256:…`) a registry has for an image, asked through the engine.
    fn digest<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<String, Error>>;

    /// Which engine answers, and in which of its lives.
    fn identity(&self) -> BoxFuture<'_, Result<Identity, Error>>;

    /// Of which version the engine is; also the cheapest way to learn whether it answers.
    fn version(&self) -> BoxFuture<'_, Result<Version, Error>>;

    /// What it says of itself, and what running containers have of its machine.
    fn installation(&self) -> BoxFuture<'_, Result<Installation, Error>>;
}

/// What somebody does to a running container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// Sends a signal, by its name or number.
    Kill(String),
    /// Freezes it.
    Pause,
    /// Thaws it.
    Unpause,
}

/// What to look for. Names and references come from the project's model; what carries the project's label is
/// found without being named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The project's name.
    pub project: String,
    /// References of images to be looked up.
    pub images: BTreeSet<String>,
    /// Engine names of networks to be looked up, external ones too, each with the config hash that it is to have: who else
    /// is on one is asked only where that is another.
    pub networks: BTreeMap<String, String>,
    /// Engine names of volumes to be looked up, external ones too.
    pub volumes: BTreeSet<String>,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// The engine's id (of a volume: the name) of what was made, pulled or built.
    pub id: Option<String>,
    /// Whether this call did it; otherwise it was so already.
    pub changed: bool,
    /// What the engine wants people to know.
    pub warnings: Vec<String>,
}

/// How a pull, a push or a build gets on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A line of a build's output, or of a pull or push as a whole.
    Line(String),
    /// One layer of a pull or push.
    Layer {
        /// Its short id.
        id: String,
        /// What is being done to it, in the engine's words (`Downloading`, `Pull complete`).
        status: String,
        /// Bytes done, where the engine says.
        current: Option<u64>,
        /// Bytes in all, where the engine says.
        total: Option<u64>,
    },
}

/// Something happened at the engine. A reason to look, never a fact to rely on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What it happened to.
    pub kind: EventKind,
    /// The engine's word (`start`, `die`, `health_status: healthy`). New words appear with new engines.
    pub action: String,
    /// The engine's id of it; of a volume the name, of an image often the reference.
    pub id: String,
    /// Its name, where the engine says.
    pub name: String,
    /// The project it is labelled with.
    pub project: Option<String>,
    /// When, by the engine's clock.
    pub at: Stamp,
    /// What else the engine says: labels, exit code, signal, the container of a network event.
    pub attributes: BTreeMap<String, String>,
}

/// The kind of thing an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// An image.
    Image,
    /// Anything else, also kinds that are yet to be invented.
    Other,
}

/// Which part of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// Whether to wait for what is yet to be written.
    pub follow: bool,
    /// Only the last lines, this many; `None` is all.
    pub tail: Option<u64>,
    /// Nothing before this moment.
    pub since: Option<Stamp>,
    /// Nothing after this moment.
    pub until: Option<Stamp>,
    /// Whether to say when each line was written.
    pub timestamps: bool,
}

/// One line of a container's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where the process wrote it; with a terminal everything is standard output.
    pub source: LogSource,
    /// When, if that was asked for and the engine said so.
    pub at: Option<Stamp>,
    /// The line without its newline, at most 256 KiB: what is longer comes as several.
    pub bytes: Bytes,
}

/// The stream a process wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogSource {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A project as its containers' labels tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectListing {
    /// Its name.
    pub name: String,
    /// The Compose files its containers were made from, comma-joined, those of the newest first.
    pub config_files: String,
    /// How many of its containers are in each state, in the engine's words (`running`, `exited`).
    pub states: BTreeMap<String, usize>,
}

/// Which engine answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// What it calls itself through all of its lives, where it has such a name.
    pub id: Option<String>,
    /// What it calls this life, where that can be told: the id of its default network `bridge`, which it makes anew
    /// when it begins, unless containers outlived it (`live-restore`): then nothing ended, and it keeps that too.
    pub life: Option<String>,
}

/// Of which version an engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The engine's own version, `28.5.2`.
    pub engine: String,
    /// The newest API it speaks, `1.51`.
    pub api: String,
    /// The API spoken with it.
    pub negotiated: String,
    /// The operating system of its containers.
    pub os: String,
    /// The architecture of its containers.
    pub arch: String,
}
