//! The `build` block.

use model::Build;

use super::Lowering;
use super::fields::{Fields, pairs};
use crate::tree::Node;

pub(super) fn lower(lowering: &mut Lowering<'_, '_>, node: &Node, service: &str) -> Option<Build> {
    if let Some(context) = node.as_str() {
        return Some(Build {
            context: context_of(lowering, context),
            dockerfile: "Dockerfile".to_owned(),
            ..Build::default()
        });
    }
    let path = format!("services[{service}].build");
    let fields = Fields::new(node, &path)?;
    let inline = fields.text("dockerfile_inline");
    // What is given counts, even when it is empty.
    let given = |key: &str, default: &str| fields.node(key).map_or_else(|| default.to_owned(), |_| fields.text(key));
    let context = given("context", ".");
    let dockerfile = given("dockerfile", if fields.node("dockerfile_inline").is_some() { "" } else { "Dockerfile" });
    let args = fields.node("args").map(pairs).unwrap_or_default();
    let args = args.into_iter().filter_map(|(name, value, _)| Some((name, value)));
    Some(Build {
        args: args.collect(),
        context: context_of(lowering, &context),
        dockerfile,
        dockerfile_inline: inline,
        labels: fields.mapping("labels"),
        no_cache: fields.flag(lowering, "no_cache"),
        pull: fields.flag(lowering, "pull"),
        network: fields.text("network"),
        target: fields.text("target"),
        tags: fields.texts("tags"),
    })
}

/// The context as a path, unless it is fetched from somewhere.
fn context_of(lowering: &Lowering<'_, '_>, context: &str) -> String {
    if context.is_empty() {
        return String::new();
    }
    let remote = context.contains("://") || ["github.com/", "git@"].iter().any(|start| context.starts_with(start));
    if remote { context.to_owned() } else { lowering.path(context) }
}
