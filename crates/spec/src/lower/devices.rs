//! Devices of the host, requests for some of a kind, and bounds of block devices.

use std::fmt::Display;

use model::{Blkio, Device, DeviceRate, DeviceRequest, DeviceWeight, DiscreteResource, GenericResource};

use super::Lowering;
use super::fields::{Fields, integer};
use crate::tree::{Node, Value};

/// `devices`.
pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: Option<&Node>) -> Vec<Device> {
    let mut devices = Vec::new();
    for item in node.and_then(Node::as_seq).unwrap_or_default() {
        let Some(fields) = Fields::new(item, &"") else {
            // Only where variables are not filled in is one a text still.
            let text = item.scalar_text().unwrap_or_default();
            let message = format!("confusing device mapping, please use long syntax: {text}");
            lowering.problem("invalid-device", message, item.span);
            continue;
        };
        devices.push(Device {
            source: fields.text("source"),
            target: fields.text("target"),
            permissions: fields.text("permissions"),
        });
    }
    devices
}

/// `gpus` or devices of a reservation; `shown` is the path in an error of consistency.
pub(super) fn requests(
    lowering: &mut Lowering<'_, '_>,
    fields: &Fields<'_>,
    key: &str,
    shown: &str,
) -> Vec<DeviceRequest> {
    let mut requests = Vec::new();
    for (index, item) in fields.node(key).and_then(Node::as_seq).unwrap_or_default().iter().enumerate() {
        let path = format_args!("{}.{key}[{index}]", fields.path);
        let Some(fields) = Fields::new(item, &path) else { continue };
        if let (Some(_), Some(ids)) = (fields.map.get("count"), fields.map.get("device_ids")) {
            let message = format!("{shown}.[]: \"count\" and \"device_ids\" attributes are exclusive");
            lowering.problem("conflicting-keys", message, ids.key);
        }
        requests.push(DeviceRequest {
            capabilities: fields.texts("capabilities"),
            driver: fields.text("driver"),
            count: count(lowering, &fields),
            device_ids: fields.texts("device_ids"),
            options: fields.mapping("options"),
        });
    }
    requests
}

/// `all` or a number.
fn count(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> i64 {
    let Some(node) = fields.node("count") else { return 0 };
    if node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("all")) {
        return -1;
    }
    if let Value::Float(_) = node.value {
        let what = "invalid type float64 for device count";
        lowering.undecodable(format_args!("{}.count", fields.path), what, node.span);
        return 0;
    }
    integer(node).unwrap_or_else(|| {
        let text = node.scalar_text().unwrap_or_default();
        let what = format!("invalid value {text:?}, the only value allowed is 'all' or a number");
        lowering.undecodable(format!("{}.count", fields.path), &what, node.span);
        0
    })
}

/// `generic_resources` of a reservation.
pub(super) fn generic(node: Option<&Node>) -> Vec<GenericResource> {
    let items = node.and_then(Node::as_seq).unwrap_or_default().iter();
    let one = |item: &Node| GenericResource {
        discrete_resource_spec: item.get("discrete_resource_spec").and_then(|node| Fields::new(node, &"")).map(
            |fields| DiscreteResource {
                kind: fields.text("kind"),
                value: fields.node("value").and_then(integer).unwrap_or_default(),
            },
        ),
    };
    items.map(one).collect()
}

/// `blkio_config`.
pub(super) fn blkio(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> Option<Blkio> {
    let path = format_args!("{}.blkio_config", fields.path);
    let fields = Fields::new(fields.node("blkio_config")?, &path)?;
    Some(Blkio {
        weight: share(lowering, &fields),
        weight_device: items(&fields, "weight_device")
            .iter()
            .map(|(path, node)| weight(lowering, path, node))
            .collect(),
        device_read_bps: rates(lowering, &fields, "device_read_bps"),
        device_read_iops: rates(lowering, &fields, "device_read_iops"),
        device_write_bps: rates(lowering, &fields, "device_write_bps"),
        device_write_iops: rates(lowering, &fields, "device_write_iops"),
    })
}

fn items<'a>(fields: &Fields<'a>, key: &str) -> Vec<(String, &'a Node)> {
    let Some(Node { value: Value::Seq(items), .. }) = fields.node(key) else { return Vec::new() };
    items.iter().enumerate().map(|(index, item)| (format!("{}.{key}[{index}]", fields.path), item)).collect()
}

fn weight(lowering: &mut Lowering<'_, '_>, path: &dyn Display, node: &Node) -> DeviceWeight {
    let Some(fields) = Fields::new(node, path) else { return DeviceWeight::default() };
    DeviceWeight { path: fields.text("path"), weight: share(lowering, &fields) }
}

/// A share of 16 bits: a text is none, and what is too large is cut off as docker compose cuts it off.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cutting off is the rule")]
fn share(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>) -> u16 {
    let Some(node) = fields.node("weight") else { return 0 };
    let what = match integer(node).filter(|_| node.as_str().is_none()) {
        Some(share) if share >= 0 => return share as u16,
        Some(share) => format!("cannot parse value as 'uint16': {share} overflows uint"),
        None => {
            let kind = crate::unique::go_type(&node.value);
            format!("expected type 'uint16', got unconvertible type '{kind}'")
        }
    };
    lowering.undecodable(format!("{}.weight", fields.path), &what, node.span);
    0
}

fn rates(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, key: &str) -> Vec<DeviceRate> {
    let mut rates = Vec::new();
    for (path, node) in items(fields, key) {
        let Some(fields) = Fields::new(node, &path) else { continue };
        let rate = fields.size_at(lowering, "rate", &format!("{path}.Rate"));
        rates.push(DeviceRate { path: fields.text("path"), rate });
    }
    rates
}
