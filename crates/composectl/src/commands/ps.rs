//! `ps`: the containers of a project, in docker compose's columns.

use api::{ContainerListing, PortListing, is_alive};
use serde_json::{Value, json};

use super::interruptible;
use crate::args::{Global, Ps};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::ages::{human, since};
use crate::output::columns::{Columns, Row};
use crate::output::stdout;
use crate::source::Place;

/// The label that says which engine a container is on, where there are several.
const ENGINE: &str = "com.docker.compose.engine";

/// docker compose's heads. It has none for the other fields, so that a table of those says `<no value>`.
const HEADS: [(&str, &str); 14] = [
    ("ID", "CONTAINER ID"),
    ("Name", "NAME"),
    ("Project", "PROJECT"),
    ("Service", "SERVICE"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("RunningFor", "CREATED"),
    ("Ports", "PORTS"),
    ("State", "STATE"),
    ("Status", "STATUS"),
    ("Size", "SIZE"),
    ("Labels", "LABELS"),
    ("Engine", "ENGINE"),
];

const TABLE: &str = "table {{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}";

/// `--format raw`: a line a field.
const RAW: &str = "container_id: {{.ID}}\\nimage: {{.Image}}\\ncommand: {{.Command}}\\ncreated_at: {{.CreatedAt}}\\nstate: {{- pad .State 1 0}}\\nstatus: {{- pad .Status 1 0}}\\nnames: {{.Names}}\\nlabels: {{- pad .Labels 1 0}}\\nports: {{- pad .Ports 1 0}}\\n";

pub(super) async fn run(global: &Global, ps: Ps) -> Result<(), Exit> {
    let mut states = ps.status.clone();
    states.extend(filtered(ps.filter.as_deref())?);
    let place = Place::at_hand(global)?;
    place.knows(&ps.services)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{}/containers", place.stack);
    let mut containers: Vec<ContainerListing> =
        interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    let shows_all = ps.all || !states.is_empty();
    containers.retain(|container| {
        let is_named = match ps.services.as_slice() {
            [] => ps.orphans || place.covers(&container.service),
            named => named.contains(&container.service),
        };
        let is_wanted = states.is_empty() || states.contains(&container.state);
        // Those of a `run` have no number, and are shown to whoever asks for all.
        (shows_all || is_alive(&container.state)) && (ps.all || container.number.is_some()) && is_named && is_wanted
    });
    let paint = stdout();
    if ps.quiet {
        containers.iter().for_each(|container| paint.line(&container.id));
        return Ok(());
    }
    if ps.only_services {
        let mut services: Vec<&str> = Vec::new();
        for container in &containers {
            if !services.contains(&container.service.as_str()) {
                services.push(&container.service);
            }
        }
        paint.line(&services.join("\n"));
        return Ok(());
    }
    let rows: Vec<Row> = containers.iter().map(|container| row(container, !ps.no_trunc)).collect();
    let has_engines = containers.iter().any(|container| container.labels.contains_key(ENGINE));
    let table = if has_engines { format!("{TABLE}\t{{{{.Engine}}}}") } else { TABLE.to_owned() };
    let format = if ps.format == "raw" { RAW } else { &ps.format };
    paint.text(&Columns { heads: &HEADS, table: &table }.written(format, &rows)?);
    Ok(())
}

/// The state a filter asks for.
fn filtered(filter: Option<&str>) -> Result<Option<String>, Exit> {
    let Some(filter) = filter.filter(|filter| !filter.is_empty()) else { return Ok(None) };
    match filter.split_once('=') {
        None => Err(Exit::error("arguments to --filter should be in form KEY=VAL")),
        Some(("status", state)) => Ok(Some(state.to_owned())),
        Some(("source", _)) => Err(Exit::error("not implemented")),
        Some((key, _)) => Err(Exit::error(format!("unknown filter {key}"))),
    }
}

fn row(container: &ContainerListing, is_short: bool) -> Row {
    let ellipsis = |text: &str, longest| if is_short { shortened(text, longest) } else { text.to_owned() };
    let id = if is_short { container.id.get(..12).unwrap_or(&container.id) } else { &container.id };
    let own = container.names.iter().filter(|name| !is_short || !name.contains('/'));
    let mounts: Vec<String> = container.mounts.iter().map(|mount| ellipsis(mount, 15)).collect();
    let labels: Vec<String> = container.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut ports: Vec<&PortListing> = container.ports.iter().collect();
    ports.sort_by_key(|port| port.private);
    Row::new([
        ("Command", diagnostic::quoted(&ellipsis(&container.command, 20)).into()),
        ("CreatedAt", moment(container.created).into()),
        ("Engine", container.labels.get(ENGINE).cloned().unwrap_or_default().into()),
        ("ExitCode", container.exit_code.into()),
        ("Health", container.health.as_str().into()),
        ("ID", id.into()),
        ("Image", container.image.as_str().into()),
        ("Labels", labels.join(",").into()),
        ("LocalVolumes", container.local_volumes.to_string().into()),
        ("Mounts", mounts.join(",").into()),
        ("Name", container.name.as_str().into()),
        ("Names", own.map(String::as_str).collect::<Vec<_>>().join(",").into()),
        ("Networks", container.networks.join(",").into()),
        ("Ports", displayed(&container.ports).into()),
        ("Project", container.labels.get("com.docker.compose.project").cloned().unwrap_or_default().into()),
        ("Publishers", ports.into_iter().map(publisher).collect()),
        ("RunningFor", format!("{} ago", human(since(container.created.saturating_mul(1_000_000_000)))).into()),
        ("Service", container.service.as_str().into()),
        ("Size", "0B".into()),
        ("State", container.state.as_str().into()),
        ("Status", container.status.as_str().into()),
    ])
    .with_labels(container.labels.clone())
}

fn publisher(port: &PortListing) -> Value {
    json!({ "URL": port.ip, "TargetPort": port.private, "PublishedPort": port.public, "Protocol": port.protocol })
}

/// `2026-11-20 23:51:23 +0000 UTC`, in the local zone.
fn moment(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %z %Z").to_string()
}

/// Ports as docker shows them: neighbours that are published under their own number are joined to a range.
fn displayed(ports: &[PortListing]) -> String {
    let mut ports: Vec<&PortListing> = ports.iter().collect();
    ports.sort_by_key(|port| (port.private, &port.ip, port.public, &port.protocol));
    let mut groups: Vec<(String, String, u16, u16)> = Vec::new();
    let mut done = Vec::new();
    let mut mapped = Vec::new();
    for port in ports {
        let at = port.private;
        if !port.ip.is_empty() && port.public != at {
            mapped.push(format!("{}:{}->{at}/{}", host(&port.ip), port.public, port.protocol));
            continue;
        }
        let group = groups.iter_mut().find(|(ip, protocol, ..)| *ip == port.ip && *protocol == port.protocol);
        match group {
            None => groups.push((port.ip.clone(), port.protocol.clone(), at, at)),
            Some((.., last)) if last.checked_add(1) == Some(at) => *last = at,
            Some(group) => {
                let next = (group.0.clone(), group.1.clone(), at, at);
                done.push(grouped(&std::mem::replace(group, next)));
            }
        }
    }
    done.extend(groups.iter().map(grouped));
    done.extend(mapped);
    done.join(", ")
}

fn grouped((ip, protocol, first, last): &(String, String, u16, u16)) -> String {
    let range = if first == last { first.to_string() } else { format!("{first}-{last}") };
    if ip.is_empty() { format!("{range}/{protocol}") } else { format!("{}:{range}->{range}/{protocol}", host(ip)) }
}

fn host(ip: &str) -> String {
    if ip.contains(':') { format!("[{ip}]") } else { ip.to_owned() }
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ports: &[(&str, u16, u16, &str)], expected: &str) {
        let port = |(ip, private, public, protocol): &(&str, u16, u16, &str)| PortListing {
            ip: (*ip).to_owned(),
            private: *private,
            public: *public,
            protocol: (*protocol).to_owned(),
        };
        assert_eq!(displayed(&ports.iter().map(port).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn ports_are_shown_as_docker_shows_them() {
        check(&[("127.0.0.1", 80, 18099, "tcp")], "127.0.0.1:18099->80/tcp");
        check(&[("", 80, 0, "tcp")], "80/tcp");
        check(&[("0.0.0.0", 80, 80, "tcp"), ("::", 80, 80, "tcp")], "0.0.0.0:80->80/tcp, [::]:80->80/tcp");
        check(&[], "");
    }

    #[test]
    fn neighbours_are_a_range() {
        check(&[("", 82, 0, "tcp"), ("", 80, 0, "tcp"), ("", 81, 0, "tcp")], "80-82/tcp");
        check(&[("", 80, 0, "tcp"), ("", 82, 0, "tcp")], "80/tcp, 82/tcp");
        check(&[("0.0.0.0", 80, 80, "tcp"), ("0.0.0.0", 81, 81, "tcp")], "0.0.0.0:80-81->80-81/tcp");
    }

    #[test]
    fn long_commands_are_cut() {
        assert_eq!(shortened("12345678901234567890", 20), "12345678901234567890");
        assert_eq!(shortened("123456789012345678901", 20), "1234567890123456789…");
    }

    #[test]
    fn filters_are_by_status_only() {
        assert_eq!(filtered(Some("status=exited")), Ok(Some("exited".to_owned())));
        assert_eq!(filtered(Some("a=b")).unwrap_err().message.unwrap(), "unknown filter a");
        assert_eq!(
            filtered(Some("a")).unwrap_err().message.unwrap(),
            "arguments to --filter should be in form KEY=VAL"
        );
    }

    #[test]
    fn json_has_the_keys_of_docker_compose() {
        let row = row(&ContainerListing { id: "0123456789abcdef".into(), ..ContainerListing::default() }, true);
        let columns = Columns { heads: &HEADS, table: TABLE };
        let written = columns.written("{{json .}}", &[row]).unwrap();
        let value: serde_json::Map<String, Value> = serde_json::from_str(&written).unwrap();
        let keys = "Command CreatedAt Engine ExitCode Health ID Image Labels LocalVolumes Mounts Name Names Networks Ports \
            Project Publishers RunningFor Service Size State Status";
        assert_eq!(value.keys().map(String::as_str).collect::<Vec<_>>(), keys.split_whitespace().collect::<Vec<_>>());
        assert_eq!((&value["ID"], &value["Command"]), (&"0123456789ab".into(), &"\"\"".into()));
    }
}
