//! A problem in the layout of rustc.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::{Diagnostic, Label, Severity, SourceId, Sources, Span};

/// How the text form looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it has ANSI colours.
    pub color: bool,
    /// Columns of the terminal; longer lines of the source are cut.
    pub width: usize,
}

/// Lines the labels of one snippet may span; labels further apart are shown apart.
const WINDOW: usize = 400;

/// The text, without a line break at the end. Whatever the source holds, no control character but the line
/// break is in it, save the colours asked for.
#[must_use]
pub fn text(sources: &Sources, diagnostic: &Diagnostic, style: &Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.to_owned());
    laid_out(Group::with_title(title), sources, diagnostic, style)
}

/// The same without its title, for a message that was said already; empty when there is nothing else to say.
#[must_use]
pub fn details(sources: &Sources, diagnostic: &Diagnostic, style: &Style) -> String {
    if diagnostic.primary.is_none() && diagnostic.related.is_empty() {
        let notes = diagnostic.notes.iter().map(|note| ("note", note));
        let lines = notes.chain(diagnostic.help.iter().map(|help| ("help", help)));
        return lines.map(|(what, text)| format!("{what}: {}", printable(text))).collect::<Vec<_>>().join("\n");
    }
    laid_out(Group::with_level(Level::ERROR), sources, diagnostic, style)
}

fn laid_out<'a>(mut group: Group<'a>, sources: &Sources, diagnostic: &Diagnostic, style: &Style) -> String {
    for (source, labels) in snippets(sources, diagnostic) {
        group = group.element(snippet(sources, source, &labels));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(printable(note)));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(style.width.max(40)).render(&[group])
}

type Marked<'a> = (AnnotationKind, &'a Label);

/// The labels by text and neighbourhood, the primary one's first.
fn snippets<'a>(sources: &Sources, diagnostic: &'a Diagnostic) -> Vec<(SourceId, Vec<Marked<'a>>)> {
    let marked = diagnostic.primary.iter().map(|label| (AnnotationKind::Primary, label));
    let marked = marked.chain(diagnostic.related.iter().map(|label| (AnnotationKind::Context, label)));
    let mut snippets: Vec<(SourceId, Vec<Marked<'a>>)> = Vec::new();
    for (kind, label) in marked {
        let line = sources.locate(label.span).line;
        let near = |other: &Marked<'_>| sources.locate(other.1.span).line.abs_diff(line) <= WINDOW;
        match snippets.iter_mut().find(|(id, labels)| *id == label.span.source && labels.iter().all(near)) {
            Some((_, labels)) => labels.push((kind, label)),
            None => snippets.push((label.span.source, vec![(kind, label)])),
        }
    }
    snippets
}

/// One snippet over the lines its labels need; the renderer would otherwise walk the whole text.
fn snippet<'a>(sources: &Sources, id: SourceId, labels: &[Marked<'_>]) -> Snippet<'a, Annotation<'a>> {
    let lines: Vec<(usize, usize)> = labels.iter().map(|(_, label)| shown_lines(sources, label.span)).collect();
    let first = lines.iter().map(|lines| lines.0).min().unwrap_or(1);
    let last = lines.iter().map(|lines| lines.1).max().unwrap_or(1);
    let start = sources.line_range(id, first).map_or(0, |range| range.start);
    let end = sources.line_range(id, last).map_or(0, |range| range.end).max(start);
    let mut snippet = Snippet::source(same_length(&sources.text(id)[start..end]))
        .line_start(first)
        .path(printable(&sources.shown_name(id)));
    for (kind, label) in labels {
        let range = sources.clamp(label.span);
        let from = range.start.clamp(start, end) - start;
        let to = range.end.clamp(start, end) - start;
        let text = (!label.text.is_empty()).then(|| printable(&label.text));
        snippet = snippet.annotation(kind.span(from..to.max(from)).label(text));
    }
    snippet
}

/// First and last line of a span; a very long span is cut, its start is what matters.
fn shown_lines(sources: &Sources, span: Span) -> (usize, usize) {
    let at = sources.locate(span);
    (at.line, at.end_line.min(at.line + 5))
}

/// Control characters as visible ones; line breaks stay.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The same text with every control character but line breaks and tabs replaced by a visible one that takes
/// as many bytes, so that spans stay right.
fn same_length(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' | '\r' => c,
            c if c.is_control() && c.len_utf8() == 1 => '?',
            c if c.is_control() => '\u{b7}',
            c => c,
        })
        .collect()
}
