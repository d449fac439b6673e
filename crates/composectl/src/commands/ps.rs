//! `ps`: the containers of a project.

use api::ContainerSummary;

use super::interruptible;
use crate::args::{Format, Global, Ps};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::ages::{human, since};
use crate::output::stdout;
use crate::output::table::table;
use crate::source;

pub(super) async fn run(global: &Global, ps: Ps) -> Result<(), Exit> {
    let (stack, _) = source::name(global)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{stack}/containers");
    let mut containers: Vec<ContainerSummary> =
        interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    if let Some(unknown) = ps.services.iter().find(|name| !containers.iter().any(|c| c.service == **name)) {
        return Err(Exit::error(format!("no such service: {unknown}")));
    }
    containers.retain(|container| {
        let is_shown = ps.all || matches!(container.state.as_str(), "running" | "paused" | "restarting");
        is_shown && (ps.services.is_empty() || ps.services.contains(&container.service))
    });
    let paint = stdout();
    if ps.quiet {
        for container in &containers {
            paint.line(&container.id);
        }
        return Ok(());
    }
    match ps.format {
        Format::Json => {
            for container in &containers {
                paint.line(&serde_json::to_string(container).map_err(|error| Exit::error(error.to_string()))?);
            }
        }
        Format::Table => {
            let rows: Vec<Vec<String>> = containers.iter().map(row).collect();
            let heads = ["NAME", "IMAGE", "COMMAND", "SERVICE", "CREATED", "STATUS", "PORTS"];
            paint.line(table(&heads, &rows).trim_end());
        }
    }
    Ok(())
}

fn row(container: &ContainerSummary) -> Vec<String> {
    vec![
        container.name.clone(),
        container.image.clone(),
        format!("\"{}\"", shortened(&container.command, 20)),
        container.service.clone(),
        format!("{} ago", human(since(container.created))),
        status(container),
        container.ports.join(", "),
    ]
}

/// `Up 3 seconds (healthy)`, `Exited (0) 2 minutes ago`, in docker's words.
pub(super) fn status(container: &ContainerSummary) -> String {
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

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
