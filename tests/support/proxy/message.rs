//! Requests and answers as engines and their clients frame them.

use std::fmt;
use std::io::{self, BufRead, Read};

/// How much of a head is read at most.
const HEAD: usize = 256 * 1024;

/// A call's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without the API's version and the question.
    pub path: String,
    /// What follows the question mark.
    pub query: String,
}

impl Request {
    fn of(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let has_version = path.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
        let path = match has_version {
            Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("/{rest}"),
            _ => path.to_owned(),
        };
        Some(Self { method, path, query: query.to_owned() })
    }

    /// Whether it changes something at the engine, rather than asking or waiting.
    #[must_use]
    pub fn changes(&self) -> bool {
        let waits = ["/wait", "/attach", "/resize", "/auth", "/session"];
        !matches!(self.method.as_str(), "GET" | "HEAD") && !waits.iter().any(|end| self.path.ends_with(end))
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

/// The head of a message, its lines as they came.
#[derive(Debug, Clone)]
pub(super) struct Head(pub(super) Vec<u8>);

impl Head {
    /// Reads one; `None` at the end of the connection.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = Vec::new();
        loop {
            let before = head.len();
            from.by_ref().take(HEAD as u64).read_until(b'\n', &mut head)?;
            let is_end = head.len() == before;
            if is_end && before == 0 {
                return Ok(None);
            }
            if is_end || head.len() > HEAD {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if matches!(&head[before..], b"\r\n" | b"\n") {
                return Ok(Some(Self(head)));
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    pub(super) fn request(&self) -> Option<Request> {
        Request::of(self.text().lines().next()?)
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.text().split_whitespace().nth(1)?.parse().ok()
    }

    pub(super) fn field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let mut fields = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }

    /// How the body after this head ends; a request has none unless it says so.
    pub(super) fn framing(&self, is_answer: bool) -> Framing {
        if self.field("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return Framing::Chunked;
        }
        let length = self.field("content-length").and_then(|value| value.parse().ok());
        let has_none = is_answer && matches!(self.status(), Some(100..=199 | 204 | 304));
        match length {
            _ if has_none => Framing::Length(0),
            Some(length) => Framing::Length(length),
            None if is_answer => Framing::End,
            None => Framing::Length(0),
        }
    }
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After so many bytes.
    Length(usize),
    /// With an empty chunk.
    Chunked,
    /// With the connection.
    End,
}

/// A part of a body as it is sent on: what frames it, and what it says.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) before: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) after: Vec<u8>,
}

/// Reads a body part by part.
#[derive(Debug)]
pub(super) struct Body {
    framing: Framing,
    is_over: bool,
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, is_over: framing == Framing::Length(0) }
    }

    /// The next part, as soon as it is there; `None` after the last.
    pub(super) fn next(&mut self, from: &mut impl BufRead) -> io::Result<Option<Part>> {
        if self.is_over {
            return Ok(None);
        }
        match self.framing {
            Framing::Chunked => self.chunk(from).map(Some),
            Framing::Length(left) => {
                let payload = some(from, left)?;
                if payload.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.framing = Framing::Length(left - payload.len());
                self.is_over = left == payload.len();
                Ok(Some(Part { before: Vec::new(), payload, after: Vec::new() }))
            }
            Framing::End => {
                let payload = some(from, usize::MAX)?;
                self.is_over = payload.is_empty();
                Ok((!self.is_over).then_some(Part { before: Vec::new(), payload, after: Vec::new() }))
            }
        }
    }

    fn chunk(&mut self, from: &mut impl BufRead) -> io::Result<Part> {
        let mut before = Vec::new();
        from.read_until(b'\n', &mut before)?;
        let line = String::from_utf8_lossy(&before).into_owned();
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let mut payload = vec![0; size];
        from.read_exact(&mut payload)?;
        let mut after = vec![0; 2];
        from.read_exact(&mut after)?;
        self.is_over = size == 0;
        Ok(Part { before, payload, after })
    }
}

/// What is there now, `most` bytes at most; nothing at the end.
fn some(from: &mut impl BufRead, most: usize) -> io::Result<Vec<u8>> {
    let there = from.fill_buf()?;
    let taken = there[..there.len().min(most)].to_vec();
    from.consume(taken.len());
    Ok(taken)
}
