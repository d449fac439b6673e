//! What is being done when it is killed: a stack as it stands, a change of it, and the world that must come of it.

use std::fmt::Write as _;

/// A service as a scenario wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) replicas: usize,
    /// Named volumes, each mounted at its own name.
    pub(crate) volumes: &'static [&'static str],
    /// Whether it has a volume without a name, which a recreate takes along.
    pub(crate) scratch: bool,
    pub(crate) after: Option<&'static str>,
}

const DB: Service = Service { name: "db", version: "1", replicas: 1, volumes: &["data"], scratch: false, after: None };
const WEB: Service = Service { name: "web", version: "1", replicas: 1, volumes: &[], scratch: true, after: Some("db") };
const SIDE: Service = Service { name: "side", version: "1", replicas: 1, volumes: &[], scratch: false, after: None };

const fn of(side: Service, replicas: usize) -> Service {
    Service { replicas, ..side }
}

/// A stack: services, and what its network is labelled with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stack {
    pub(crate) services: &'static [Service],
    pub(crate) tier: &'static str,
}

impl Stack {
    /// As a Compose file.
    pub(crate) fn text(&self, project: &str) -> String {
        let mut text = format!("name: {project}\nservices:\n");
        let mut volumes: Vec<&str> = Vec::new();
        for service in self.services {
            let Service { name, version, replicas, scratch, after, .. } = service;
            let _ = write!(text, "  {name}:\n    image: {}\n    scale: {replicas}\n", crate::engine::BOX);
            let _ = writeln!(text, "    environment: {{VERSION: \"{version}\"}}");
            if let Some(after) = after {
                let _ = writeln!(text, "    depends_on: [{after}]");
            }
            let named = service.volumes.iter().map(|volume| format!("\"{volume}:/{volume}\""));
            let all: Vec<String> = named.chain(scratch.then(|| "\"/scratch\"".to_owned())).collect();
            if !all.is_empty() {
                let _ = writeln!(text, "    volumes: [{}]", all.join(", "));
            }
            volumes.extend(service.volumes.iter().filter(|volume| !volumes.contains(volume)).collect::<Vec<_>>());
        }
        let _ = writeln!(text, "networks: {{default: {{labels: {{tier: \"{}\"}}}}}}", self.tier);
        for (at, volume) in volumes.iter().enumerate() {
            let _ = writeln!(text, "{}  {volume}: {{}}", if at == 0 { "volumes:\n" } else { "" });
        }
        text
    }

    /// The named volumes.
    pub(crate) fn volumes(&self) -> Vec<&'static str> {
        self.services.iter().flat_map(|service| service.volumes).copied().collect()
    }
}

/// A change, and how it is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What stands before; `None` when there is nothing.
    pub(crate) before: Option<Stack>,
    /// What is wanted; `None` when nothing is.
    pub(crate) after: Option<Stack>,
    pub(crate) verb: &'static [&'static str],
}

const UP: &[&str] = &["up", "-d", "--remove-orphans"];
/// What most changes begin with.
pub(crate) const STACK: Stack = Stack { services: &[DB, WEB, SIDE], tier: "1" };
const THREE: Stack = Stack { services: &[DB, WEB, of(SIDE, 3)], tier: "1" };
/// Ten containers.
pub(crate) const TEN: Stack = Stack { services: &[DB, WEB, of(SIDE, 8)], tier: "1" };
const FIVE: Stack = Stack { services: &[DB, WEB, of(SIDE, 5)], tier: "1" };
const TWO: Stack = Stack { services: &[DB, WEB, of(SIDE, 2)], tier: "1" };
const NEWER: Stack = Stack { services: &[DB, Service { version: "2", ..WEB }, SIDE], tier: "1" };
const MOVED: Stack = Stack { services: &[Service { volumes: &["data", "more"], ..DB }, WEB, SIDE], tier: "2" };
const RENAMED: Stack = Stack { services: &[DB, WEB, Service { name: "flank", ..SIDE }], tier: "1" };

/// The same of another version.
pub(crate) const LEFT: Stack = Stack {
    services: &[
        Service { version: "left", ..DB },
        Service { version: "left", ..WEB },
        Service { version: "left", ..SIDE },
    ],
    tier: "1",
};
const RIGHT: Stack = Stack {
    services: &[
        Service { version: "right", ..DB },
        Service { version: "right", ..WEB },
        Service { version: "right", ..SIDE },
    ],
    tier: "1",
};

/// One of two that are asked for at once.
pub(crate) const TO_LEFT: Scenario = Scenario { name: "left", before: Some(STACK), after: Some(LEFT), verb: UP };
/// The other.
pub(crate) const TO_RIGHT: Scenario = Scenario { name: "right", before: Some(STACK), after: Some(RIGHT), verb: UP };
/// Nothing, where there was the stack of those.
pub(crate) const TO_NOTHING: Scenario = Scenario { name: "nothing", before: Some(STACK), after: None, verb: &["down"] };

/// All there are.
pub(crate) const ALL: &[Scenario] = &[
    Scenario { name: "new", before: None, after: Some(STACK), verb: UP },
    Scenario { name: "recreate", before: Some(STACK), after: Some(NEWER), verb: UP },
    Scenario { name: "grow", before: Some(THREE), after: Some(FIVE), verb: UP },
    Scenario { name: "shrink", before: Some(FIVE), after: Some(TWO), verb: UP },
    Scenario { name: "down", before: Some(STACK), after: None, verb: &["down"] },
    Scenario { name: "move", before: Some(STACK), after: Some(MOVED), verb: UP },
    Scenario { name: "rename", before: Some(STACK), after: Some(RENAMED), verb: UP },
];

impl Scenario {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|scenario| scenario.name == name)
    }

    /// Whether a service is none of the change's business.
    pub(crate) fn spares(&self, service: &Service) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return false };
        let is_same = |other: &&Service| Service { replicas: service.replicas, ..**other } == *service;
        before.tier == after.tier && before.services.iter().any(|other| is_same(&other))
    }
}
