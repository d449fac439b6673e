//! Docker, and whatever else speaks its Engine API.
//!
//! The HTTP client is our own, over hyper's connection pool; of bollard come the Engine API's request bodies
//! (`bollard::models`). bollard's client was weighed and left out, custom transport and all: it opens a
//! connection for each call, drops the API version from every path, ends its deadline at the headers, encodes
//! registry credentials in the wrong base64, guesses from the first byte whether a log is framed, ends a
//! stream at the first event or state that it does not know, and writes bodies, thus secrets, to the debug
//! log. A transport of ours under it mends the first four; the rest would have to go around it anyway, and
//! what then remains of it is these models. For the same reason answers are read into [`wire`], which has no
//! closed enumerations.

mod apply;
mod archive;
mod around;
mod build;
mod calls;
mod chunks;
mod connector;
mod container;
mod context;
mod credentials;
mod dial;
mod events;
mod ignore;
mod installation;
mod listing;
mod logs;
mod mounts;
mod observe;
mod owner;
mod path;
mod pull;
mod push;
mod resources;
mod session;
mod stats;
mod transport;
mod twins;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use plan::action::BuildSpec;
use plan::{Action, Container, ContainerId, Observed, Stamp};

use crate::session::{
    Archive, Attachable, CommitSpec, ExecId, ExecSpec, ExecState, PathStat, Session, Terminal, TerminalSize, Until,
};
use crate::{
    Address, Building, BuiltImage, Done, Engine, Error, Event, Identity, ImageListing, Installation, Listing, LogLine,
    LogOptions, Processes, Progress, ProjectListing, Query, RemoteImage, Touch, Usage, Version, VolumeListing,
};
use transport::Transport;

/// A Docker engine. Cheap to clone; clones share their connections and bounds.
#[derive(Clone)]
pub struct Docker {
    http: Arc<Transport>,
}

/// How many calls may be in flight, and how long each kind may take to its last byte. The time spent waiting
/// for a place in the lane does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls at a time that change something at once: create, start, remove, rename, ….
    pub acts: usize,
    /// Lists and inspects at a time.
    pub reads: usize,
    /// Stops and restarts at a time: they cost the engine little and may take as long as a grace period.
    pub waits: usize,
    /// Pulls and builds at a time.
    pub fetches: usize,
    /// How long a list or an inspect may take.
    pub read: Duration,
    /// How long a create, start or remove may take.
    pub act: Duration,
    /// What a stop may take beyond its grace: the engine works off many at once one after the other (50 in
    /// 7 s on two busy cores).
    pub margin: Duration,
    /// How long a pull may say nothing. A build may be silent for longer, as long as the engine answers
    /// other calls.
    pub idle: Duration,
}

impl Limits {
    /// Eight at a time (more bring nothing: the engine is the bound), and deadlines that a healthy engine never
    /// comes near.
    pub const STANDARD: Self = Self {
        acts: 8,
        reads: 8,
        waits: 64,
        fetches: 4,
        read: Duration::from_secs(10),
        act: Duration::from_secs(60),
        margin: Duration::from_secs(30),
        idle: Duration::from_secs(60),
    };
}

impl Docker {
    /// An engine at an address. Nothing is sent yet: an engine that is down is a matter of each call.
    #[must_use]
    pub fn connect(address: Address, limits: Limits) -> Self {
        Self { http: Arc::new(Transport::new(address, limits)) }
    }
}

impl Engine for Docker {
    fn observe<'a>(&'a self, query: &'a Query) -> BoxFuture<'a, Result<Observed, Error>> {
        Box::pin(observe::project(&self.http, query))
    }

    fn look<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Option<Container>, Error>> {
        Box::pin(async move {
            let what = format!("inspect container {}", id.short());
            let container = observe::inspect(&self.http, &what, &id.0).await?.map(observe::container);
            // The container of a hook carries the project's name and is none of its own.
            Ok(container.filter(|container| container.labels.contains_key(plan::labels::CONFIG_HASH)))
        })
    }

    fn apply<'a>(
        &'a self,
        action: &'a Action,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<Done, Error>> {
        Box::pin(async move {
            match apply::action(&self.http, action, progress).await {
                Err(refusal) if refusal.is_port_taken() => Err(owner::of_port(&self.http, refusal).await),
                Err(refusal) if refusal.is_conflict() => match action {
                    Action::RemoveNetwork { id, .. } => Err(owner::of_network(&self.http, id, refusal).await),
                    _ => Err(refusal),
                },
                Err(refusal) if refusal.is_subnet_taken() => match action {
                    Action::CreateNetwork(spec) => Err(owner::of_subnet(&self.http, &spec.network, refusal).await),
                    _ => Err(refusal),
                },
                done => done,
            }
        })
    }

    fn pull<'a>(
        &'a self,
        image: &'a RemoteImage,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<Done, Error>> {
        Box::pin(pull::pull(&self.http, image, progress))
    }

    fn push<'a>(
        &'a self,
        image: &'a RemoteImage,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(push::push(&self.http, image, progress))
    }

    fn build<'a>(
        &'a self,
        spec: &'a BuildSpec,
        given: &'a Building,
        progress: &'a (dyn Fn(Progress) + Send + Sync),
    ) -> BoxFuture<'a, Result<Done, Error>> {
        Box::pin(build::build(&self.http, spec, given, progress))
    }

    fn events(&self, since: Option<Stamp>) -> BoxFuture<'_, Result<BoxStream<'static, Result<Event, Error>>, Error>> {
        Box::pin(events::open(&self.http, since))
    }

    fn logs<'a>(
        &'a self,
        id: &'a ContainerId,
        options: LogOptions,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Result<LogLine, Error>>, Error>> {
        Box::pin(logs::open(&self.http, id, options))
    }

    fn containers<'a>(&'a self, project: &'a str) -> BoxFuture<'a, Result<Vec<Listing>, Error>> {
        Box::pin(listing::containers(&self.http, project))
    }

    fn images<'a>(
        &'a self,
        containers: &'a [ContainerId],
    ) -> BoxFuture<'a, Result<BTreeMap<ContainerId, ImageListing>, Error>> {
        Box::pin(listing::images(&self.http, containers))
    }

    fn built_images<'a>(&'a self, project: &'a str) -> BoxFuture<'a, Result<Vec<BuiltImage>, Error>> {
        Box::pin(listing::built_images(&self.http, project))
    }

    fn volumes<'a>(&'a self, project: &'a str) -> BoxFuture<'a, Result<Vec<VolumeListing>, Error>> {
        Box::pin(listing::volumes(&self.http, project))
    }

    fn processes<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Processes, Error>> {
        Box::pin(listing::processes(&self.http, id))
    }

    fn usage<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Usage, Error>> {
        Box::pin(stats::usage(&self.http, id))
    }

    fn touch<'a>(&'a self, id: &'a ContainerId, touch: &'a Touch) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(apply::touch(&self.http, id, touch))
    }

    fn wait<'a>(
        &'a self,
        id: &'a ContainerId,
        until: Until,
    ) -> BoxFuture<'a, Result<BoxFuture<'static, Result<i64, Error>>, Error>> {
        Box::pin(session::wait(&self.http, id, until))
    }

    fn attachable<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Option<Attachable>, Error>> {
        Box::pin(session::attachable(&self.http, id))
    }

    fn attach<'a>(
        &'a self,
        id: &'a ContainerId,
        tty: bool,
        stdin: bool,
        detach_keys: &'a str,
    ) -> BoxFuture<'a, Result<Session, Error>> {
        Box::pin(session::attach(&self.http, id, tty, stdin, detach_keys))
    }

    fn exec<'a>(&'a self, id: &'a ContainerId, spec: &'a ExecSpec) -> BoxFuture<'a, Result<ExecId, Error>> {
        Box::pin(session::create(&self.http, id, spec))
    }

    fn start_exec<'a>(&'a self, exec: &'a ExecId, spec: &'a ExecSpec) -> BoxFuture<'a, Result<Option<Session>, Error>> {
        Box::pin(async move {
            if spec.detached {
                session::start_detached(&self.http, exec, spec.tty).await?;
                return Ok(None);
            }
            session::start(&self.http, exec, spec.tty, spec.size).await.map(Some)
        })
    }

    fn exec_state<'a>(&'a self, exec: &'a ExecId) -> BoxFuture<'a, Result<ExecState, Error>> {
        Box::pin(session::state(&self.http, exec))
    }

    fn resize<'a>(&'a self, terminal: &'a Terminal, size: TerminalSize) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(session::resize(&self.http, terminal, size))
    }

    fn stat<'a>(&'a self, id: &'a ContainerId, path: &'a str) -> BoxFuture<'a, Result<PathStat, Error>> {
        Box::pin(archive::stat(&self.http, id, path))
    }

    fn read<'a>(&'a self, id: &'a ContainerId, path: &'a str) -> BoxFuture<'a, Result<(PathStat, Archive), Error>> {
        Box::pin(archive::read(&self.http, id, path))
    }

    fn write<'a>(
        &'a self,
        id: &'a ContainerId,
        path: &'a str,
        keep_owner: bool,
        archive: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(archive::write(&self.http, id, path, keep_owner, archive))
    }

    fn export<'a>(&'a self, id: &'a ContainerId) -> BoxFuture<'a, Result<Archive, Error>> {
        Box::pin(archive::export(&self.http, id))
    }

    fn commit<'a>(&'a self, id: &'a ContainerId, spec: &'a CommitSpec) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(archive::commit(&self.http, id, spec))
    }

    fn happenings<'a>(
        &'a self,
        project: &'a str,
        since: Option<Stamp>,
        until: Option<Stamp>,
    ) -> BoxFuture<'a, Result<BoxStream<'static, Result<Event, Error>>, Error>> {
        Box::pin(events::happenings(&self.http, project, since, until))
    }

    fn projects(&self) -> BoxFuture<'_, Result<Vec<ProjectListing>, Error>> {
        Box::pin(observe::projects(&self.http))
    }

    fn digest<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(observe::digest(&self.http, reference))
    }

    fn identity(&self) -> BoxFuture<'_, Result<Identity, Error>> {
        Box::pin(observe::identity(&self.http))
    }

    fn installation(&self) -> BoxFuture<'_, Result<Installation, Error>> {
        Box::pin(installation::installation(&self.http))
    }

    fn version(&self) -> BoxFuture<'_, Result<Version, Error>> {
        Box::pin(async move {
            let (negotiated, found) = self.http.ask_version("ask the engine's version").await?;
            Ok(Version {
                engine: found.version,
                api: found.api_version,
                negotiated: negotiated.to_string(),
                os: found.os,
                arch: found.arch,
            })
        })
    }
}
