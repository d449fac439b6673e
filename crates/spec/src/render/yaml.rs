//! YAML as go-yaml writes it.

use serde_json::Value;

pub(super) fn emit(value: &Value) -> String {
    let _ = value;
    String::new()
}
