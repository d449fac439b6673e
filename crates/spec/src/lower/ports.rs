//! Published ports.

use std::net::IpAddr;

use model::Port;

use super::Lowering;
use super::fields::Fields;
use crate::tree::{Node, Value};

/// All ports of a service.
pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: Option<&Node>, service: &str) -> Vec<Port> {
    let items = node.and_then(Node::as_seq).unwrap_or_default();
    let mut ports = Vec::with_capacity(items.len());
    ports.extend(items.iter().enumerate().filter_map(|(index, item)| one(lowering, item, service, index)));
    ports
}

fn one(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str, index: usize) -> Option<Port> {
    let path = format_args!("services[{service}].ports[{index}]");
    let fields = Fields::new(node, &path)?;
    let host_ip = fields.text("host_ip");
    // One that is written and empty, as of a variable that is not set, is no address either.
    if let Some(span) = fields.node("host_ip").map(|node| node.span)
        && host_ip.parse::<IpAddr>().is_err()
    {
        lowering.problem("invalid-port", format!("services.{service}.ports.[]: invalid ip address: {host_ip}"), span);
    }
    if let Some(Node { value: Value::Float(_), span, .. }) = fields.node("published") {
        let what = "expected type 'string', got unconvertible type 'float64'";
        lowering.undecodable(format_args!("{path}.published"), what, *span);
    }
    Some(Port {
        name: fields.text("name"),
        mode: fields.text("mode"),
        host_ip,
        target: fields.optional_count::<u32>(lowering, "target").unwrap_or_default(),
        published: fields.text("published"),
        protocol: fields.text("protocol"),
        app_protocol: fields.text("app_protocol"),
    })
}
