//! `logs`: the output of containers, each line under its container's name.

use std::collections::BTreeMap;

use api::{ContainerSummary, LogChunk};
use futures_util::StreamExt as _;

use super::interruptible;
use crate::args::{Global, Logs};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::output::{Paint, stdout};
use crate::source;

/// One colour a container, in turn.
const COLOURS: [&str; 6] = ["36", "33", "32", "35", "34", "96"];

pub(super) async fn run(global: &Global, logs: Logs) -> Result<(), Exit> {
    let (stack, _) = source::name(global)?;
    let connection = connect(global).await?;
    interruptible(show(&connection, stack.as_str(), &logs)).await
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
        no_color: false,
        no_log_prefix: false,
    };
    show(connection, stack, &logs).await
}

async fn show(connection: &Connection, stack: &str, logs: &Logs) -> Result<(), Exit> {
    let containers: Vec<ContainerSummary> = connection.client.get(&format!("/stacks/{stack}/containers")).await?;
    if let Some(unknown) = logs.services.iter().find(|name| !containers.iter().any(|c| c.service == **name)) {
        return Err(Exit::error(format!("no such service: {unknown}")));
    }
    let mut query = vec![format!("follow={}", logs.follow), format!("services={}", logs.services.join(","))];
    if logs.tail != "all" {
        let lines: u64 = logs.tail.parse().map_err(|_| {
            Exit::error(format!("`{}` is no number of lines", logs.tail)).with_help("--tail takes a number or `all`")
        })?;
        query.push(format!("tail={lines}"));
    }
    query.extend(logs.since.iter().map(|at| format!("since={}", escaped(at))));
    query.extend(logs.until.iter().map(|at| format!("until={}", escaped(at))));
    let path = format!("/stacks/{stack}/logs?{}", query.join("&"));
    let mut lines = connection.client.stream::<LogChunk>(&path).await?;
    let wanted = |c: &&ContainerSummary| logs.services.is_empty() || logs.services.contains(&c.service);
    let width = containers.iter().filter(wanted).map(|c| label(&c.service, c.number).chars().count()).max();
    let mut printer = Printer { paint: stdout(), logs, width: width.unwrap_or(0), colours: BTreeMap::new() };
    while let Some(line) = lines.next().await {
        printer.print(&line?);
    }
    Ok(())
}

fn label(service: &str, number: Option<u32>) -> String {
    number.map_or_else(|| service.to_owned(), |number| format!("{service}-{number}"))
}

/// A query's value with everything but letters, digits and `-._` escaped.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
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
