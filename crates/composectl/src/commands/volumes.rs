//! `volumes`: the volumes that carry the project's label.

use api::VolumeListing;

use super::{escaped, interruptible};
use crate::args::{Global, Volumes};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::columns::{Columns, Row};
use crate::output::stdout;
use crate::source::Place;

const HEADS: [(&str, &str); 10] = [
    ("Name", "VOLUME NAME"),
    ("Driver", "DRIVER"),
    ("Scope", "SCOPE"),
    ("Availability", "AVAILABILITY"),
    ("Mountpoint", "MOUNTPOINT"),
    ("Labels", "LABELS"),
    ("Links", "LINKS"),
    ("Size", "SIZE"),
    ("Group", "GROUP"),
    ("Status", "STATUS"),
];

const COLUMNS: Columns<'_> = Columns { heads: &HEADS, table: "table {{.Driver}}\t{{.Name}}" };

/// What only a listing with sizes, or a cluster, would know.
const UNKNOWN: &str = "N/A";

pub(super) async fn run(global: &Global, volumes: Volumes) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    place.knows(&volumes.services)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{}/volumes?services={}", place.stack, escaped(&volumes.services.join(",")));
    let listed: Vec<VolumeListing> = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    let paint = stdout();
    if volumes.quiet {
        listed.iter().for_each(|volume| paint.line(&volume.name));
        return Ok(());
    }
    let rows: Vec<Row> = listed.into_iter().map(row).collect();
    paint.text(&COLUMNS.written(&volumes.format, &rows)?);
    Ok(())
}

fn row(volume: VolumeListing) -> Row {
    let labels: Vec<String> = volume.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    Row::new([
        ("Availability", UNKNOWN.into()),
        ("Driver", volume.driver.into()),
        ("Group", UNKNOWN.into()),
        ("Labels", labels.join(",").into()),
        ("Links", UNKNOWN.into()),
        ("Mountpoint", volume.mountpoint.into()),
        ("Name", volume.name.into()),
        ("Scope", volume.scope.into()),
        ("Size", UNKNOWN.into()),
        ("Status", UNKNOWN.into()),
    ])
    .with_labels(volume.labels)
}
