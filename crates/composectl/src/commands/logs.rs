//! `logs`: the output of containers, each line under its container's name.

use std::collections::BTreeMap;

use api::{ContainerListing, LogChunk};
use futures_util::StreamExt as _;

use super::{escaped, interruptible};
use crate::args::{Global, Logs};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::output::{Paint, stderr, stdout};
use crate::source::Place;

/// One colour a container, in turn.
const COLOURS: [&str; 6] = ["36", "33", "32", "35", "34", "96"];

pub(super) async fn run(global: &Global, logs: Logs) -> Result<(), Exit> {
    if logs.index > 0 && logs.services.len() != 1 {
        return Err(Exit::error("--index requires one service to be selected"));
    }
    let place = Place::at_hand(global)?;
    place.knows(&logs.services)?;
    let connection = connect(global).await?;
    interruptible(show(&connection, place.stack.as_str(), &logs)).await
}

async fn show(connection: &Connection, stack: &str, logs: &Logs) -> Result<(), Exit> {
    let mut containers: Vec<ContainerListing> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
    containers.retain(|c| c.number.is_some() && (logs.services.is_empty() || logs.services.contains(&c.service)));
    if logs.index > 0 {
        containers.retain(|container| container.number == Some(logs.index));
        if containers.is_empty() {
            let service = diagnostic::quoted(&logs.services.join(" "));
            return Err(Exit::error(format!("service {service} is not running container #{}", logs.index)));
        }
    }
    let mut query = vec![format!("follow={}", logs.follow), format!("services={}", escaped(&logs.services.join(",")))];
    if logs.tail != "all" {
        let lines: u64 = logs.tail.parse().map_err(|_| {
            Exit::error(format!("`{}` is no number of lines", logs.tail)).with_help("--tail takes a number or `all`")
        })?;
        query.push(format!("tail={lines}"));
    }
    if logs.index > 0 {
        query.push(format!("index={}", logs.index));
    }
    query.extend(logs.since.iter().map(|at| format!("since={}", escaped(at))));
    query.extend(logs.until.iter().map(|at| format!("until={}", escaped(at))));
    let path = format!("/stacks/{stack}/logs?{}", query.join("&"));
    let mut lines = connection.client.stream::<LogChunk>(&path).await?;
    let width = containers.iter().map(|c| label(&c.service, c.number).chars().count()).max();
    let look =
        Look { timestamps: logs.timestamps, no_color: logs.no_color, no_log_prefix: logs.no_log_prefix, splits: false };
    let mut printer = Printer::new(look, width.unwrap_or(0));
    while let Some(line) = lines.next().await {
        printer.print(&line?);
    }
    Ok(())
}

/// The name before the lines of a container: `web-1`.
pub(super) fn label(service: &str, number: Option<u32>) -> String {
    number.map_or_else(|| service.to_owned(), |number| format!("{service}-{number}"))
}

/// How lines are printed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) timestamps: bool,
    pub(super) no_color: bool,
    pub(super) no_log_prefix: bool,
    /// Whether what came over standard error goes there.
    pub(super) splits: bool,
}

/// Prints lines, each container's in its own colour.
pub(super) struct Printer {
    paint: Paint,
    look: Look,
    width: usize,
    colours: BTreeMap<String, &'static str>,
}

impl Printer {
    /// A printer for names of so many columns.
    pub(super) fn new(look: Look, width: usize) -> Self {
        Self { paint: stdout(), look, width, colours: BTreeMap::new() }
    }

    /// The end of a container, over whatever a terminal shows in this row.
    pub(super) fn ended(&self, chunk: &LogChunk, code: i64) {
        let restarting = if chunk.is_restarting { " (restarting)" } else { "" };
        let label = label(&chunk.service, chunk.number);
        let label = self.paint.plain(&label);
        self.paint.raw(&format!("\r\u{1b}[K{label} exited with code {code}{restarting}\n"));
    }

    /// A line.
    pub(super) fn print(&mut self, chunk: &LogChunk) {
        let mut line = String::new();
        if !self.look.no_log_prefix {
            let label = label(&chunk.service, chunk.number);
            let next = COLOURS[self.colours.len() % COLOURS.len()];
            let colour = *self.colours.entry(label.clone()).or_insert(next);
            let prefix = format!("{:<width$}  | ", self.paint.plain(&label), width = self.width);
            line = if self.look.no_color { prefix } else { self.paint.colour(colour, &prefix) };
        }
        if self.look.timestamps
            && let Some(at) = chunk.at.and_then(|at| jiff::Timestamp::from_nanosecond(at.into()).ok())
        {
            line += &format!("{at:.9} ");
        }
        // As docker compose: what a container writes is a terminal's to obey.
        line += &chunk.line;
        line.push('\n');
        let paint = if chunk.is_stderr && self.look.splits { stderr() } else { self.paint };
        paint.raw(&line);
    }
}
