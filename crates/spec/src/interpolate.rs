//! Variables in texts: `$NAME`, `${NAME}`, `${NAME:-word}` and its kin (Compose Specification,
//! interpolation), with docker compose's limits: a word ends at the brace that closes it, or at the last
//! brace of its line. Words are evaluated only when they are used.

pub(crate) mod cast;
mod mentions;
mod walk;

pub use mentions::Variable;
pub(crate) use mentions::mentions;
pub(crate) use walk::tree;

/// Where values come from, and who is told about a missing one.
pub(crate) trait Lookup {
    /// The value of a variable.
    fn value(&mut self, name: &str) -> Option<String>;
    /// A variable that has no value was used; `at` is the byte of its `$` in the outermost text.
    fn missing(&mut self, name: &str, at: usize);
}

/// Why a text cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    /// The byte of the `$` in the outermost text.
    pub(crate) at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// What follows a `$` is no form of a variable; the text it stands in.
    Invalid(String),
    /// `${NAME:?message}` of a variable without value.
    Required { name: String, message: String },
}

/// How deep words may nest.
const MAX_DEPTH: usize = 50;

/// Fills the variables of a text in.
pub(crate) fn substitute(text: &str, lookup: &mut dyn Lookup) -> Result<String, Failure> {
    if !text.contains('$') {
        return Ok(text.to_owned());
    }
    expand(text, 0, 0, lookup)
}

/// `base` is where `text` starts in the outermost text.
fn expand(text: &str, base: usize, depth: usize, lookup: &mut dyn Lookup) -> Result<String, Failure> {
    let invalid = |at: usize| Failure { reason: Reason::Invalid(text.to_owned()), at: base + at };
    if depth > MAX_DEPTH {
        return Err(invalid(0));
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find('$') {
        out.push_str(&text[at..at + found]);
        let dollar = at + found;
        let rest = &text[dollar + 1..];
        match rest.bytes().next() {
            Some(b'$') => {
                out.push('$');
                at = dollar + 2;
            }
            Some(b'{') => {
                let (body, length) = braced(rest).ok_or_else(|| invalid(dollar))?;
                let name = &body[..name_length(body)];
                if name.is_empty() {
                    return Err(invalid(dollar));
                }
                let word_at = base + dollar + 2 + name.len();
                let operation = &body[name.len()..];
                if operation.is_empty() {
                    out.push_str(&plain(name, base + dollar, lookup));
                } else {
                    let (operator, word) = operator(operation).ok_or_else(|| invalid(dollar))?;
                    let word = Word { text: word, base: word_at + operation.len() - word.len(), depth };
                    out.push_str(&apply(name, operator, &word, base + dollar, lookup)?);
                }
                at = dollar + 1 + length;
            }
            _ => {
                let name = &rest[..name_length(rest)];
                if name.is_empty() {
                    out.push('$');
                } else {
                    out.push_str(&plain(name, base + dollar, lookup));
                }
                at = dollar + 1 + name.len();
            }
        }
    }
    out.push_str(&text[at..]);
    Ok(out)
}

fn plain(name: &str, at: usize, lookup: &mut dyn Lookup) -> String {
    lookup.value(name).unwrap_or_else(|| {
        lookup.missing(name, at);
        String::new()
    })
}

/// The word after an operator, where it starts in the outermost text, and how deep it is.
struct Word<'a> {
    text: &'a str,
    base: usize,
    depth: usize,
}

impl Word<'_> {
    fn expand(&self, lookup: &mut dyn Lookup) -> Result<String, Failure> {
        expand(self.text, self.base, self.depth + 1, lookup)
    }
}

fn apply(name: &str, operator: &str, word: &Word<'_>, at: usize, lookup: &mut dyn Lookup) -> Result<String, Failure> {
    let value = lookup.value(name);
    // With a colon an empty value counts as none.
    let present = value.filter(|value| !operator.starts_with(':') || !value.is_empty());
    match (operator.as_bytes().last(), present) {
        (Some(b'-' | b'?'), Some(value)) => Ok(value),
        (Some(b'-'), None) | (Some(b'+'), Some(_)) => word.expand(lookup),
        (Some(b'+'), None) => Ok(String::new()),
        _ => {
            let message = word.expand(lookup)?;
            Err(Failure { reason: Reason::Required { name: name.to_owned(), message }, at })
        }
    }
}

/// Bytes of the name a text starts with: `[_a-zA-Z][_a-zA-Z0-9]*`.
fn name_length(text: &str) -> usize {
    let first = text.bytes().next().is_some_and(|b| b == b'_' || b.is_ascii_alphabetic());
    if !first {
        return 0;
    }
    text.bytes().take_while(|b| *b == b'_' || b.is_ascii_alphanumeric()).count()
}

fn operator(text: &str) -> Option<(&str, &str)> {
    let length = if text.starts_with(':') { 2 } else { 1 };
    let known = matches!(text.as_bytes().get(..length)?, b":-" | b"-" | b":+" | b"+" | b":?" | b"?");
    known.then(|| text.split_at(length))
}

/// What stands between the braces a text starts with, and the length with both of them.
fn braced(text: &str) -> Option<(&str, usize)> {
    let body = &text[1..];
    let name = name_length(body);
    if body.as_bytes().get(name) == Some(&b'}') {
        return Some((&body[..name], name + 2));
    }
    let line = &text[..text.find('\n').unwrap_or(text.len())];
    let last = line.rfind('}')?;
    let end = closing(&line[..=last]).unwrap_or(last);
    Some((&text[1..end], end + 1))
}

/// The brace that closes the first one. Docker compose does not look at the character after an opening
/// brace, and neither do we: `{}` counts as open.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' => {
                open += 1;
                bytes.next();
            }
            b'}' if open == 1 => return Some(at),
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
