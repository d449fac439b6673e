//! Devices of the host, and GPUs.

use super::{Problem, map_at};
use crate::tree::{Node, Value};

/// `SOURCE[:TARGET[:PERMISSIONS]]`; a text that cannot be read stays when `lenient`.
pub(super) fn spell_out(item: &mut Node, lenient: bool) -> Result<(), Problem> {
    let Value::String(text) = &item.value else { return Ok(()) };
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, permissions) = match parts.as_slice() {
        [source] => (*source, "", "rwm"),
        [source, target] => (*source, *target, "rwm"),
        [source, target, permissions] => (*source, *target, *permissions),
        _ if lenient => return Ok(()),
        _ => {
            let message = format!("confusing device mapping, please use long syntax: {text}");
            return Err(Problem { message, span: item.span });
        }
    };
    let target = if target.is_empty() { source } else { target };
    let text = |text: &str| Value::String(text.into());
    let long = [("source", text(source)), ("target", text(target)), ("permissions", text(permissions))];
    item.value = map_at(item.span, long);
    Ok(())
}

/// `all` is one request for every GPU.
pub(super) fn gpus(node: &mut Node) -> Result<(), Problem> {
    if node.as_str() == Some("all") {
        let count = map_at(node.span, [("count", Value::String("all".into()))]);
        node.value = Value::Seq([Node::new(count, node.span)].into());
    }
    Ok(())
}
