//! What a controller has to say: the one source for the CLI, the API, the log and the dashboard.

use model::ServiceName;
use plan::{Cause, Hold, Observed, State, Subject, labels};
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// How far a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It is being looked at; nothing is decided yet.
    Observing,
    /// Something is being done.
    Working,
    /// Something is waited for that will come, or not, by itself.
    Waiting,
    /// Nothing can be done until something outside changes.
    Blocked,
    /// It is only looked at: somebody paused it.
    Paused,
    /// It is as asked for.
    Converged,
    /// It is gone, as asked for.
    Gone,
}

impl Phase {
    /// Whether waiting longer may still change something without anybody's help.
    #[must_use]
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Observing | Self::Working | Self::Waiting)
    }
}

/// Everything about a project at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// How far it is.
    pub phase: Phase,
    /// Its services as they are seen.
    pub services: Vec<ServiceStatus>,
    /// Steps still to come, with what each waits for.
    pub pending: Vec<Pending>,
    /// What is left as it is, and why.
    pub holds: Vec<(Subject, Hold)>,
    /// Calls the engine refused, and when each is tried again.
    pub failures: Vec<Failure>,
}

/// A step that is not done yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// `create`, `start`, ….
    pub verb: String,
    /// The engine's name of what it works on.
    pub object: String,
    /// The service it is for, when there is one.
    pub service: Option<ServiceName>,
    /// Why.
    pub cause: Cause,
    /// What it waits for.
    pub waits: Vec<Hold>,
    /// Whether it is running now.
    pub is_running: bool,
}

/// A call the engine refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// `create`, `start`, ….
    pub verb: String,
    /// The engine's name of what it works on.
    pub object: String,
    /// What the engine said.
    pub refusal: Refusal,
    /// How often in a row.
    pub attempts: u32,
    /// Milliseconds until it is tried again.
    pub retry_in_ms: u64,
}

/// A service as it is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Its name.
    pub name: ServiceName,
    /// Its containers, by number.
    pub replicas: Vec<ReplicaStatus>,
    /// Whether it is there to end: others wait to see it completed, or the file says so.
    pub is_one_shot: bool,
}

/// A container of a service as it is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplicaStatus {
    /// Its name.
    pub container: String,
    /// Its id.
    pub id: String,
    /// What it is doing.
    pub state: State,
    /// What its health check says.
    pub health: plan::Health,
}

/// The services of a model as they are seen. `targets` are those that others wait to see completed.
pub(crate) fn services(project: &model::Project, observed: &Observed) -> Vec<ServiceStatus> {
    project
        .services
        .keys()
        .map(|name| {
            let mut replicas: Vec<(u32, ReplicaStatus)> = observed
                .containers
                .values()
                .filter(|container| container.label(labels::SERVICE) == name.as_str())
                .filter_map(|container| {
                    let status = ReplicaStatus {
                        container: container.name.clone(),
                        id: container.id.0.clone(),
                        state: container.state.clone(),
                        health: container.health,
                    };
                    Some((labels::number(container)?, status))
                })
                .collect();
            replicas.sort_by_key(|(number, _)| *number);
            ServiceStatus {
                name: name.clone(),
                replicas: replicas.into_iter().map(|(_, replica)| replica).collect(),
                is_one_shot: is_one_shot(project, name.as_str()),
            }
        })
        .collect()
}

/// Whether a service is there to be done: the file says so, or something waits for its end.
pub(crate) fn is_one_shot(project: &model::Project, name: &str) -> bool {
    project.care.get(name).is_some_and(|care| care.job)
        || project.services.values().any(|service| {
            service.depends_on.get(name).is_some_and(|edge| edge.condition == model::Condition::Completed)
        })
}
