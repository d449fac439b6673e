//! `logs`: the output of containers, each line under its container's name.

use std::collections::BTreeMap;

use api::{ContainerListing, LogChunk};
use futures_util::StreamExt as _;

use super::{escaped, interruptible};
use crate::args::{Global, Logs};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::output::{Paint, stdout};
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

/// Everything from now on, as an attached `up` shows it.
pub(super) async fn follow_all(connection: &Connection, stack: &str, services: &[String]) -> Result<(), Exit> {
    let logs = Logs {
        services: services.to_vec(),
        follow: true,
        tail: "all".to_owned(),
        since: None,
        until: None,
        timestamps: false,
        index: 0,
        no_color: false,
        no_log_prefix: false,
    };
    show(connection, stack, &logs).await
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
    let mut printer = Printer { paint: stdout(), logs, width: width.unwrap_or(0), colours: BTreeMap::new() };
    while let Some(line) = lines.next().await {
        printer.print(&line?);
    }
    Ok(())
}

fn label(service: &str, number: Option<u32>) -> String {
    number.map_or_else(|| service.to_owned(), |number| format!("{service}-{number}"))
}

struct Printer<'a> {
    paint: Paint,
    logs: &'a Logs,
    width: usize,
    colours: BTreeMap<String, &'static str>,
}

impl Printer<'_> {
    fn print(&mut self, chunk: &LogChunk) {
        let mut line = String::new();
        if !self.logs.no_log_prefix {
            let label = label(&chunk.service, chunk.number);
            let next = COLOURS[self.colours.len() % COLOURS.len()];
            let colour = *self.colours.entry(label.clone()).or_insert(next);
            let prefix = format!("{label:<width$}  | ", width = self.width);
            line = if self.logs.no_color { prefix } else { self.paint.colour(colour, &prefix) };
        }
        if self.logs.timestamps
            && let Some(at) = chunk.at.and_then(|at| jiff::Timestamp::from_nanosecond(at.into()).ok())
        {
            line += &format!("{at:.9} ");
        }
        line += &chunk.line;
        self.paint.line(&line);
    }
}
