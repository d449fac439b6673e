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
use crate::tree::Node;

pub(crate) use provider::models;
pub(crate) use resources::{networks, volumes};
pub(crate) use secrets::{configs, secrets};
#[cfg(fuzzing)]
pub(crate) use words::split as split_words;

/// What lowering needs to know.
pub(crate) struct Lowering<'a, 'c> {
    pub(crate) context: &'a mut Context<'c>,
}

/// All services of a file.
pub(crate) fn services(lowering: &mut Lowering<'_, '_>, root: &Node) -> Services {
    let mut services = Services::new();
    for (key, entry) in root.get("services").and_then(Node::as_map).into_iter().flatten() {
        let Ok(name) = ServiceName::new(key.as_str()) else { continue };
        let service = service::lower(lowering, key, &entry.node);
        services.insert(name, Box::new(service));
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
