//! What a controller says, in the words of the wire.

use api::{ContainerSummary, FailureReport, Finding, HoldReport, Phase, ServiceReport, StackReport, StepReport};
use plan::{Container, Health, Hold, Observed, Plan, State, Subject, labels};
use reconcile::{Controller, Now, Status};

/// The daemon's part of a report: what the controller cannot know.
pub(crate) struct Standing {
    pub(crate) name: String,
    pub(crate) generation: u64,
    pub(crate) is_supervised: bool,
    pub(crate) findings: Vec<Finding>,
}

/// A report of a stack at one moment.
pub(crate) fn stack(controller: &Controller, now: Now, standing: Standing) -> StackReport {
    let status = controller.status(now);
    let files = controller.desired().map(|desired| &desired.project.config_files);
    StackReport {
        name: standing.name,
        generation: standing.generation,
        is_supervised: standing.is_supervised,
        phase: phase(status.phase),
        config_files: files.into_iter().flatten().map(|path| path.display().to_string()).collect(),
        services: services(&status, controller.observed()),
        pending: pending(&status),
        holds: holds(&status.holds),
        orphans: orphans(&status.holds),
        warnings: warnings(&status.holds, controller),
        failures: failures(&status),
        findings: standing.findings,
    }
}

pub(crate) fn phase(phase: reconcile::Phase) -> Phase {
    match phase {
        reconcile::Phase::Observing => Phase::Observing,
        reconcile::Phase::Working => Phase::Working,
        reconcile::Phase::Waiting => Phase::Waiting,
        reconcile::Phase::Blocked => Phase::Blocked,
        reconcile::Phase::Paused => Phase::Paused,
        reconcile::Phase::Converged => Phase::Converged,
        reconcile::Phase::Gone => Phase::Gone,
    }
}

pub(crate) fn services(status: &Status, observed: &Observed) -> Vec<ServiceReport> {
    status
        .services
        .iter()
        .map(|service| {
            let containers: Vec<&Container> = service
                .replicas
                .iter()
                .filter_map(|replica| observed.containers.get(&plan::ContainerId(replica.id.clone())))
                .collect();
            ServiceReport {
                name: service.name.to_string(),
                is_waiting: waits(status, &containers),
                reasons: reasons(status, &service.name, &containers),
                containers: containers.into_iter().map(container).collect(),
                is_one_shot: service.is_one_shot,
            }
        })
        .collect()
}

/// Whether a container that runs already waits for what it depends on.
fn waits(status: &Status, containers: &[&Container]) -> bool {
    status.holds.iter().any(|(subject, hold)| match (subject, hold) {
        (Subject::Container(name), Hold::Dependency { .. }) => containers.iter().any(|c| c.name == *name),
        _ => false,
    })
}

/// Everything that keeps a service from being as asked for, in the words of the plan.
fn reasons(status: &Status, name: &model::ServiceName, containers: &[&Container]) -> Vec<String> {
    let is_about = |subject: &Subject| match subject {
        Subject::Service(service) => service == name,
        Subject::Container(container) => containers.iter().any(|c| c.name == *container),
        Subject::Network(_) | Subject::Volume(_) | Subject::Image(_) => false,
    };
    let holds = status.holds.iter().filter(|(subject, _)| is_about(subject)).map(|(_, hold)| hold.to_string());
    let steps = status.pending.iter().filter(|step| step.service.as_ref() == Some(name));
    let mut waits: Vec<String> = steps.flat_map(|step| step.waits.iter().map(ToString::to_string)).collect();
    waits.dedup();
    holds.chain(waits).collect()
}

/// A container as `ps` shows it.
pub(crate) fn container(container: &Container) -> ContainerSummary {
    let (state, exit_code, started, finished) = match &container.state {
        State::Created { .. } => ("created", None, None, None),
        State::Running { started } => ("running", None, Some(started.0), None),
        State::Paused => ("paused", None, None, None),
        State::Restarting { code } => ("restarting", Some(*code), None, None),
        State::Exited { code, finished, .. } => ("exited", Some(*code), None, Some(finished.0)),
        State::Removing => ("removing", None, None, None),
        State::Dead => ("dead", None, None, None),
    };
    let health = match container.health {
        Health::None => "",
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    };
    ContainerSummary {
        id: container.id.0.clone(),
        name: container.name.clone(),
        image: container.image.clone(),
        command: container.command.clone(),
        service: container.label(labels::SERVICE).to_owned(),
        number: labels::number(container),
        state: state.to_owned(),
        health: health.to_owned(),
        exit_code,
        // Of one that runs again it is the past.
        out_of_memory: container.out_of_memory && exit_code.is_some(),
        created: container.created.0,
        started,
        finished,
        ports: container.ports.clone(),
    }
}

fn pending(status: &Status) -> Vec<StepReport> {
    status
        .pending
        .iter()
        .map(|step| StepReport {
            verb: step.verb.clone(),
            object: step.object.clone(),
            service: step.service.as_ref().map(ToString::to_string),
            cause: step.cause.to_string(),
            after: Vec::new(),
            waits: step.waits.iter().map(ToString::to_string).collect(),
            is_running: step.is_running,
        })
        .collect()
}

/// A plan as the wire has it.
pub(crate) fn planned(plan: &Plan) -> api::Planned {
    let steps = plan
        .steps
        .iter()
        .map(|step| StepReport {
            verb: step.action.verb().to_owned(),
            object: step.action.object().to_owned(),
            service: step.action.service().map(ToString::to_string),
            cause: step.cause.to_string(),
            after: step.after.clone(),
            waits: step.waits.iter().map(ToString::to_string).collect(),
            is_running: false,
        })
        .collect();
    api::Planned { steps, holds: holds(&plan.holds), text: plan.to_string() }
}

fn holds(holds: &[(Subject, Hold)]) -> Vec<HoldReport> {
    holds.iter().map(|(subject, hold)| HoldReport { subject: subject.to_string(), reason: hold.to_string() }).collect()
}

fn orphans(holds: &[(Subject, Hold)]) -> Vec<String> {
    let orphan = |(subject, hold): &(Subject, Hold)| match (subject, hold) {
        (Subject::Container(name), Hold::Orphan) => Some(name.clone()),
        _ => None,
    };
    holds.iter().filter_map(orphan).collect()
}

/// What is warned of: networks and volumes that are used although nobody made them for the project, as docker compose
/// does; and containers of a project of the same name.
fn warnings(holds: &[(Subject, Hold)], controller: &Controller) -> Vec<String> {
    let Some(project) = controller.desired().map(|desired| &desired.project.name) else { return Vec::new() };
    let warning = |(subject, hold): &(Subject, Hold)| match (subject, hold) {
        (Subject::Network(name), Hold::Unmanaged { owner }) if owner.is_empty() => Some(format!(
            "a network with name {name} exists but was not created by compose.\nSet `external: true` to use an existing network"
        )),
        (Subject::Network(name), Hold::Unmanaged { .. }) => Some(format!(
            "a network with name {name} exists but was not created for project \"{project}\".\nSet `external: true` to use an existing network"
        )),
        (Subject::Volume(name), Hold::Unmanaged { owner }) if owner.is_empty() => Some(format!(
            "volume \"{name}\" already exists but was not created by Docker Compose. Use `external: true` to use an existing volume"
        )),
        (Subject::Volume(name), Hold::Unmanaged { owner }) => Some(format!(
            "volume \"{name}\" already exists but was created for project \"{owner}\" (expected \"{project}\"). Use `external: true` to use an existing volume"
        )),
        (Subject::Container(name), Hold::Elsewhere { .. }) => Some(format!("container {name}: {hold}")),
        _ => None,
    };
    holds.iter().filter_map(warning).collect()
}

fn failures(status: &Status) -> Vec<FailureReport> {
    status
        .failures
        .iter()
        .map(|failure| FailureReport {
            verb: failure.verb.clone(),
            object: failure.object.clone(),
            message: failure.refusal.message.clone(),
            help: failure.refusal.help.clone(),
            attempts: failure.attempts,
            retry_in_ms: failure.retry_in_ms,
        })
        .collect()
}
