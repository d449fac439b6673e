//! The functions of a format: Go's own, and docker's (`json`, `join`, `split`, `lower`, `upper`, `title`, `pad`,
//! `truncate`, `println`).

use std::cmp::Ordering;

use serde_json::Value;

const KNOWN: [&str; 24] = [
    "and", "eq", "ge", "gt", "index", "join", "json", "le", "len", "lower", "lt", "ne", "not", "or", "pad", "print",
    "printf", "println", "slice", "split", "title", "truncate", "upper", "urlquery",
];

pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// Whether a function leaves the head of a column alone; the others do not, so that `pad` keeps columns in line.
pub(super) fn keeps_heads(name: &str) -> bool {
    matches!(name, "json" | "split" | "join" | "title" | "lower" | "upper" | "truncate")
}

/// Calls a function; the error is why not.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let want = |number: usize| match arguments.len() {
        given if given == number => Ok(()),
        given => Err(format!("wrong number of args for {name}: want {number} got {given}")),
    };
    let one = || want(1).map(|()| &arguments[0]);
    match name {
        "json" => one().map(|value| json(value).into()),
        "lower" => Ok(text(one()?)?.to_lowercase().into()),
        "upper" => Ok(text(one()?)?.to_uppercase().into()),
        "title" => Ok(titled(text(one()?)?).into()),
        "split" => {
            want(2)?;
            let (whole, separator) = (text(&arguments[0])?, text(&arguments[1])?);
            Ok(whole.split(separator).filter(|part| !separator.is_empty() || !part.is_empty()).collect())
        }
        "join" => {
            want(2)?;
            let parts: Vec<String> = list(&arguments[0])?.iter().map(printed).collect();
            Ok(parts.join(text(&arguments[1])?).into())
        }
        "pad" => {
            want(3)?;
            let blanks = |value: &Value| " ".repeat(count(value));
            let source = text(&arguments[0])?;
            match source {
                "" => Ok("".into()),
                _ => Ok(format!("{}{source}{}", blanks(&arguments[1]), blanks(&arguments[2])).into()),
            }
        }
        "truncate" => {
            want(2)?;
            Ok(text(&arguments[0])?.chars().take(count(&arguments[1])).collect::<String>().into())
        }
        "print" => Ok(spaced(arguments).into()),
        "println" => Ok((arguments.iter().map(printed).collect::<Vec<_>>().join(" ") + "\n").into()),
        "printf" => {
            let (format, rest) = arguments.split_first().ok_or("wrong number of args for printf: want at least 1")?;
            Ok(formatted(text(format)?, rest).into())
        }
        "urlquery" => Ok(url_escaped(&spaced(arguments)).into()),
        "not" => Ok((!is_true(one()?)).into()),
        "len" => match one()? {
            Value::String(text) => Ok(text.len().into()),
            Value::Array(items) => Ok(items.len().into()),
            Value::Object(fields) => Ok(fields.len().into()),
            other => Err(format!("len of {}", printed(other))),
        },
        "index" => index(arguments),
        "slice" => slice(arguments),
        "eq" => {
            let (first, rest) = arguments
                .split_first()
                .filter(|(_, rest)| !rest.is_empty())
                .ok_or("missing argument for comparison")?;
            Ok(rest.iter().any(|other| compare(first, other) == Some(Ordering::Equal)).into())
        }
        "ne" | "lt" | "le" | "gt" | "ge" => {
            want(2)?;
            let order = compare(&arguments[0], &arguments[1]);
            if name == "ne" {
                return Ok((order != Some(Ordering::Equal)).into());
            }
            let order = order.ok_or("incompatible types for comparison")?;
            Ok(match name {
                "lt" => order.is_lt(),
                "le" => order.is_le(),
                "gt" => order.is_gt(),
                _ => order.is_ge(),
            }
            .into())
        }
        _ => Err(format!("{name} takes no value this way")),
    }
}

/// Go's truth: what is not its kind's nothing.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// A value as Go prints it.
pub(super) fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(printed).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => format!("{{{}}}", fields.values().map(printed).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

/// JSON as Go writes it: keys as they stand, and `<`, `>`, `&` escaped, as for a page.
pub(crate) fn json(value: &Value) -> String {
    let mut text = String::new();
    for char in value.to_string().chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", u32::from(char))),
            other => text.push(other),
        }
    }
    text
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("expected string; found {}", printed(value)))
}

fn list(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("expected a list; found {}", printed(value)))
}

/// A number of characters; nobody's terminal is wider.
fn count(value: &Value) -> usize {
    usize::try_from(value.as_i64().unwrap_or(0)).unwrap_or(0).min(4096)
}

/// The first letter of each word as a capital.
fn titled(text: &str) -> String {
    let mut is_first = true;
    text.chars()
        .flat_map(|char| {
            let begins = std::mem::replace(&mut is_first, !char.is_alphanumeric() && char != '_' && char != '\'');
            let upper: Vec<char> = if begins { char.to_uppercase().collect() } else { vec![char] };
            upper
        })
        .collect()
}

/// As Go's `Sprint`: blanks only between what are no texts.
fn spaced(values: &[Value]) -> String {
    let mut out = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 && !value.is_string() && !values[at - 1].is_string() {
            out.push(' ');
        }
        out.push_str(&printed(value));
    }
    out
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

fn index(arguments: &[Value]) -> Result<Value, String> {
    let (first, keys) = arguments.split_first().ok_or("wrong number of args for index: want at least 1 got 0")?;
    let mut value = first.clone();
    for key in keys {
        value = match (&value, key) {
            (Value::Array(items), Value::Number(at)) => {
                let at = at.as_u64().and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| items.get(at)).cloned().ok_or_else(|| format!("index out of range: {key}"))?
            }
            (Value::String(text), Value::Number(at)) => {
                let at = at.as_u64().and_then(|at| usize::try_from(at).ok());
                let byte = at.and_then(|at| text.as_bytes().get(at));
                (*byte.ok_or_else(|| format!("index out of range: {key}"))?).into()
            }
            // As of a Go map of texts: what is not there is empty.
            (Value::Object(fields), Value::String(key)) => fields.get(key).cloned().unwrap_or_else(|| "".into()),
            (other, _) => return Err(format!("can't index item {}", printed(other))),
        };
    }
    Ok(value)
}

fn slice(arguments: &[Value]) -> Result<Value, String> {
    let (first, bounds) = arguments.split_first().ok_or("wrong number of args for slice: want at least 1 got 0")?;
    let bound = |at: usize| bounds.get(at).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let from = bound(0).unwrap_or(0);
    let out = || "index out of range".to_owned();
    match first {
        Value::String(text) => text.get(from..bound(1).unwrap_or(text.len())).map(Into::into).ok_or_else(out),
        Value::Array(items) => {
            items.get(from..bound(1).unwrap_or(items.len())).map(|part| part.to_vec().into()).ok_or_else(out)
        }
        other => Err(format!("can't slice item of type {}", printed(other))),
    }
}

/// Go's verbs as far as formats use them: `%s %v %d %q %t %x %f %%`, with width, precision, `-` and `0`.
fn formatted(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut given = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let (mut is_left, mut is_zero) = (false, false);
        while let Some(flag @ ('-' | '0' | '+' | ' ' | '#')) = chars.peek().copied() {
            is_left |= flag == '-';
            is_zero |= flag == '0';
            chars.next();
        }
        let mut number = || {
            let mut digits = String::new();
            while let Some(digit) = chars.peek().copied().filter(char::is_ascii_digit) {
                digits.push(digit);
                chars.next();
            }
            digits.parse::<usize>().ok().map(|number| number.min(4096))
        };
        let width = number().unwrap_or(0);
        let precision = if chars.peek() == Some(&'.') {
            chars.next();
            let mut digits = String::new();
            while let Some(digit) = chars.peek().copied().filter(char::is_ascii_digit) {
                digits.push(digit);
                chars.next();
            }
            Some(digits.parse::<usize>().unwrap_or(0).min(4096))
        } else {
            None
        };
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = given.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = match (verb, value) {
            ('s' | 'v', _) => match precision {
                Some(most) => printed(value).chars().take(most).collect(),
                None => printed(value),
            },
            ('q', Value::String(text)) => diagnostic::quoted(text),
            ('t', Value::Bool(_)) => printed(value),
            ('d', Value::Number(number)) if !number.is_f64() => number.to_string(),
            ('x', Value::Number(number)) => number.as_i64().map_or_else(String::new, |number| format!("{number:x}")),
            ('x', Value::String(text)) => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
            ('f', Value::Number(number)) => {
                format!("{:.*}", precision.unwrap_or(6), number.as_f64().unwrap_or_default())
            }
            _ => format!("%!{verb}({}={})", kind(value), printed(value)),
        };
        let missing = width.saturating_sub(text.chars().count());
        match (is_left, is_zero && verb != 's') {
            (true, _) => out.push_str(&format!("{text}{}", " ".repeat(missing))),
            (false, true) => out.push_str(&format!("{}{text}", "0".repeat(missing))),
            (false, false) => out.push_str(&format!("{}{text}", " ".repeat(missing))),
        }
    }
    let extra: Vec<String> = given.map(|value| format!("{}={}", kind(value), printed(value))).collect();
    if !extra.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn url_escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
