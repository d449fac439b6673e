//! What stands in for a container: a program outside, or a model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::is_default;

/// A program that provides a service (Compose Specification, `provider`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Provider {
    /// Its name.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: String,
    /// Its options, each with one value or several.
    #[serde(skip_serializing_if = "is_default")]
    pub options: BTreeMap<String, Vec<String>>,
}

/// A language model of the project (Compose Specification, `models`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LanguageModel {
    /// The name it is known by.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// The reference it is pulled by.
    #[serde(skip_serializing_if = "is_default")]
    pub model: String,
    /// Tokens of its context; 0 is unset.
    #[serde(skip_serializing_if = "is_default")]
    pub context_size: i64,
    /// Flags of what runs it.
    #[serde(skip_serializing_if = "is_default")]
    pub runtime_flags: Vec<String>,
}

/// How a service learns of a language model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LanguageModelUse {
    /// The variable of its address.
    #[serde(skip_serializing_if = "is_default")]
    pub endpoint_var: String,
    /// The variable of its name.
    #[serde(skip_serializing_if = "is_default")]
    pub model_var: String,
}
