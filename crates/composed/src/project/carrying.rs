//! One step handed to the engine, and what came of it in the controller's words.

use std::collections::BTreeMap;

use engine::{Building, Credentials, Engine, RemoteImage};
use plan::ContainerId;
use reconcile::{Outcome, Refusal, Run};
use tracing::warn;

/// Who asks registries for the images of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Logins {
    /// For images that are pulled, by reference.
    pub(crate) images: BTreeMap<String, Credentials>,
    /// For the base images of builds, by registry as docker's settings name it.
    pub(crate) registries: BTreeMap<String, Credentials>,
}

/// Carries out one step and looks at what it left behind.
pub(super) async fn outcome(
    engine: &dyn Engine,
    run: &Run,
    logins: &Logins,
    tell: &(dyn Fn(engine::Progress) + Send + Sync),
) -> Outcome {
    use plan::Action as A;
    let applied = match &run.action {
        A::PullImage { reference, platform } => {
            let credentials = logins.images.get(reference).cloned();
            let image = RemoteImage { reference: reference.clone(), platform: platform.clone(), credentials };
            engine.pull(&image, tell).await
        }
        A::BuildImage(spec) => {
            let given = Building { registries: logins.registries.clone(), ..Building::default() };
            engine.build(spec, &given, tell).await
        }
        action => engine.apply(action, tell).await,
    };
    let done = match applied {
        Ok(done) => done,
        Err(error) if error.is_unknown_outcome() => return Outcome::Unknown(refusal(&error)),
        Err(error) => return Outcome::Refused(refusal(&error)),
    };
    for warning in &done.warnings {
        warn!(object = run.action.object(), error = warning, "the engine warns");
    }
    let touched = match &run.action {
        A::CreateContainer(_) => done.id.clone(),
        A::StartContainer { container, .. } | A::RenameContainer { container, .. } => Some(container.clone()),
        A::StopContainer { id, .. } | A::RestartContainer { id, .. } => Some(id.0.clone()),
        A::DisconnectNetwork { container, .. } => Some(container.0.clone()),
        A::CreateNetwork(_) | A::CreateVolume(_) | A::PullImage { .. } | A::BuildImage(_) => {
            return done.id.map_or(Outcome::Done, Outcome::Made);
        }
        A::RemoveContainer { .. } | A::RemoveNetwork { .. } | A::RemoveVolume { .. } | A::RemoveImage { .. } => {
            return Outcome::Done;
        }
    };
    let Some(id) = touched.map(ContainerId) else { return Outcome::Done };
    match engine.look(&id).await {
        Ok(container) => {
            let id = container.as_ref().map_or(id, |container| container.id.clone());
            Outcome::Container(id, container.map(Box::new))
        }
        Err(error) => Outcome::Unknown(refusal(&error)),
    }
}

pub(crate) fn refusal(error: &engine::Error) -> Refusal {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message = format!("{message}: {inner}");
        source = inner.source();
    }
    let help = error.help().unwrap_or_default();
    let (is_missing, is_in_use, is_hook) = (error.is_missing(), error.is_conflict(), error.is_hook());
    Refusal { message, help, is_missing, is_in_use, is_hook, is_unstartable: error.is_unstartable() }
}
