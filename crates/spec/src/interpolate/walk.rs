//! Interpolation of a whole tree: every value, no key; all problems, one a value, in the order of paths.

use diagnostic::{Diagnostic, Span};

use super::cast::{cast, cast_of, has_casts, old_boolean};
use super::{Failure, Lookup, Reason, substitute};
use crate::context::Context;
use crate::environment::Environment;
use crate::tree::{Directive, Node, Value};

/// Fills in and casts the values of a tree; those with a problem are marked.
pub(crate) fn tree(context: &mut Context<'_>, environment: &Environment, root: &mut Node) {
    walk(context, environment, root, &mut Way { path: Vec::new(), has_casts: true });
}

/// The way to a value.
struct Way<'n> {
    path: Vec<&'n str>,
    /// Whether some text there is cast, which is so below few keys of a service.
    has_casts: bool,
}

fn walk<'n>(context: &mut Context<'_>, environment: &Environment, node: &'n mut Node, way: &mut Way<'n>) {
    if node.directive == Some(Directive::Reset) {
        return;
    }
    if matches!(node.value, Value::String(_)) {
        return text(context, environment, node, way);
    }
    match &mut node.value {
        Value::Map(map) => {
            for (key, entry) in map {
                way.path.push(key);
                if way.path.len() == 3 {
                    way.has_casts = has_casts(&way.path);
                }
                walk(context, environment, &mut entry.node, way);
                way.path.pop();
            }
        }
        Value::Seq(items) => {
            way.path.push("[]");
            for item in items.make_mut() {
                walk(context, environment, item, way);
            }
            way.path.pop();
        }
        _ => {}
    }
}

fn text(context: &mut Context<'_>, environment: &Environment, node: &mut Node, way: &Way<'_>) {
    let path = way.path.as_slice();
    let span = node.span;
    // Most texts name no variable.
    if let Value::String(text) = &mut node.value
        && text.contains('$')
    {
        let mut values = Values { context, environment, text: text.to_string(), span };
        match substitute(text, &mut values) {
            Ok(filled) => *text = filled.into(),
            Err(failure) => {
                let problem = problem(&values, &failure, path);
                context.report(problem);
                node.poisoned = true;
                return;
            }
        }
    }
    if way.has_casts {
        convert(context, node, path);
    }
}

fn convert(context: &mut Context<'_>, node: &mut Node, path: &[&str]) {
    let (Some(to), Some(text)) = (cast_of(path), node.as_str()) else { return };
    match cast(text, to) {
        Ok((value, instead)) => {
            if let Some(instead) = instead {
                context.report(old_boolean(text, instead, node.span));
            }
            node.value = value;
        }
        Err(reason) => {
            let path = path.join(".");
            let message = format!("error while interpolating {path}: failed to cast to expected type: {reason}");
            context.report(Diagnostic::error("cast-failed", message).at(node.span, format!("this is {text:?}")));
            node.poisoned = true;
        }
    }
}

/// The variables of one value.
struct Values<'a, 'c> {
    context: &'a mut Context<'c>,
    environment: &'a Environment,
    text: String,
    span: Span,
}

impl Values<'_, '_> {
    /// The `$` in the file: the one with as many before it as in the value.
    fn dollar(&self, at: usize) -> Span {
        let nth = self.text.get(..at).map_or(0, |before| before.matches('$').count());
        let range = self.context.sources.clamp(self.span);
        let raw = &self.context.sources.text(self.span.source)[range.clone()];
        match raw.match_indices('$').nth(nth) {
            Some((offset, _)) => {
                let start = range.start + offset;
                Span::new(self.span.source, start, (start + self.variable_length(at)).min(range.end))
            }
            None => self.span,
        }
    }

    /// How much of the text belongs to the variable that starts there, to mark it.
    fn variable_length(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let name = super::name_length(rest.get(1..).unwrap_or_default());
        match super::braced(rest.get(1..).filter(|rest| rest.starts_with('{')).unwrap_or("{")) {
            Some((_, length)) if rest[1..].starts_with('{') => length + 1,
            _ => name + 1,
        }
    }
}

impl Lookup for Values<'_, '_> {
    fn value(&mut self, name: &str) -> Option<String> {
        self.context.reference(name);
        self.environment.get(name).map(|value| self.context.fill_in(value))
    }

    fn missing(&mut self, name: &str, at: usize) {
        let message = format!("The \"{name}\" variable is not set. Defaulting to a blank string.");
        let span = self.dollar(at);
        self.context.report(
            Diagnostic::warning("unset-variable", message)
                .at(span, "has no value")
                .help(format!("set it in `.env`, or write `${{{name}:-default}}`")),
        );
    }
}

fn problem(values: &Values<'_, '_>, failure: &Failure, path: &[&str]) -> Diagnostic {
    let path = path.join(".");
    let span = values.dollar(failure.at);
    match &failure.reason {
        Reason::Invalid(template) => {
            let message = format!(
                "invalid interpolation format for {path}.\nYou may need to escape any $ with another $.\n{template}"
            );
            Diagnostic::error("invalid-interpolation", message)
                .at(span, "not a variable")
                .help("write `$$` for a literal `$`, or `${NAME}` for a variable")
        }
        Reason::Required { name, message } => {
            let colon = if message.is_empty() { String::new() } else { format!(": {message}") };
            let text = format!("error while interpolating {path}: required variable {name} is missing a value{colon}");
            Diagnostic::error("required-variable", text)
                .at(span, format!("`{name}` has no value"))
                .help(format!("set `{name}` in `.env` or in the environment"))
        }
    }
}
