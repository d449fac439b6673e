//! What every test here stands on: an engine, an image that needs no registry, a project that is cleared away.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use engine::{Address, Docker, Done, Engine, Error, Limits, Query};
use model::{Network, NetworkKey, Project, ProjectName, Service, ServiceName};
use plan::action::{ContainerSpec, Endpoint, NetworkSpec, Replica};
use plan::{Action, Container, Desired, Goal, Observed, Policy, labels};

pub(crate) const BOX: &str = "composed.local/box:1";

/// One project on the engine.
pub(crate) struct World {
    pub(crate) engine: Docker,
    pub(crate) project: String,
}

fn docker_host() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test is its own caller")]
    std::env::var("DOCKER_HOST").ok()
}

/// Runs the `docker` command; what it prints.
pub(crate) fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().expect("the docker command is there");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A static busybox and nothing else, under two tags with two ids.
fn ensure_images() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        for number in ["1", "2"] {
            let tag = format!("composed.local/box:{number}");
            if !docker(&["image", "ls", "-q", &tag]).is_empty() {
                continue;
            }
            let mut tar = tar::Builder::new(Vec::new());
            let busybox = std::fs::read("/bin/busybox").expect("a static busybox is there");
            let mut add = |name: &str, bytes: &[u8]| {
                let mut header = tar::Header::new_gnu();
                header.set_size(bytes.len() as u64);
                header.set_mode(0o755);
                tar.append_data(&mut header, name, bytes).unwrap();
            };
            add("bin/busybox", &busybox);
            add("box", number.as_bytes());
            for applet in ["sh", "sleep", "cat", "echo", "true", "printf", "head", "tr", "stty", "id", "ls"] {
                let mut header = tar::Header::new_gnu();
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
            }
            let args = ["import", "-c", r#"CMD ["sleep","infinity"]"#, "-", &tag];
            let mut import = Command::new("docker").args(args).stdin(Stdio::piped()).spawn().unwrap();
            import.stdin.take().unwrap().write_all(&tar.into_inner().unwrap()).unwrap();
            assert!(import.wait().unwrap().success());
        }
    });
}

impl World {
    pub(crate) fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        ensure_images();
        let address = Address::of_docker_host(docker_host().as_deref(), None).unwrap();
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Self {
            engine: Docker::connect(address, Limits::STANDARD),
            project: format!("enginetest{}x{number}", std::process::id()),
        }
    }

    pub(crate) async fn apply(&self, action: &Action) -> Result<Done, Error> {
        self.engine.apply(action, &|_| {}).await
    }

    pub(crate) async fn observe(&self) -> Observed {
        let query = Query { project: self.project.clone(), ..Query::default() };
        self.engine.observe(&query).await.unwrap()
    }

    /// Looks until something is so.
    pub(crate) async fn until<T>(&self, what: &str, seen: impl Fn(&Observed) -> Option<T>) -> T {
        eventually(what, async || seen(&self.observe().await)).await
    }

    /// The model of a project whose services are on its default network.
    pub(crate) fn model(&self, services: &[(&str, Service)]) -> Project {
        let key = NetworkKey::new("default").unwrap();
        let network = Network { name: format!("{}_default", self.project), ..Network::default() };
        let named = services.iter().map(|(name, service)| {
            let mut service = service.clone();
            if service.network_mode.is_empty() && service.networks.is_empty() {
                service.networks = BTreeMap::from([(key.clone(), None)]);
            }
            (ServiceName::new(*name).unwrap(), service)
        });
        Project {
            working_dir: "/".into(),
            config_files: vec!["/compose.yaml".into()],
            services: named.map(|(name, service)| (name, Box::new(service))).collect(),
            networks: BTreeMap::from([(key, network)]),
            ..Project::named(ProjectName::new(self.project.as_str()).unwrap())
        }
    }

    /// Plans and acts until nothing is left to do; how many actions it took.
    pub(crate) async fn converge(&self, project: &Project, goal: Goal) -> usize {
        let query = Query {
            project: self.project.clone(),
            images: project.services.values().map(|service| service.image.clone()).collect(),
            networks: project.networks.values().map(|network| (network.name.clone(), String::new())).collect(),
            volumes: project.volumes.values().map(|volume| volume.name.clone()).collect(),
        };
        let images = self.engine.observe(&query).await.unwrap().images;
        let (project, policy) = (project.clone(), Policy { remove_orphans: true, ..Policy::default() });
        let desired = Desired { project, previous: None, goal, policy, images };
        let mut actions = 0;
        loop {
            let plan = plan::plan(&desired, &self.engine.observe(&query).await.unwrap());
            let ready: Vec<_> =
                plan.steps.iter().filter(|step| step.after.is_empty() && step.waits.is_empty()).collect();
            if ready.is_empty() {
                assert!(plan.steps.is_empty(), "stuck: {plan:?}");
                return actions;
            }
            actions += ready.len();
            futures_util::future::try_join_all(ready.into_iter().map(|step| self.apply(&step.action))).await.unwrap();
            assert!(actions < 200, "it does not converge");
        }
    }

    /// The order for one container without a network; `change` makes it what a test needs.
    pub(crate) fn container(&self, name: &str, change: impl FnOnce(&mut ContainerSpec)) -> Action {
        let replica = Replica { service: ServiceName::new(name).unwrap(), number: 1 };
        let service =
            Service { image: BOX.into(), stop_grace_period: Some(model::Duration::from_secs(0)), ..Service::default() };
        let mut spec = ContainerSpec {
            name: format!("{}-{name}-1", self.project),
            image: BOX.into(),
            service,
            inherited: Vec::new(),
            labels: self.labels(&[(labels::SERVICE, name), (labels::NUMBER, "1"), (labels::CONFIG_HASH, "h")]),
            network_mode: "none".into(),
            endpoints: Vec::new(),
            links: Vec::new(),
            one_off: None,
            replica,
        };
        change(&mut spec);
        Action::CreateContainer(Box::new(spec))
    }

    pub(crate) fn labels(&self, more: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut all = BTreeMap::from([(labels::PROJECT.to_owned(), self.project.clone())]);
        all.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        all
    }

    pub(crate) fn network(&self, key: &str) -> Action {
        let network = Network { name: format!("{}_{key}", self.project), ..Network::default() };
        Action::CreateNetwork(NetworkSpec { network, labels: self.labels(&[(labels::NETWORK, key)]) })
    }

    pub(crate) fn endpoint(&self, key: &str) -> Endpoint {
        Endpoint {
            network: format!("{}_{key}", self.project),
            aliases: vec!["me".into()],
            links: Vec::new(),
            config: None,
        }
    }

    pub(crate) fn start(&self, container: &str) -> Action {
        let replica = Replica { service: ServiceName::new("any").unwrap(), number: 1 };
        Action::StartContainer {
            replica,
            container: container.into(),
            name: container.into(),
            around: Default::default(),
        }
    }

    /// Creates and starts one container; what it is then.
    pub(crate) async fn run(&self, name: &str, command: &[&str], change: impl FnOnce(&mut ContainerSpec)) -> Container {
        let action = self.container(name, |spec| {
            spec.service.command = Some(command.iter().map(|word| (*word).to_owned()).collect());
            change(spec);
        });
        let id = self.apply(&action).await.unwrap().id.unwrap();
        self.apply(&self.start(&id)).await.unwrap();
        self.engine.look(&plan::ContainerId(id)).await.unwrap().unwrap()
    }
}

/// Asks until there is an answer, with a deadline.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let asking = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.unwrap_or_else(|_| panic!("never seen: {what}"))
}

impl Drop for World {
    fn drop(&mut self) {
        let filter = format!("label={}={}", labels::PROJECT, self.project);
        for (list, remove) in [
            (&["ps", "-aq"][..], &["rm", "-f", "-v"][..]),
            (&["network", "ls", "-q"], &["network", "rm"]),
            (&["volume", "ls", "-q"], &["volume", "rm", "-f"]),
            (&["image", "ls", "-q"], &["image", "rm", "-f"]),
        ] {
            let found = docker(&[list, &["--filter", &filter]].concat());
            let ids: BTreeSet<&str> = found.split_whitespace().collect();
            if !ids.is_empty() {
                docker(&[remove, &ids.into_iter().collect::<Vec<_>>()].concat());
            }
        }
    }
}
