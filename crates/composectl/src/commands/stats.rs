//! `stats`: what containers use, once or again and again, in docker's columns.

use api::{ContainerUsage, UsageReport};
use futures_util::StreamExt as _;

use super::{escaped, interruptible};
use crate::args::{Global, Stats};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::columns::{Columns, Row};
use crate::output::{sizes, stdout};
use crate::source::Place;

const HEADS: [(&str, &str); 9] = [
    ("Container", "CONTAINER"),
    ("Name", "NAME"),
    ("ID", "CONTAINER ID"),
    ("CPUPerc", "CPU %"),
    ("MemUsage", "MEM USAGE / LIMIT"),
    ("MemPerc", "MEM %"),
    ("NetIO", "NET I/O"),
    ("BlockIO", "BLOCK I/O"),
    ("PIDs", "PIDS"),
];

const COLUMNS: Columns<'_> = Columns {
    heads: &HEADS,
    table: "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
};

/// To the upper left corner; to the end of a line; to the end of the screen.
const HOME: &str = "\u{1b}[H";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";

pub(super) async fn run(global: &Global, stats: Stats) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    // A mistake in the template is told before anything is measured.
    COLUMNS.written(&stats.format, &[])?;
    let connection = connect(global).await?;
    let services = escaped(stats.service.as_deref().unwrap_or_default());
    let path = format!("/stacks/{}/stats?services={services}&all={}", place.stack, stats.all);
    let paint = stdout();
    interruptible(async {
        let mut reports = connection.client.stream::<UsageReport>(&path).await?;
        while let Some(report) = reports.next().await {
            let rows: Vec<Row> = report?.containers.iter().map(|usage| row(usage, !stats.no_trunc)).collect();
            let written = COLUMNS.written(&stats.format, &rows)?;
            if stats.no_stream {
                paint.text(&written);
                return Ok(());
            }
            if paint.is_terminal() {
                let written = paint.plain(&written);
                let lines: String = written.lines().map(|line| format!("{line}{CLEAR_LINE}\n")).collect();
                paint.raw(&format!("{HOME}{lines}{CLEAR_BELOW}"));
            } else {
                paint.text(&written);
            }
        }
        Err(Exit::error("EOF"))
    })
    .await
}

#[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
fn row(container: &ContainerUsage, is_short: bool) -> Row {
    let id = if is_short { container.id.get(..12).unwrap_or(&container.id) } else { &container.id };
    let unknown = || "--".to_owned();
    let two = |a: u64, b: u64| format!("{} / {}", sizes::decimal(a as f64), sizes::decimal(b as f64));
    let usage = container.usage.as_ref();
    let memory = usage.map_or_else(
        || "-- / --".to_owned(),
        |usage| format!("{} / {}", sizes::binary(usage.memory as f64), sizes::binary(usage.memory_limit as f64)),
    );
    let share = usage.map_or_else(unknown, |usage| match usage.memory_limit {
        0 => "0.00%".to_owned(),
        limit => format!("{:.2}%", usage.memory as f64 / limit as f64 * 100.0),
    });
    Row::new([
        ("BlockIO", usage.map_or_else(unknown, |usage| two(usage.read, usage.written)).into()),
        ("CPUPerc", usage.map_or_else(unknown, |usage| format!("{:.2}%", usage.cpu_percent)).into()),
        ("Container", container.id.as_str().into()),
        ("ID", id.into()),
        ("MemPerc", share.into()),
        ("MemUsage", memory.into()),
        ("Name", container.name.as_str().into()),
        ("NetIO", usage.map_or_else(unknown, |usage| two(usage.received, usage.sent)).into()),
        ("PIDs", usage.map_or_else(unknown, |usage| usage.pids.to_string()).into()),
    ])
}

#[cfg(test)]
mod tests {
    use api::Usage;

    use super::*;

    fn check(usage: Option<Usage>, expected: &str) {
        let container = ContainerUsage { id: "0123456789abcdef".into(), name: "p-a-1".into(), usage };
        assert_eq!(COLUMNS.written("json", &[row(&container, true)]).unwrap().trim_end(), expected);
    }

    #[test]
    fn figures_are_in_docker_words() {
        let usage = Usage {
            cpu_percent: 12.345,
            memory: 1 << 20,
            memory_limit: 4 << 30,
            received: 1054,
            sent: 0,
            read: 12_300_000,
            written: 1,
            pids: 3,
        };
        check(
            Some(usage),
            r#"{"BlockIO":"12.3MB / 1B","CPUPerc":"12.35%","Container":"0123456789abcdef","ID":"0123456789ab","MemPerc":"0.02%","MemUsage":"1MiB / 4GiB","Name":"p-a-1","NetIO":"1.05kB / 0B","PIDs":"3"}"#,
        );
    }

    #[test]
    fn what_could_not_be_measured_is_a_dash() {
        check(
            None,
            r#"{"BlockIO":"--","CPUPerc":"--","Container":"0123456789abcdef","ID":"0123456789ab","MemPerc":"--","MemUsage":"-- / --","Name":"p-a-1","NetIO":"--","PIDs":"--"}"#,
        );
    }
}
