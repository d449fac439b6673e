//! What stands in for a container: a program outside, or a language model.

use std::collections::BTreeMap;

use model::{LanguageModel, LanguageModelUse, ModelKey, Provider};

use super::Lowering;
use super::fields::{Fields, texts};
use crate::tree::Node;

/// `provider` of a service; each option has one value or several.
pub(super) fn lower(fields: &Fields<'_>) -> Option<Provider> {
    let fields = Fields::new(fields.node("provider")?, fields.path)?;
    let options = fields.node("options").and_then(Node::as_map).into_iter().flatten();
    Some(Provider {
        kind: fields.text("type"),
        // An option without a value is none.
        options: options
            .map(|(name, entry)| (name.to_string(), texts(&entry.node)))
            .filter(|(_, values)| !values.is_empty())
            .collect(),
    })
}

/// All language models of a file by key.
pub(crate) fn models(lowering: &mut Lowering<'_, '_>, root: &Node) -> BTreeMap<ModelKey, LanguageModel> {
    let mut models = BTreeMap::new();
    for (key, entry) in root.get("models").and_then(Node::as_map).into_iter().flatten() {
        let path = format_args!("models[{key}]");
        let (Ok(name), Some(fields)) = (ModelKey::new(key.as_str()), Fields::new(&entry.node, &path)) else { continue };
        let model = LanguageModel {
            name: fields.text("name"),
            model: fields.text("model"),
            context_size: fields.integer(lowering, "context_size"),
            runtime_flags: fields.texts("runtime_flags"),
        };
        models.insert(name, model);
    }
    models
}

/// The language models a service uses.
pub(super) fn uses(
    lowering: &mut Lowering<'_, '_>,
    fields: &Fields<'_>,
    service: &str,
) -> BTreeMap<ModelKey, Option<LanguageModelUse>> {
    let mut models = BTreeMap::new();
    for (key, entry) in fields.node("models").and_then(Node::as_map).into_iter().flatten() {
        let used = Fields::new(&entry.node, &"").map(|fields| LanguageModelUse {
            endpoint_var: fields.text("endpoint_var"),
            model_var: fields.text("model_var"),
        });
        match ModelKey::new(key.as_str()) {
            Ok(name) => {
                models.insert(name, used);
            }
            Err(_) => {
                let message = format!("service \"{service}\" refers to undefined model {key}: invalid compose project");
                lowering.problem("undefined-model", message, entry.key);
            }
        }
    }
    models
}
