//! Who is told of something looks at it, and who is refused something does not insist.

use std::collections::{BTreeMap, VecDeque};

use plan::{ContainerId, Target};
use reconcile::{Input, Outcome, Output, Run, RunId};
use support::world::SECOND;

use crate::told;

/// How often one thing may be refused within [`WHILE`] before whoever asks counts as insisting.
const OFTEN: usize = 6;
const WHILE: i64 = 3 * SECOND;

/// What one life of the daemon owes its attention to.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    /// Looks under way, and whether something happened meanwhile.
    looks: BTreeMap<ContainerId, bool>,
    /// When one thing was refused lately.
    refused: BTreeMap<(Target, &'static str), VecDeque<i64>>,
}

impl Attention {
    /// Something is said to the controller, and this is what it says.
    pub(crate) fn pays(
        &mut self,
        input: &Input,
        outputs: &[Output],
        running: &BTreeMap<RunId, Run>,
    ) -> Result<(), String> {
        let owed = match input {
            Input::Touched(id) if running.values().any(|run| is_about(run, id)) => None,
            Input::Touched(id) => match self.looks.get_mut(id) {
                Some(again) => {
                    *again = true;
                    None
                }
                None => Some(id),
            },
            Input::Looked(id, _) => self.looks.remove(id).filter(|again| *again).map(|_| id),
            Input::LookFailed(id) => {
                self.looks.remove(id);
                None
            }
            _ => None,
        };
        for output in outputs {
            if let Output::Look(id) = output {
                self.looks.insert(id.clone(), false);
            }
        }
        match owed.filter(|id| !self.looks.contains_key(*id)) {
            Some(id) => Err(format!("something happened to {}, and nobody looks", id.short())),
            None => Ok(()),
        }
    }

    /// A run ended; a request makes whatever was refused worth another try.
    pub(crate) fn hears(&mut self, input: &Input, run: Option<&Run>, now: i64) -> Result<(), String> {
        match (input, run) {
            (Input::Request(_), _) => self.refused.clear(),
            (Input::Finished(_, Outcome::Refused(_) | Outcome::Unknown(_)), Some(run)) => {
                let times = self.refused.entry((run.action.target(), run.action.verb())).or_default();
                times.push_back(now);
                times.retain(|at| now - at < WHILE);
                if times.len() > OFTEN {
                    return Err(format!("{} was refused {} times in a row", told::run(run), times.len()));
                }
            }
            (Input::Finished(..), Some(run)) => {
                let target = run.action.target();
                self.refused.retain(|(other, _), _| *other != target);
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_about(run: &Run, id: &ContainerId) -> bool {
    use plan::Action as A;
    match &run.action {
        A::StartContainer { container, .. } | A::RenameContainer { container, .. } => *container == id.0,
        A::StopContainer { id: other, .. }
        | A::RestartContainer { id: other, .. }
        | A::RemoveContainer { id: other, .. }
        | A::DisconnectNetwork { container: other, .. } => other == id,
        _ => false,
    }
}
