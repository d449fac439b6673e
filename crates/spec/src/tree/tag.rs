//! What tags make of a scalar.

use diagnostic::Span;
use libyaml_safer::ScalarStyle;

use super::{Directive, Node, Value, scalar};

/// The node of a scalar: typed by its tag, else by its text when it is plain.
pub(super) fn scalar_node(text: String, tag: Option<&str>, style: ScalarStyle, span: Span) -> Node {
    let value = match tag {
        Some("tag:yaml.org,2002:str" | "!") => Value::String(text.into()),
        Some("tag:yaml.org,2002:binary") => Value::String(unbase64(&text).unwrap_or(text).into()),
        Some("tag:yaml.org,2002:float") => match scalar::resolve(&text) {
            #[expect(clippy::cast_precision_loss, reason = "what the tag asks for")]
            Value::Int(value) => Value::Float(value.0 as f64),
            value => value,
        },
        Some("!reset") => Value::Null,
        // Any other tag makes it a text, also one that says how it merges.
        Some(tag) if !tag.starts_with("tag:yaml.org,2002:") => Value::String(text.into()),
        None if style != ScalarStyle::Plain => Value::String(text.into()),
        _ => scalar::resolve(&text),
    };
    Node { directive: directive(tag), ..Node::new(value, span) }
}

/// What go-yaml says of a scalar whose text is of another type than its tag asks for.
pub(super) fn misfit(text: &str, tag: Option<&str>) -> Option<String> {
    let wanted = tag?.strip_prefix("tag:yaml.org,2002:")?;
    let found = match scalar::resolve(text) {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Time(_) if wanted == "timestamp" => "timestamp",
        _ => "str",
    };
    let is_fit = found == wanted || (found, wanted) == ("int", "float");
    let is_known = matches!(wanted, "null" | "bool" | "int" | "float" | "timestamp");
    (is_known && !is_fit).then(|| format!("cannot decode !!{found} `{text}` as a !!{wanted}"))
}

/// How a tag says that a value is merged.
pub(super) fn directive(tag: Option<&str>) -> Option<Directive> {
    match tag? {
        "!reset" => Some(Directive::Reset),
        "!override" => Some(Directive::Override),
        _ => None,
    }
}

/// Base64, line breaks and padding ignored; `None` unless it is a text.
fn unbase64(text: &str) -> Option<String> {
    let mut bits = 0u32;
    let mut have = 0u32;
    let mut out = Vec::new();
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push(u8::try_from((bits >> have) & 0xff).expect("eight bits"));
        }
    }
    String::from_utf8(out).ok()
}
