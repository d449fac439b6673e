//! `external: {name: x}` becomes `external: true` and `name: x`.

use diagnostic::Diagnostic;

use crate::context::Context;
use crate::tree::{Entry, Map, Value};

/// Rewrites the resources of a file.
pub(super) fn external_names(context: &mut Context<'_>, file: &mut Map) {
    for section in ["networks", "volumes", "secrets", "configs"] {
        let Some(Value::Map(members)) = file.get_mut(section).map(|entry| &mut entry.node.value) else { continue };
        for (key, entry) in members {
            if let Value::Map(member) = &mut entry.node.value {
                rewrite(context, member, &format!("{section}.{key}"));
            }
        }
    }
}

fn rewrite(context: &mut Context<'_>, member: &mut Map, path: &str) {
    let Some(external) = member.get_mut("external") else { return };
    let Value::Map(old) = &mut external.node.value else { return };
    let name = old.remove("name");
    external.node.value = Value::Bool(true);
    let Some(name) = name else { return };
    let span = external.key;
    let text = name.node.scalar_text().unwrap_or_default();
    let message = format!("{path}: external.name is deprecated. Please set name and external: true");
    context.report(
        Diagnostic::warning("external-name", message)
            .at(span, "the old form")
            .help(format!("write `name: {text}` and `external: true`")),
    );
    let given = member.get("name").and_then(|entry| entry.node.scalar_text());
    if given.is_some_and(|given| given != text) {
        let message = format!("{path}: name and external.name conflict; only use name");
        context.report(Diagnostic::error("conflicting-keys", message).at(span, ""));
    }
    member.insert("name".to_owned(), Entry { key: name.key, node: name.node });
}
