//! Services that stay down once they end, while others that come back need them.

use diagnostic::Diagnostic;
use model::{Condition, Service, ServiceName};

use super::Subject;

pub(super) fn lint(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let services = &subject.project.services;
    let mut found = Vec::new();
    for name in services.iter().filter(|(_, service)| !comes_back(service)).map(|(name, _)| name) {
        let waiting = |other: &Service, condition: &dyn Fn(Condition) -> bool| {
            other.depends_on.get(name).is_some_and(|dependency| condition(dependency.condition))
        };
        let is_one_shot = services.values().any(|other| waiting(other, &|condition| condition == Condition::Completed));
        let needs =
            |other: &Service| comes_back(other) && waiting(other, &|condition| condition != Condition::Completed);
        let Some((other, _)) = services.iter().find(|(_, other)| needs(other)).filter(|_| !is_one_shot) else {
            continue;
        };
        found.push(remark(subject, name, other));
    }
    found
}

/// Whether the engine starts it again. A policy of `deploy` counts as well.
fn comes_back(service: &Service) -> bool {
    let by_deploy = service.deploy.as_ref().and_then(|deploy| deploy.restart_policy.as_ref());
    !matches!(service.restart.as_str(), "" | "no" | "none")
        || by_deploy.is_some_and(|policy| policy.condition != "none")
}

fn remark(subject: &Subject<'_>, name: &ServiceName, other: &ServiceName) -> Diagnostic {
    let message = format!("{name} is not started again when it ends, {other}, which needs it, is");
    let is_silent = subject.project.services[name].restart.is_empty();
    let span = if is_silent { subject.key(name, &[]) } else { subject.place(name, &["restart"]) };
    Diagnostic::warning("no-restart", message)
        .at(span, "stays down")
        .related(subject.key(other, &["depends_on", name.as_str()]), "needed here")
        .help("give it `restart: unless-stopped`; if it is to end, wait for it with `service_completed_successfully`")
}
