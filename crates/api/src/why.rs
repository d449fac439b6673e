//! Why a service is as it is: from what is seen of it, link by link, to what everything hangs on.

use serde::{Deserialize, Serialize};

use crate::{ContainerSummary, Phase};

/// `GET /v1/stacks/{name}/why/{service}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The project's name.
    pub stack: String,
    /// How far it is.
    pub phase: Phase,
    /// The service that was asked about first, then what it waits for, and so on; each service once.
    pub links: Vec<Link>,
}

/// One service of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its name.
    pub service: String,
    /// How many links it is away from the service that was asked about.
    pub depth: u32,
    /// Its containers.
    pub containers: Vec<ContainerSummary>,
    /// Why it does not move, in the words of `status`; empty where it is as asked for.
    pub reasons: Vec<String>,
    /// What is being done for it or is still to come, each with its cause.
    pub steps: Vec<String>,
    /// What the engine refused, each with the next thing to try.
    pub refusals: Vec<String>,
    /// The services it waits for.
    pub waits_for: Vec<String>,
    /// The last lines its containers wrote, where they may tell why: of one that ended or is not healthy.
    pub log: Vec<String>,
}
