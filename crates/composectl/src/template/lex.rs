//! A template's text cut into pieces: what is printed as it is, and the tokens of each `{{…}}`.

use super::TemplateError;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Printed as it is.
    Text(String),
    /// The tokens between `{{` and `}}`.
    Action(Vec<Token>),
}

/// A token of an action.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `.Name`, or `.` when empty. Whether a blank stands before it: `f .A` and `x.A` differ.
    Field {
        name: String,
        is_apart: bool,
    },
    /// `$name`, or `$` when empty.
    Variable(String),
    /// `range`, `printf`, `true`.
    Word(String),
    /// A quoted text, its escapes undone.
    Text(String),
    Int(i64),
    Float(f64),
    /// One of `|`, `(`, `)`, `,`, `=`, and `:=` as `:`.
    Sign(char),
}

pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut trims = false;
    while let Some(at) = rest.find("{{") {
        let (before, action) = (&rest[..at], &rest[at + 2..]);
        let trims_left = action.starts_with("- ") || action.starts_with("-\t") || action.starts_with("-\n");
        let before = if trims { before.trim_start() } else { before };
        let before = if trims_left { before.trim_end() } else { before };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let action = if trims_left { &action[1..] } else { action };
        let end = end_of(action).ok_or_else(|| error("unclosed action"))?;
        let inside = &action[..end];
        let trimmed = inside.strip_suffix('-').filter(|inside| inside.ends_with(char::is_whitespace));
        trims = trimmed.is_some();
        let inside = trimmed.unwrap_or(inside).trim();
        if !inside.starts_with("/*") {
            pieces.push(Piece::Action(tokens(inside)?));
        }
        rest = &action[end + 2..];
    }
    let rest = if trims { rest.trim_start() } else { rest };
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Where `}}` is, quotes and comments skipped.
fn end_of(action: &str) -> Option<usize> {
    let bytes = action.as_bytes();
    if action.trim_start().starts_with("/*") {
        let comment = action.find("*/")?;
        return action[comment..].find("}}").map(|at| comment + at);
    }
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => {
                let quote = bytes[at];
                at += 1;
                while *bytes.get(at)? != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'`' => at += 1 + action[at + 1..].find('`')?,
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn tokens(text: &str) -> Result<Vec<Token>, TemplateError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut is_apart = true;
    while let Some(&char) = chars.get(at) {
        let name_from = |from: usize| -> String {
            chars[from..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect()
        };
        let began = at;
        match char {
            _ if char.is_whitespace() => at += 1,
            '.' if !chars.get(at + 1).is_some_and(char::is_ascii_digit) => {
                let name = name_from(at + 1);
                at += 1 + name.chars().count();
                tokens.push(Token::Field { name, is_apart });
            }
            '$' => {
                let name = name_from(at + 1);
                at += 1 + name.chars().count();
                tokens.push(Token::Variable(name));
            }
            '"' | '\'' => {
                let (text, end) = quoted(&chars, at)?;
                at = end;
                match (char, text.chars().next()) {
                    ('\'', Some(only)) => tokens.push(Token::Int(i64::from(u32::from(only)))),
                    _ => tokens.push(Token::Text(text)),
                }
            }
            '`' => {
                let text: String = chars[at + 1..].iter().take_while(|c| **c != '`').collect();
                at += text.chars().count() + 2;
                tokens.push(Token::Text(text));
            }
            '|' | '(' | ')' | ',' | '=' => {
                tokens.push(Token::Sign(char));
                at += 1;
            }
            ':' if chars.get(at + 1) == Some(&'=') => {
                tokens.push(Token::Sign(':'));
                at += 2;
            }
            _ if char.is_ascii_digit() || "+-.".contains(char) => {
                let number: String =
                    chars[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || "+-._".contains(**c)).collect();
                at += number.chars().count();
                let whole = number
                    .strip_prefix("0x")
                    .map_or_else(|| number.parse().ok(), |hexadecimal| i64::from_str_radix(hexadecimal, 16).ok());
                let token = whole.map(Token::Int).or_else(|| number.parse().ok().map(Token::Float));
                tokens.push(token.ok_or_else(|| error(&format!("bad number syntax: {number:?}")))?);
            }
            _ if char.is_alphabetic() || char == '_' => {
                let word = name_from(at);
                at += word.chars().count();
                tokens.push(Token::Word(word));
            }
            other => return Err(error(&format!("unexpected {other:?} in operand"))),
        }
        is_apart = chars[began].is_whitespace() || matches!(chars[began], '|' | '(' | ',' | '=' | ':');
    }
    Ok(tokens)
}

/// A text in quotes, its escapes undone, and where it ends.
fn quoted(chars: &[char], from: usize) -> Result<(String, usize), TemplateError> {
    let quote = chars[from];
    let mut text = String::new();
    let mut at = from + 1;
    loop {
        match chars.get(at) {
            None => return Err(error("unterminated quoted string")),
            Some(&char) if char == quote => return Ok((text, at + 1)),
            Some('\\') => {
                at += 1;
                match chars.get(at) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some('u') => {
                        let code: String = chars.iter().skip(at + 1).take(4).collect();
                        let char = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                        text.push(char.ok_or_else(|| error("invalid syntax"))?);
                        at += 4;
                    }
                    Some(&char) => text.push(char),
                    None => return Err(error("unterminated quoted string")),
                }
                at += 1;
            }
            Some(&char) => {
                text.push(char);
                at += 1;
            }
        }
    }
}

pub(super) fn error(message: &str) -> TemplateError {
    TemplateError(format!("template: :1: {message}"))
}
