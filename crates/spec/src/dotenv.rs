//! The `.env` dialect of docker compose, and the plainer one of `format: raw`.
//!
//! The dialect is its own: quotes may span lines, `KEY: value` is allowed, a key alone is inherited, and a
//! text after a closing quote is the next statement. What it accepts is accepted here, oddities included.

use std::collections::BTreeMap;
use std::path::Path;

use diagnostic::{Diagnostic, SourceId, Span, quoted};

use crate::context::Context;
use crate::interpolate::{Failure, Lookup, Reason, substitute};

/// Looks a variable up outside of the file.
pub(crate) type Outside<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variables of a file in docker compose's dialect, added to those of earlier files; `None` after a
/// problem was reported. Values may refer to variables outside, then to earlier ones.
pub(crate) fn parse(
    context: &mut Context<'_>,
    path: &Path,
    bytes: &[u8],
    outside: Outside<'_>,
    earlier: BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let source = context.sources.add(path.to_owned(), text.into());
    let mut file = File { context, path, source, text, at: 0, outside, variables: earlier };
    match file.statements() {
        Ok(()) => Some(file.variables),
        Err(problem) => {
            file.context.report(*problem);
            None
        }
    }
}

/// The variables of a file in the dialect of `docker run --env-file`: no quotes, no variables, a key alone
/// is inherited.
pub(crate) fn parse_raw(
    context: &mut Context<'_>,
    path: &Path,
    bytes: &[u8],
    outside: Outside<'_>,
    earlier: BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let source = context.sources.add(path.to_owned(), text.into());
    let mut variables = earlier;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span::new(source, start, start + line.trim_end().len());
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').map_or((line, None), |(key, value)| (key, Some(value)));
        let problem = if key.contains(char::is_whitespace) {
            Some(format!("variable '{key}' contains whitespaces"))
        } else if key.is_empty() {
            Some(format!("no variable name on line '{line}'"))
        } else {
            None
        };
        if let Some(problem) = problem {
            let message = format!("failed to read {}: {problem}", path.display());
            context.report(Diagnostic::error("env-file-invalid", message).at(span, ""));
            return None;
        }
        match value {
            Some(value) => {
                variables.insert(key.to_owned(), value.to_owned());
            }
            None => {
                context.reference(key);
                if let Some(value) = outside(key) {
                    variables.insert(key.to_owned(), value);
                }
            }
        }
    }
    Some(variables)
}

type Stop = Box<Diagnostic>;

struct File<'f, 'c> {
    context: &'f mut Context<'c>,
    path: &'f Path,
    source: SourceId,
    text: &'f str,
    at: usize,
    outside: Outside<'f>,
    variables: BTreeMap<String, String>,
}

impl File<'_, '_> {
    fn statements(&mut self) -> Result<(), Stop> {
        while self.skip_to_statement() {
            let start = self.at;
            let Some((key, inherited)) = self.key()? else { continue };
            if key.contains(' ') {
                let span = Span::new(self.source, start, start + key.len());
                return Err(Box::new(self.problem("key cannot contain a space", start, span, "a name is one word")));
            }
            if inherited {
                self.context.reference(&key);
                if let Some(value) = (self.outside)(&key) {
                    self.variables.insert(key, value);
                }
                continue;
            }
            let value = self.value()?;
            self.variables.insert(key, value);
        }
        Ok(())
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Skips blanks and comments; false at the end.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            match self.rest().chars().next() {
                None => return false,
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                Some(_) => return true,
            }
        }
    }

    /// A name up to `=` or `:`, or up to the end of the line, when it is inherited.
    fn key(&mut self) -> Result<Option<(String, bool)>, Stop> {
        if let Some(rest) = self.rest().strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace)) {
            self.at = self.text.len() - rest.trim_start_matches(is_blank).len();
        }
        let rest = &self.text[self.at..];
        for (offset, c) in rest.char_indices() {
            match c {
                '=' | ':' | '\n' => {
                    let key = rest[..offset].trim_end().to_owned();
                    let after = &rest[offset + 1..];
                    self.at = self.text.len() - after.trim_start_matches(is_blank).len();
                    return Ok(Some((key, c == '\n')));
                }
                c if is_blank(c) || c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']') => {}
                c => {
                    let line = rest.lines().next().unwrap_or_default();
                    let what =
                        format!("unexpected character {} in variable name {}", quoted(&c.to_string()), quoted(line));
                    let at = self.at + offset;
                    let span = Span::new(self.source, at, at + c.len_utf8());
                    return Err(Box::new(self.problem(&what, at, span, "not allowed in a name")));
                }
            }
        }
        // A last line without line break and separator is the value of an empty name, as docker compose has it.
        Ok((!rest.is_empty()).then(|| (String::new(), false)))
    }

    fn value(&mut self) -> Result<String, Stop> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => {
                let start = self.at;
                let value = self.text[start..].split('\n').next().unwrap_or_default();
                self.at = (start + value.len() + 1).min(self.text.len());
                let value = value.split_once(" #").map_or(value, |(value, _)| value).trim_end();
                self.expand(value, start)
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, Stop> {
        let start = self.at;
        let mut value = String::new();
        let mut escaped = false;
        for (offset, c) in self.text[start + 1..].char_indices() {
            if c == quote && !escaped {
                self.at = start + 1 + offset + 1;
                return if quote == '"' { self.expand(&unescape(&value), start) } else { Ok(value) };
            }
            if c == '\\' && !escaped {
                escaped = true;
                continue;
            }
            if escaped && c != quote {
                value.push('\\');
            }
            escaped = false;
            value.push(c);
        }
        let line = self.text[start..].lines().next().unwrap_or_default();
        let what = format!("unterminated quoted value {line}");
        let span = Span::new(self.source, start, start + line.len());
        let problem = self.problem(&what, self.text.len(), span, "this quote is never closed");
        Err(Box::new(problem.help("close the quote, or leave it out: a value without quotes ends with its line")))
    }

    fn expand(&mut self, text: &str, start: usize) -> Result<String, Stop> {
        let mut values =
            Values { context: self.context, outside: self.outside, earlier: &self.variables, unset: Vec::new() };
        let result = substitute(text, &mut values);
        let unset = values.unset;
        if self.context.is_overfilled() {
            let message = format!("failed to read {}: {}", self.path.display(), Context::overfilled());
            let span = self.dollar(text, start, 0);
            return Err(Box::new(Diagnostic::error("too-much-filled-in", message).at(span, "too much by now")));
        }
        for (name, at) in unset {
            let message = format!("The \"{name}\" variable is not set. Defaulting to a blank string.");
            let span = self.dollar(text, start, at);
            let help = "a `$` that is meant as one: put the value in single quotes, or double the `$`";
            self.context.report(Diagnostic::warning("env-file-dollar", message).at(span, "has no value").help(help));
        }
        result.map_err(|Failure { reason, at }| {
            let span = self.dollar(text, start, at);
            let (code, what) = match reason {
                Reason::Invalid(template) => {
                    ("invalid-interpolation", format!("Invalid template: {}", quoted(&template)))
                }
                Reason::Required { name, message } => {
                    let colon = if message.is_empty() { String::new() } else { format!(": {message}") };
                    ("required-variable", format!("required variable {name} is missing a value{colon}"))
                }
            };
            Box::new(Diagnostic::error(code, format!("failed to read {}: {what}", self.path.display())).at(span, ""))
        })
    }

    /// The `$` in the file: the one with as many before it as in the value.
    fn dollar(&self, value: &str, start: usize, at: usize) -> Span {
        let nth = value.get(..at).map_or(0, |before| before.matches('$').count());
        let found = self.text[start..].match_indices('$').nth(nth).map_or(start, |(offset, _)| start + offset);
        Span::new(self.source, found, found + 1)
    }

    /// A problem, with the number of the line `upto` is in.
    fn problem(&self, what: &str, upto: usize, span: Span, label: &str) -> Diagnostic {
        let line = self.text[..upto].matches('\n').count() + 1;
        let message = format!("failed to read {}: line {line}: {what}", self.path.display());
        Diagnostic::error("env-file-invalid", message).at(span, label)
    }
}

struct Values<'a, 'c> {
    context: &'a Context<'c>,
    outside: Outside<'a>,
    earlier: &'a BTreeMap<String, String>,
    unset: Vec<(String, usize)>,
}

impl Lookup for Values<'_, '_> {
    fn value(&mut self, name: &str) -> Option<String> {
        self.context.reference(name);
        if self.context.is_overfilled() {
            return Some(String::new());
        }
        let outside = (self.outside)(name);
        let value = outside.as_ref().or_else(|| self.earlier.get(name));
        value.map(|value| self.context.fill_in(value))
    }

    fn missing(&mut self, name: &str, at: usize) {
        self.unset.push((name.to_owned(), at));
    }
}

/// Blank, but no line break.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// The escapes of a text in double quotes; what is none stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let simple = match rest.chars().next() {
            Some('a') => "\u{7}",
            Some('b') => "\u{8}",
            Some('f') => "\u{c}",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\u{b}",
            Some('"') => "\"",
            Some('\\') => "\\",
            // Interpolation makes one of two.
            Some('$') => "$$",
            Some('0') => {
                let digits: String = rest[1..].chars().take(3).take_while(char::is_ascii_digit).collect();
                rest = &rest[1 + digits.len()..];
                match u8::from_str_radix(&digits, 8) {
                    Ok(byte) if digits.len() == 3 => out.push(char::from(byte)),
                    _ => {
                        out.push('\\');
                        out.push_str(&digits);
                    }
                }
                continue;
            }
            _ => {
                out.push('\\');
                continue;
            }
        };
        out.push_str(simple);
        rest = &rest[1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
