//! `status`: what composed keeps, how far each stack is, and why not further.

use api::{ContainerSummary, Phase, StackReport};

use super::interruptible;
use crate::args::{Format, Global, Status};
use crate::connect::connect_to_daemon;
use crate::exit::Exit;
use crate::output::ages::{human, since};
use crate::output::{Paint, stdout};

pub(super) async fn run(global: &Global, status: Status) -> Result<(), Exit> {
    let connection = connect_to_daemon(global).await?;
    let reports: Vec<StackReport> = interruptible(async {
        Ok(match &status.stack {
            Some(stack) => vec![connection.client.get(&format!("/stacks/{stack}")).await?],
            None => connection.client.get("/stacks").await?,
        })
    })
    .await?;
    let paint = stdout();
    if status.format == Format::Json {
        paint.line(&serde_json::to_string_pretty(&reports).map_err(|error| Exit::error(error.to_string()))?);
        return Ok(());
    }
    if reports.is_empty() {
        paint.line("composed keeps no stack; `composectl up` registers one");
    }
    for report in &reports {
        show(paint, report);
    }
    Ok(())
}

fn show(paint: Paint, report: &StackReport) {
    let phase = match report.phase {
        Phase::Converged => paint.green(report.phase.as_str()),
        Phase::Blocked | Phase::Faulted => paint.red(report.phase.as_str()),
        _ => paint.yellow(report.phase.as_str()),
    };
    let files = report.config_files.join(", ");
    paint.line(&format!(
        "{}  {phase}  generation {}  {}",
        paint.bold(&report.name),
        report.generation,
        paint.dim(&files)
    ));
    let width = report.services.iter().map(|service| service.name.len()).max().unwrap_or(0);
    for service in &report.services {
        let states: Vec<String> = service.containers.iter().map(state).collect();
        let states = if states.is_empty() { "not there".to_owned() } else { states.join("; ") };
        paint.line(&format!("  {:<width$}  {states}", service.name));
        for reason in &service.reasons {
            paint.line(&format!("  {:<width$}  {} {reason}", "", paint.yellow("hold:")));
        }
    }
    let is_shown = |subject: &str| {
        report
            .services
            .iter()
            .any(|s| s.name == subject || s.containers.iter().any(|c| subject == format!("container {}", c.name)))
    };
    for hold in report.holds.iter().filter(|hold| !is_shown(&hold.subject)) {
        paint.line(&format!("  {} {}: {}", paint.yellow("hold:"), hold.subject, hold.reason));
    }
    for failure in &report.failures {
        paint.line(&format!(
            "  {} {} (attempt {}, again in {} s)",
            paint.red("refused:"),
            failure.message,
            failure.attempts,
            failure.retry_in_ms.div_ceil(1000)
        ));
        if !failure.help.is_empty() {
            paint.line(&format!("  {} {}", paint.cyan("help:"), failure.help));
        }
    }
    if report.findings.iter().any(|finding| finding.severity == "error") {
        paint.line(&format!("  {} its files are broken; the last good state is kept:", paint.red("error:")));
    }
    for finding in &report.findings {
        for line in finding.rendered.trim_end().lines() {
            paint.line(&format!("    {line}"));
        }
    }
}

/// `Up 3 seconds (healthy)`, `Exited (0) 2 minutes ago`, in docker's words, and what those do not say of an end.
pub(super) fn state(container: &ContainerSummary) -> String {
    let words = words(container);
    if container.out_of_memory { format!("{words}, killed for its memory") } else { words }
}

fn words(container: &ContainerSummary) -> String {
    let up = || container.started.map_or_else(String::new, |started| human(since(started)));
    let code = container.exit_code.unwrap_or_default();
    match container.state.as_str() {
        "running" if container.health == "starting" => format!("Up {} (health: starting)", up()),
        "running" if !container.health.is_empty() => format!("Up {} ({})", up(), container.health),
        "running" => format!("Up {}", up()),
        "exited" => {
            format!("Exited ({code}) {} ago", container.finished.map_or_else(String::new, |at| human(since(at))))
        }
        "restarting" => format!("Restarting ({code})"),
        "created" => "Created".to_owned(),
        "paused" => "Paused".to_owned(),
        other => other.to_owned(),
    }
}
