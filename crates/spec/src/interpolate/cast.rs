//! Texts that become numbers and booleans because of where they stand.

use diagnostic::{Diagnostic, Span};

use crate::tree::Value;

/// What a text is cast to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cast {
    /// Go's `Atoi`, or `ParseInt`: they differ in what they call themselves.
    Int(&'static str),
    Float,
    Bool,
}

const ATOI: Cast = Cast::Int("Atoi");
const INT64: Cast = Cast::Int("ParseInt");

/// The cast of a path below the root, `*` standing for any key or item (docker compose casts before it looks
/// at the schema).
pub(crate) fn cast_of(path: &[&str]) -> Option<Cast> {
    match path {
        ["services", _, rest @ ..] => service(rest),
        ["networks", _, "external" | "internal" | "attachable" | "enable_ipv4" | "enable_ipv6"] => Some(Cast::Bool),
        ["volumes" | "secrets" | "configs", _, "external"] => Some(Cast::Bool),
        _ => None,
    }
}

/// Whether something is cast at a path of three keys, or below it.
pub(crate) fn has_casts(path: &[&str]) -> bool {
    const NESTED: [&str; 6] = ["depends_on", "deploy", "healthcheck", "ports", "ulimits", "volumes"];
    cast_of(path).is_some() || path.first() == Some(&"services") && path.last().is_some_and(|key| NESTED.contains(key))
}

fn service(path: &[&str]) -> Option<Cast> {
    Some(match path {
        ["cpu_count" | "cpu_period" | "cpu_quota" | "cpu_rt_period" | "cpu_rt_runtime" | "cpu_shares"] => INT64,
        ["oom_score_adj" | "pids_limit"] => INT64,
        ["cpu_percent" | "cpus"] => Cast::Float,
        ["init" | "oom_kill_disable" | "privileged" | "read_only" | "stdin_open" | "tty"] => Cast::Bool,
        ["scale"] | ["ports", "[]", "target"] => ATOI,
        ["deploy", "replicas"] | ["deploy", "update_config" | "rollback_config", "parallelism"] => ATOI,
        ["deploy", "restart_policy", "max_attempts"] | ["deploy", "placement", "max_replicas_per_node"] => ATOI,
        ["deploy", "update_config" | "rollback_config", "max_failure_ratio"] => Cast::Float,
        ["healthcheck", "retries"] => ATOI,
        ["healthcheck", "disable"] => Cast::Bool,
        ["ulimits", _] | ["ulimits", _, "hard" | "soft"] => ATOI,
        ["volumes", "[]", "read_only"] | ["volumes", "[]", "volume", "nocopy"] => Cast::Bool,
        ["depends_on", _, "required" | "restart"] => Cast::Bool,
        _ => return None,
    })
}

/// The cast value and, for a boolean of YAML 1.1, the word to write instead. The error is docker compose's.
pub(crate) fn cast(text: &str, to: Cast) -> Result<(Value, Option<&'static str>), String> {
    match to {
        Cast::Int(function) => match text.parse::<i64>() {
            Ok(value) => Ok((Value::Int(value.into()), None)),
            Err(_) => Err(format!("strconv.{function}: parsing {text:?}: {}", int_problem(text))),
        },
        Cast::Float => match text.parse::<f64>() {
            Ok(value) => Ok((Value::Float(value), None)),
            Err(_) => Err(format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")),
        },
        Cast::Bool => match text.to_lowercase().as_str() {
            "true" => Ok((Value::Bool(true), None)),
            "false" => Ok((Value::Bool(false), None)),
            "y" | "yes" | "on" => Ok((Value::Bool(true), Some("true"))),
            "n" | "no" | "off" => Ok((Value::Bool(false), Some("false"))),
            _ => Err(format!("invalid boolean: {text}")),
        },
    }
}

/// The warning of a boolean that only YAML 1.1 knows.
pub(crate) fn old_boolean(text: &str, instead: &str, span: Span) -> Diagnostic {
    let message = format!("\"{text}\" for boolean is not supported by YAML 1.2, please use `{instead}`");
    Diagnostic::warning("yaml-1.1-boolean", message).at(span, "").help(format!("write `{instead}`"))
}

fn int_problem(text: &str) -> &'static str {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        "value out of range"
    } else {
        "invalid syntax"
    }
}
