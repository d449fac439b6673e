//! Published ports in short form.

use std::net::IpAddr;

use model::Port;

use super::{Problem, map_at};
use crate::tree::{Node, Value};

/// Every text of the list becomes one item a port.
pub(super) fn spell_out(node: &mut Node, path: &str, lenient: bool) -> Result<(), Problem> {
    let Value::Seq(items) = &mut node.value else { return Ok(()) };
    let mut long = Vec::with_capacity(items.len());
    for item in items.iter() {
        match &item.value {
            Value::String(_) | Value::Int(_) => {
                match parse_short(&item.scalar_text().unwrap_or_default()) {
                    Ok(ports) => long.extend(ports.into_iter().map(|port| Node::new(spelled(port, item), item.span))),
                    // All stay as they are when one cannot be read before its variables are filled in.
                    Err(_) if lenient => return Ok(()),
                    Err(message) => return Err(Problem { message, span: item.span }),
                }
            }
            Value::Float(_) => {
                return Err(Problem { message: format!("{path}: invalid type float64 for port"), span: item.span });
            }
            _ => long.push(item.clone()),
        }
    }
    *items = long.into();
    Ok(())
}

fn spelled(port: Port, item: &Node) -> Value {
    let text = |text: String| Value::String(text.into());
    let target = ("target", Value::Int(port.target.into()));
    let mut long = map_at(item.span, [("mode", text(port.mode)), target, ("protocol", text(port.protocol))]);
    if let Value::Map(map) = &mut long {
        for (key, value) in [("host_ip", port.host_ip), ("published", port.published)] {
            if !value.is_empty() {
                let node = Node::string(value, item.span);
                map.insert(key, crate::tree::Entry { key: item.span, node });
            }
        }
    }
    long
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
