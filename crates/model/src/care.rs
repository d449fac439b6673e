//! What `x-composed` of a service asks for beyond the Compose Specification. It is in no hash: it changes nothing of a
//! container, only what is done about one.

use serde::{Deserialize, Serialize};

use crate::Duration;

/// How a service is looked after.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Care {
    /// Whether and how its unhealthy containers are restarted.
    pub heal: Option<Heal>,
    /// Whether it is a job: having ended with code 0 is as good as running, for `up --wait`.
    pub job: bool,
}

/// How unhealthy containers are restarted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heal {
    /// How long one has to be unhealthy before it is restarted.
    pub after: Duration,
    /// How often one is restarted within [`Self::within`]; after that the pauses grow.
    pub times: u32,
    /// The time in which restarts are counted.
    pub within: Duration,
}

impl Default for Heal {
    fn default() -> Self {
        Self { after: Duration::from_secs(10), times: 3, within: Duration::from_secs(600) }
    }
}
