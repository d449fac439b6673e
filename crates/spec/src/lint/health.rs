//! Services that are waited for to be healthy, and may never be.

use diagnostic::Diagnostic;
use model::Condition;

use super::Subject;

pub(super) fn lint(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, service) in &subject.project.services {
        let healthy = service.depends_on.iter().filter(|(_, dependency)| dependency.condition == Condition::Healthy);
        for (other, _) in healthy {
            let Some(awaited) = subject.project.services.get(other) else { continue };
            let check = awaited.healthcheck.as_ref();
            let is_off =
                check.is_some_and(|check| check.disable || check.test.first().is_some_and(|one| one == "NONE"));
            let span = subject.key(name, &["depends_on", other.as_str()]);
            if is_off {
                let message = format!("{name} waits for {other} to be healthy, whose check is switched off");
                let off = subject.key(other, &["healthcheck"]);
                found.push(
                    Diagnostic::warning("unhealthy-never", message)
                        .at(span, "it never will be")
                        .related(off, "switched off here")
                        .help("use `condition: service_started`, or give it a check"),
                );
            } else if check.is_none_or(|check| check.test.is_empty()) {
                let message = format!("{name} waits for {other} to be healthy, for which this file has no check");
                found.push(
                    Diagnostic::warning("doubtful-health", message)
                        .at(span, "healthy only if the image has a check")
                        .help(format!("give {other} a `healthcheck:` with a `test:`, unless its image has one")),
                );
            }
        }
    }
    found
}
