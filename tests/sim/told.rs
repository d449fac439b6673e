//! What happened, in lines: kept only when somebody will read them.

use std::collections::BTreeMap;
use std::fmt;

use plan::Container;
use reconcile::{Input, Outcome, Refusal, Request, Run, RunId};
use support::world::World;

use crate::projects::NAME;

/// Lines of what happened, with the seconds since the beginning.
#[derive(Debug, Default)]
pub(crate) struct Trace(Option<Vec<String>>);

impl Trace {
    /// One that keeps its lines.
    pub(crate) fn kept() -> Self {
        Self(Some(Vec::new()))
    }

    pub(crate) fn line(&mut self, at: i64, text: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.0 {
            lines.push(format!("{:>10.4} {}", at as f64 / 1e9, text()));
        }
    }

    /// The last lines.
    pub(crate) fn last(&self, count: usize) -> String {
        let lines = self.0.as_deref().unwrap_or_default();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }
}

pub(crate) fn refusal(message: &str) -> Refusal {
    Refusal { message: message.to_owned(), ..Refusal::default() }
}

pub(crate) fn run(run: &Run) -> String {
    format!("{} {} ({})", run.action.verb(), run.action.object(), run.cause)
}

pub(crate) fn outcome(run: &Run, outcome: &Outcome) -> String {
    format!("{} {} #{}: {}", run.action.verb(), run.action.object(), run.id, said(outcome))
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Container(_, container) => seen(container.as_deref()),
        Outcome::Made(id) => format!("made {}", id.get(..12).unwrap_or(id)),
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(refusal) => format!("refused: {}", refusal.message),
        Outcome::Unknown(refusal) => format!("unknown: {}", refusal.message),
    }
}

fn seen(container: Option<&Container>) -> String {
    container.map_or_else(
        || "gone".to_owned(),
        |container| format!("{} {} {:?} {:?}", container.id.short(), container.name, container.state, container.health),
    )
}

pub(crate) fn request(request: &Request) -> String {
    match request {
        Request::Up { up, .. } => format!("{up:?}"),
        Request::Apply { .. } => "Apply".to_owned(),
        Request::Resume { wishes, is_converged, .. } => {
            format!("Resume {wishes:?} converged {is_converged}")
        }
        Request::Down { down, .. } => format!("{down:?}"),
        Request::Stop { services, .. } => format!("Stop {services:?}"),
        Request::Start { services, .. } => format!("Start {services:?}"),
        Request::Restart { services, .. } => format!("Restart {services:?}"),
    }
}

/// An input as the controller hears it.
pub(crate) struct Heard<'a>(pub(crate) &'a Input, pub(crate) &'a BTreeMap<RunId, Run>);

impl fmt::Display for Heard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Input::Request(asked) => write!(f, "{}", request(asked)),
            Input::Touched(id) => write!(f, "touched {}", id.short()),
            Input::Doubt => f.write_str("doubt"),
            Input::EngineLost => write!(f, "the engine is lost"),
            Input::EngineIs(life) => write!(f, "the engine is {life:?}"),
            Input::Observed(number, observed) => {
                write!(f, "list {number}: {} containers", observed.containers.len())
            }
            Input::ObserveFailed(number, _) => write!(f, "list {number} failed"),
            Input::Looked(id, container) => write!(f, "looked {}: {}", id.short(), seen(container.as_deref())),
            Input::LookFailed(id) => write!(f, "look {} failed", id.short()),
            Input::Finished(id, outcome) => {
                let what = self.1.get(id).map_or_else(String::new, run);
                write!(f, "finished #{id} {what}: {}", said(outcome))
            }
            Input::Woke => f.write_str("woke"),
        }
    }
}

/// The states of our containers, for a failure's text.
pub(crate) fn scene(world: &World) -> String {
    let line = |container: &Container| {
        format!("    {:<28} {:?} {:?} {}\n", container.name, container.state, container.health, container.id.short())
    };
    world.of_project(NAME).map(|unit| line(&unit.seen)).collect()
}
