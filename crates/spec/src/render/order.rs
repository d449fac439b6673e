//! The order of keys in printed YAML: attributes stand in the order of the model, what people named is sorted
//! the way go-yaml sorts, which is not the order of bytes.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// Attributes whose keys people choose.
const CHOSEN: [&str; 19] = [
    "additional_contexts",
    "annotations",
    "args",
    "aux_addresses",
    "configs",
    "depends_on",
    "driver_opts",
    "environment",
    "labels",
    "models",
    "networks",
    "options",
    "secrets",
    "services",
    "storage_opt",
    "sysctls",
    "ulimits",
    "volumes",
    "extra_hosts",
];

/// Sorts every mapping whose keys people chose; `object` itself has fixed keys.
pub(super) fn maps(object: &mut Map<String, Value>) {
    for (key, value) in object.iter_mut() {
        match value {
            Value::Object(map) if CHOSEN.contains(&key.as_str()) => {
                let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
                entries.sort_by(|(a, _), (b, _)| natural(a, b));
                map.extend(entries);
                map.values_mut().for_each(below);
            }
            other => below(other),
        }
    }
}

/// A value with every mapping in it sorted.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(a, _), (b, _)| natural(a, b));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn below(value: &mut Value) {
    match value {
        Value::Object(map) => maps(map),
        Value::Array(items) => items.iter_mut().for_each(below),
        _ => {}
    }
}

/// go-yaml's order: numbers within keys by value, letters after everything else but digits that go on.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for (at, (x, y)) in a.iter().zip(&b).enumerate() {
        if x == y {
            digits = x.is_numeric();
            continue;
        }
        return match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => x.cmp(y),
            (true, false) if digits => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if digits => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => numbers(&a, &b, at),
        };
    }
    a.len().cmp(&b.len())
}

fn numbers(a: &[char], b: &[char], at: usize) -> Ordering {
    // A zero that differs counts only when a number is under way already.
    let before = a[..at].iter().rev().take_while(|c| c.is_ascii_digit());
    let started = (a[at] == '0' || b[at] == '0') && before.into_iter().any(|c| *c != '0');
    let number = |text: &[char]| {
        let digits = text[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        let value = text[at..at + digits].iter().filter_map(|c| c.to_digit(10));
        let start = i64::from(started);
        (value.fold(start, |n, digit| n.wrapping_mul(10).wrapping_add(i64::from(digit))), digits)
    };
    number(a).cmp(&number(b)).then(a[at].cmp(&b[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_go_yaml() {
        let mut keys = ["A_B", "AB", "A10", "A9", "a", "A1B", "A01", "A-B", "A"];
        keys.sort_by(|a, b| natural(a, b));
        assert_eq!(keys, ["A", "A-B", "A_B", "A1B", "A01", "A9", "A10", "AB", "a"]);
    }
}
