//! Health checks.

use model::Healthcheck;

use super::Lowering;
use super::fields::{Fields, texts};
use crate::tree::{Node, Value};

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Option<Healthcheck> {
    let path = format_args!("services[{service}].healthcheck");
    let fields = Fields::new(node, &path)?;
    let test = match fields.node("test") {
        Some(Node { value: Value::String(text), .. }) => vec!["CMD-SHELL".to_owned(), text.to_string()],
        Some(list) => texts(list),
        None => Vec::new(),
    };
    Some(Healthcheck {
        test,
        timeout: fields.duration(lowering, "timeout"),
        interval: fields.duration(lowering, "interval"),
        retries: fields.optional_count(lowering, "retries"),
        start_period: fields.duration(lowering, "start_period"),
        start_interval: fields.duration(lowering, "start_interval"),
        disable: fields.flag(lowering, "disable"),
    })
}
