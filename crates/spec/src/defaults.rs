//! Values that are given where the files give none (compose-go, `transform` defaults), once all files are merged.

use diagnostic::Span;

use crate::tree::edit::{for_services, mapping, mappings, put};
use crate::tree::{Map, Node, Value};

/// Fills defaults in.
pub(crate) fn fill(root: &mut Node) {
    for_services(root, |_, span, service| {
        if let Some(build) = mapping(service, &["build"]) {
            put(build, "context", span, || Value::String(".".into()));
        }
        for secret in mappings(service, "secrets") {
            if let Some(source) = secret.get("source").and_then(|entry| entry.node.scalar_text()) {
                put(secret, "target", span, || Value::String(format!("/run/secrets/{source}").into()));
            }
        }
        for port in mappings(service, "ports") {
            put(port, "mode", span, || Value::String("ingress".into()));
            put(port, "protocol", span, || Value::String("tcp".into()));
        }
        mappings(service, "gpus").for_each(|device| all(device, span));
        if let Some(reserved) = mapping(service, &["deploy", "resources", "reservations"]) {
            mappings(reserved, "devices").for_each(|device| all(device, span));
        }
    });
}

/// A request for devices that says neither how many nor which is one for all.
fn all(device: &mut Map, span: Span) {
    if !device.contains_key("device_ids") {
        put(device, "count", span, || Value::String("all".into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::{parse, show};

    #[test]
    fn defaults_stand_where_nothing_is_said() {
        let mut root = parse(
            "services: {a: {build: {}, secrets: [{source: s}], ports: [{target: 1, protocol: udp}], gpus: [{driver: x}, {device_ids: ['1']}]}}",
        );
        fill(&mut root);
        let expected = "{services: {a: {build: {context: \".\"}, gpus: [{count: \"all\", driver: \"x\"}, {device_ids: [\"1\"]}], ports: [{mode: \"ingress\", protocol: \"udp\", target: 1}], secrets: [{source: \"s\", target: \"/run/secrets/s\"}]}}}";
        assert_eq!(show(&root), expected);
    }
}
