//! YAML as go-yaml writes it: two blanks of indentation, lists indented below their key, scalars quoted only
//! when they have to be and folded beyond 80 columns.

use serde_json::{Map, Value};

use super::scalar::{self, Style};

const WIDTH: usize = 80;

/// The text of a mapping, with a line break at the end.
pub(super) fn emit(document: &Map<String, Value>) -> String {
    let mut emitter = Emitter::default();
    if document.is_empty() {
        emitter.put("{}");
    }
    emitter.mapping(document, 0, false);
    emitter.end()
}

/// A text under way.
#[derive(Default)]
pub(super) struct Emitter {
    out: String,
    column: usize,
    has_begun: bool,
}

impl Emitter {
    /// The text, with a line break at the end.
    pub(super) fn end(mut self) -> String {
        self.out.push('\n');
        self.out
    }

    /// What there is of the text so far and was not taken yet.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// A key on a line of its own.
    pub(super) fn key(&mut self, key: &str, indent: usize) {
        self.line(indent);
        self.scalar(key, indent, true);
        self.put(":");
    }

    /// A key and its value.
    pub(super) fn entry(&mut self, key: &str, value: &Value, indent: usize) {
        self.key(key, indent);
        self.value(value, indent);
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        if self.has_begun {
            self.out.push('\n');
        }
        self.has_begun = true;
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Entries, each on a line of its own; the first follows a dash when `inline`.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize, inline: bool) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 || !inline {
                self.line(indent);
            }
            self.scalar(key, indent, true);
            self.put(":");
            self.value(value, indent);
        }
    }

    /// What follows a colon.
    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => self.mapping(map, indent + 2, false),
            Value::Array(items) if !items.is_empty() => self.list(items, indent + 2, false),
            other => {
                self.put(" ");
                self.leaf(other, indent);
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, inline: bool) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 || !inline {
                self.line(indent);
            }
            self.put("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.mapping(map, indent + 2, true),
                Value::Array(items) if !items.is_empty() => self.list(items, indent + 2, true),
                other => self.leaf(other, indent),
            }
        }
    }

    fn leaf(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.put("null"),
            Value::Bool(value) => self.put(if *value { "true" } else { "false" }),
            Value::Number(number) => {
                let text = match number.as_f64().filter(|_| number.is_f64()) {
                    Some(float) => crate::tree::scalar::go_float(float),
                    None => number.to_string(),
                };
                self.put(&text);
            }
            Value::String(text) => self.scalar(text, indent, false),
            Value::Array(_) => self.put("[]"),
            Value::Object(_) => self.put("{}"),
        }
    }

    fn scalar(&mut self, text: &str, indent: usize, key: bool) {
        let chars: Vec<char> = text.chars().collect();
        match scalar::style(text, key) {
            Style::Plain => self.folded(&chars, indent, key, |_| None, false),
            Style::Single => {
                self.put("'");
                self.folded(&chars, indent, key, |c| (c == '\'').then(|| "''".to_owned()), true);
                self.put("'");
            }
            Style::Double => {
                self.put("\"");
                self.double(&chars, indent, key);
                self.put("\"");
            }
            Style::Literal => self.literal(text, indent),
        }
    }

    /// Text that may be broken at a lone blank beyond the width.
    fn folded(
        &mut self,
        chars: &[char],
        indent: usize,
        key: bool,
        escape: impl Fn(char) -> Option<String>,
        quoted: bool,
    ) {
        let mut after_blank = false;
        let mut broken = false;
        for (at, c) in chars.iter().copied().enumerate() {
            let next_blank = chars.get(at + 1) == Some(&' ');
            let edge = quoted && (at == 0 || at + 1 == chars.len());
            if c == ' ' && !key && !after_blank && self.column > WIDTH && !next_blank && !edge {
                self.line(indent + 2);
                after_blank = true;
                continue;
            }
            if scalar::is_break(c) {
                if !broken && c == '\n' {
                    self.out.push('\n');
                }
                self.out.push(c);
                self.column = 0;
                broken = true;
                continue;
            }
            if broken {
                self.out.extend(std::iter::repeat_n(' ', indent + 2));
                self.column = indent + 2;
                broken = false;
            }
            match escape(c) {
                Some(text) => self.put(&text),
                None => {
                    self.out.push(c);
                    self.column += 1;
                }
            }
            after_blank = c == ' ';
        }
    }

    fn double(&mut self, chars: &[char], indent: usize, key: bool) {
        let mut after_blank = false;
        for (at, c) in chars.iter().copied().enumerate() {
            if let Some(escape) = scalar::escape(c) {
                self.put(&escape);
                after_blank = false;
            } else if c == ' ' {
                let edge = at == 0 || at + 1 == chars.len();
                if !key && !after_blank && self.column > WIDTH && !edge {
                    self.line(indent + 2);
                    if chars.get(at + 1) == Some(&' ') {
                        self.put("\\");
                    }
                } else {
                    self.put(" ");
                }
                after_blank = true;
            } else {
                self.out.push(c);
                self.column += 1;
                after_blank = false;
            }
        }
    }

    /// Lines as they are, below `|`.
    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.trim_start_matches('\n').starts_with([' ', '\t']) {
            self.put("2");
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.put("-"),
            Some(body) if body.ends_with('\n') => self.put("+"),
            Some(_) => {}
        }
        for line in body.unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.extend(std::iter::repeat_n(' ', indent + 2));
                self.out.push_str(line);
            }
        }
    }
}
