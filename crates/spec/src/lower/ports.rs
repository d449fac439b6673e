//! Published ports.

use std::net::IpAddr;

use model::Port;

use super::Lowering;
use super::fields::{Fields, integer};
use crate::tree::{Node, Value};

/// All ports of a service in long form, each binding once; a later one replaces an equal one in its place.
pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: Option<&Node>, service: &str) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let items = node.and_then(Node::as_seq).unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        for port in one(lowering, item, service, index) {
            let host = if port.host_ip.is_empty() { "0.0.0.0" } else { &port.host_ip };
            let key = format!("{host}:{}:{}/{}", port.published, port.target, port.protocol);
            match places.get(&key) {
                Some(place) => ports[*place] = port,
                None => {
                    places.insert(key, ports.len());
                    ports.push(port);
                }
            }
        }
    }
    ports
}

fn one(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str, index: usize) -> Vec<Port> {
    let path = format!("services[{service}].ports[{index}]");
    let Some(fields) = Fields::new(node, &path) else {
        // Texts were parsed once already, when duplicates were looked for; problems are told there.
        return node.scalar_text().and_then(|text| parse_short(&text).ok()).unwrap_or_default();
    };
    let host_ip = fields.text("host_ip");
    if !host_ip.is_empty() && host_ip.parse::<IpAddr>().is_err() {
        let span = fields.node("host_ip").map_or(node.span, |node| node.span);
        lowering.problem("invalid-port", format!("services.{service}.ports.[]: invalid ip address: {host_ip}"), span);
    }
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    let published = match fields.node("published").map(|node| &node.value) {
        Some(Value::Float(_)) => fields.node("published").and_then(integer).map(|n| n.to_string()).unwrap_or_default(),
        _ => fields.text("published"),
    };
    vec![Port {
        name: fields.text("name"),
        mode: or(fields.text("mode"), "ingress"),
        host_ip,
        target: fields.optional_count::<u32>(lowering, "target").unwrap_or_default(),
        published,
        protocol: or(fields.text("protocol"), "tcp"),
        app_protocol: fields.text("app_protocol"),
    }]
}

/// `[[HOST_IP:]PUBLISHED[-END]:]TARGET[-END][/PROTOCOL]`, one port for each target, in the order of their
/// texts. The error is docker compose's.
pub(crate) fn parse_short(text: &str) -> Result<Vec<Port>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (ip, host, container) = match parts.as_slice() {
        [container] => (String::new(), "", *container),
        [host, container] => (String::new(), *host, *container),
        [ip @ .., host, container] => (ip.join(":"), *host, *container),
        [] => (String::new(), "", ""),
    };
    let (container, protocol) = match container.split_once('/') {
        Some((container, "")) => (container, "tcp"),
        Some((container, protocol)) => (container, protocol),
        None => (container, "tcp"),
    };
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(&ip).to_owned();
    if !ip.is_empty() && ip.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address: {ip}"));
    }
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    let (first, last) = range(container).ok_or_else(|| format!("invalid containerPort: {container}"))?;
    let published =
        if host.is_empty() { None } else { Some(range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?) };
    if published.is_some_and(|(from, to)| to - from != last - first) && first != last {
        return Err(format!("invalid ranges specified for container and host Ports: {container} and {host}"));
    }
    let protocol = protocol.to_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {protocol}"));
    }
    let mut ports: Vec<Port> = (first..=last)
        .map(|target| Port {
            mode: "ingress".to_owned(),
            host_ip: ip.clone(),
            target,
            published: match published {
                None => String::new(),
                Some((from, to)) if first == last && from != to => format!("{from}-{to}"),
                Some((from, _)) => (from + target - first).to_string(),
            },
            protocol: protocol.clone(),
            ..Port::default()
        })
        .collect();
    ports.sort_by_key(|port| port.target.to_string());
    Ok(ports)
}

/// `n` or `n-m`, 16 bits each.
fn range(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten().map(u32::from)
    };
    match text.split_once('-') {
        None => number(text).map(|port| (port, port)),
        Some((from, to)) => Some((number(from)?, number(to)?)).filter(|(from, to)| from <= to),
    }
}
