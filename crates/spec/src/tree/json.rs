//! A tree as JSON, without its places.

use serde_json::{Map, Number, Value as Json};

use super::{Node, Value};

impl Node {
    /// The value alone; mappings are sorted by key. What JSON has no number for is a text, or null.
    pub(crate) fn json(&self) -> Json {
        json(self)
    }
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => match (i64::try_from(value.0), u64::try_from(value.0)) {
            (Ok(value), _) => Json::Number(value.into()),
            (_, Ok(value)) => Json::Number(value.into()),
            _ => Json::String(value.to_string()),
        },
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::String(text) => Json::String(text.to_string()),
        Value::Time(text) => Json::String(text.to_string()),
        Value::Seq(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(map) => {
            Json::Object(map.iter().map(|(key, entry)| (key.to_string(), json(&entry.node))).collect::<Map<_, _>>())
        }
    }
}
