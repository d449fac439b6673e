//! Named texts and places in them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// Which text of a [`Sources`] list; only meaningful together with that list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// A part of one text, in bytes. Any numbers are allowed: whoever shows a span clamps it to the text. Half a tree
/// of values is spans, so they are small: what lies beyond 4 GiB is taken for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From `start` up to, not including, `end`.
    #[must_use]
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { source, start: short(start), end: short(end) }
    }

    /// The same as indices.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        let long = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        long(self.start)..long(self.end)
    }

    /// The smallest span over both; `self` when they are of different texts.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.source != other.source {
            return self;
        }
        Self { start: self.start.min(other.start), end: self.end.max(other.end), ..self }
    }
}

/// The texts that spans point into. Paths are shown relative to a base folder where they are below it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    base: Option<PathBuf>,
    list: Vec<Source>,
}

#[derive(Debug, Clone)]
struct Source {
    name: PathBuf,
    text: Arc<str>,
    /// Where lines start; found out when the first place is looked up.
    line_starts: OnceLock<Vec<usize>>,
}

impl Source {
    fn line_starts(&self) -> &[usize] {
        self.line_starts
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }
}

/// A span in the terms of people: lines and columns count from 1, columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The path as it is shown.
    pub file: String,
    /// The line of the first character.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column just after the last character.
    pub end_column: usize,
    /// The text of the first line, without its line break.
    pub line_text: String,
}

impl Sources {
    /// An empty list that shows paths below `base` relative to it.
    #[must_use]
    pub fn new(base: Option<PathBuf>) -> Self {
        Self { base, list: Vec::new() }
    }

    /// Takes a text in.
    pub fn add(&mut self, name: PathBuf, text: Arc<str>) -> SourceId {
        self.list.push(Source { name, text, line_starts: OnceLock::new() });
        SourceId(u32::try_from(self.list.len() - 1).expect("fewer than 2^32 texts"))
    }

    /// Shows paths below `base` relative to it from now on.
    pub fn set_base(&mut self, base: PathBuf) {
        self.base = Some(base);
    }

    /// The text of a source; empty when there is none with that id.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        self.get(id).map_or("", |source| &source.text)
    }

    /// All texts with the paths they were added with.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Path)> {
        (0u32..).zip(&self.list).map(|(id, source)| (SourceId(id), source.name.as_path()))
    }

    /// The path a source was added with.
    #[must_use]
    pub fn name(&self, id: SourceId) -> Option<&Path> {
        self.get(id).map(|source| source.name.as_path())
    }

    /// The path as it is shown: relative to the base folder when below it.
    #[must_use]
    pub fn shown_name(&self, id: SourceId) -> String {
        let Some(name) = self.name(id) else { return "<unknown>".to_owned() };
        let shown = self.base.as_deref().and_then(|base| name.strip_prefix(base).ok()).unwrap_or(name);
        shown.display().to_string()
    }

    /// Where a span is, in lines and columns.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        let range = self.clamp(span);
        let (line, column) = self.position(span.source, range.start);
        let (end_line, end_column) = self.position(span.source, range.end);
        let line_text = self.line_range(span.source, line).map_or("", |range| &self.text(span.source)[range]);
        Location {
            file: self.shown_name(span.source),
            line,
            column,
            end_line,
            end_column,
            line_text: line_text.trim_end_matches(['\n', '\r']).to_owned(),
        }
    }

    /// The bytes of a span that exist, ends moved outwards to whole characters.
    #[must_use]
    pub fn clamp(&self, span: Span) -> Range<usize> {
        let text = self.text(span.source);
        let range = span.range();
        let mut start = range.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = range.end.clamp(start, text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// The bytes of a line (from 1) with its line break.
    pub(crate) fn line_range(&self, id: SourceId, line: usize) -> Option<Range<usize>> {
        let source = self.get(id)?;
        let start = *source.line_starts().get(line.checked_sub(1)?)?;
        Some(start..source.line_starts().get(line).copied().unwrap_or(source.text.len()))
    }

    fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// Line and column (from 1) of a byte that is on a character boundary.
    fn position(&self, id: SourceId, at: usize) -> (usize, usize) {
        let Some(source) = self.get(id) else { return (1, 1) };
        let line = source.line_starts().partition_point(|start| *start <= at);
        let start = source.line_starts()[line - 1];
        (line, source.text[start..at].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::new(Some("/p".into()));
        sources.add("/p/compose.yaml".into(), text.into());
        sources
    }

    fn check(text: &str, start: usize, end: usize, expected: (usize, usize, usize, usize, &str)) {
        let found = sources(text).locate(Span::new(SourceId(0), start, end));
        let found = (found.line, found.column, found.end_line, found.end_column, found.line_text.as_str().to_owned());
        assert_eq!((found.0, found.1, found.2, found.3, found.4.as_str()), expected);
    }

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        check("a\né😀x\n", 2, 9, (2, 1, 2, 4, "é😀x"));
        check("a\r\nb", 0, 1, (1, 1, 1, 2, "a"));
    }

    #[test]
    fn a_span_beyond_the_text_is_its_end() {
        check("ab", 7, 3, (1, 3, 1, 3, "ab"));
        check("", 1, 2, (1, 1, 1, 1, ""));
    }

    #[test]
    fn a_span_inside_a_character_covers_it() {
        check("é", 1, 1, (1, 1, 1, 2, "é"));
        check("é", 0, 1, (1, 1, 1, 2, "é"));
    }

    #[test]
    fn only_paths_below_the_base_are_shortened() {
        let mut sources = sources("");
        let other = sources.add("/q/x.env".into(), "".into());
        assert_eq!(sources.shown_name(SourceId(0)), "compose.yaml");
        assert_eq!(sources.shown_name(other), "/q/x.env");
        assert_eq!(sources.shown_name(SourceId(9)), "<unknown>");
    }
}
