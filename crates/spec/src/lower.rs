//! The tree becomes the model: short forms are spelled out, defaults filled in, paths made absolute.
//!
//! A file a family of keys. The tree has passed the schema, so a value that does not fit here is one whose
//! text is wrong; that is reported in docker compose's words.

mod build;
mod deploy;
mod devices;
mod fields;
mod health;
mod hooks;
mod mounts;
mod network;
mod ports;
mod provider;
mod resources;
mod secrets;
mod service;
mod words;

use std::fmt::Display;

use diagnostic::{Diagnostic, Span};
use model::{ServiceName, Services};

use crate::context::Context;
use crate::tree::edit::value;
use crate::tree::{Node, Value};

pub(crate) use provider::models;
pub(crate) use resources::{networks, volumes};
pub(crate) use secrets::{configs, secrets};
pub(crate) use words::split as split_words;

/// What lowering needs to know.
pub(crate) struct Lowering<'a, 'c> {
    pub(crate) context: &'a mut Context<'c>,
}

/// All services of a file. Their variables and labels, most of a large file, are gone from the tree afterwards: no
/// later phase points at one.
pub(crate) fn services(lowering: &mut Lowering<'_, '_>, root: &mut Node) -> Services {
    let mut services = Services::new();
    let Some(Value::Map(written)) = root.as_map_mut().and_then(|file| value(file, "services")) else { return services };
    for (key, entry) in written {
        let Ok(name) = ServiceName::new(key.as_str()) else { continue };
        let service = service::lower(lowering, key, &entry.node);
        services.insert(name, Box::new(service));
        if let Some(written) = entry.node.as_map_mut() {
            written.remove("environment");
            written.remove("labels");
        }
    }
    services
}

impl Lowering<'_, '_> {
    pub(crate) fn problem(&mut self, code: &'static str, message: impl Into<String>, span: Span) {
        self.context.report(Diagnostic::error(code, message).at(span, ""));
    }

    /// A value that does not fit its type, in the frame docker compose puts such problems in.
    fn undecodable(&mut self, path: impl Display, what: &str, span: Span) {
        let message = format!("decoding failed due to the following error(s):\n\n'{path}' {what}");
        self.context.report(Diagnostic::error("undecodable-value", message).at(span, what));
    }
}

#[cfg(test)]
mod attributes_tests;
