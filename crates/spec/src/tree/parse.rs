//! Parser events become trees, within budgets: depth, and values counted with every use of an alias.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;

use diagnostic::{Diagnostic, SourceId, Span};
use libyaml_safer::{Event, EventData, Mark, Parser, ScalarStyle};

use super::ahead::{in_parts, scanner_error};
use super::guard::guarded;
use super::problem::{Origin, at, go_value};
use super::tag::{directive, misfit, scalar_node};
use super::{Entry, Map, Node, Text, Value};

/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 64;
/// How many values one document may have, those behind aliases counted at every use.
const MAX_VISITS: usize = 100_000;
/// How many problems of one file are listed.
const MAX_PROBLEMS: usize = 50;

/// One document of a file.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Node,
}

/// The documents of a text up to the first that is wrong, and what is wrong with that. `path` is the file's name
/// for messages.
pub(crate) fn documents(source: SourceId, text: &[u8], path: &str) -> (Vec<Document>, Vec<Diagnostic>) {
    let origin = Origin { source, text, path };
    if let Err(error) = std::str::from_utf8(text) {
        return (Vec::new(), vec![origin.not_utf8(error)]);
    }
    // The scanner does not bear a block scalar or a backslash that ends the text. What the line break adds to
    // the value of a block is taken away again, see `block_end`.
    let mut whole = Cow::Borrowed(text);
    if text.ends_with(b"\\") || !text.ends_with(b"\n") && text.iter().any(|byte| matches!(byte, b'|' | b'>')) {
        whole.to_mut().push(b'\n');
    }
    let mut parser = Parser::new();
    parser.set_input(in_parts(&whole));
    let mut reader = Reader {
        parser,
        origin,
        scanned: &whole,
        anchors: HashMap::new(),
        open: Vec::new(),
        trail: Vec::new(),
        visits: 0,
        root_line: 1,
        read_to: 0,
        problems: Vec::new(),
    };
    let mut documents = Vec::new();
    let mut problems = match reader.stream(&mut documents) {
        Ok(()) => Vec::new(),
        Err(stop) => vec![*stop],
    };
    problems.append(&mut reader.problems);
    (documents, problems)
}

struct Anchored {
    node: Node,
    visits: usize,
}

struct Reader<'b> {
    parser: Parser<BufReader<&'b [u8]>>,
    origin: Origin<'b>,
    /// The text as the scanner gets it.
    scanned: &'b [u8],
    anchors: HashMap<String, Anchored>,
    /// Anchors whose node is being read, with the depth of the trail there.
    open: Vec<(String, usize)>,
    /// The way from the root to the value being read, `<<` left out.
    trail: Vec<Step>,
    visits: usize,
    root_line: u64,
    /// The end of the last event.
    read_to: usize,
    problems: Vec<Diagnostic>,
}

/// A step of the way to a value.
enum Step {
    Key(Text),
    Item(usize),
}

type Stop = Box<Diagnostic>;

impl Reader<'_> {
    /// Reads on until a document has problems.
    fn stream(&mut self, documents: &mut Vec<Document>) -> Result<(), Stop> {
        loop {
            let event = self.next()?;
            match event.data {
                EventData::StreamEnd => return Ok(()),
                EventData::DocumentStart { .. } => {
                    self.anchors.clear();
                    self.visits = 0;
                    let event = self.next()?;
                    self.root_line = event.start_mark.line + 1;
                    let root = self.node(event, 0)?;
                    if !self.problems.is_empty() {
                        return Ok(());
                    }
                    documents.push(Document { root });
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<Event, Stop> {
        // The parser panics where it finds nothing to say; that is a problem of the text like any other.
        match guarded(|| self.parser.parse()) {
            Some(Ok(event)) => {
                self.read_to = usize::try_from(event.end_mark.index).unwrap_or(usize::MAX);
                Ok(event)
            }
            Some(Err(error)) => {
                let place = error.problem_mark().filter(|_| error.kind() == libyaml_safer::ErrorKind::Parser);
                let earlier = place.and_then(|mark| scanner_error(self.scanned, mark.index));
                Err(Box::new(self.origin.syntax(&earlier.unwrap_or(error))))
            }
            None => Err(Box::new(self.origin.unreadable(self.read_to))),
        }
    }

    fn span(&self, start: Mark, end: Mark) -> Span {
        let byte = |mark: Mark| usize::try_from(mark.index).unwrap_or(usize::MAX);
        self.origin.part(byte(start), byte(end).saturating_sub(byte(start)))
    }

    fn node(&mut self, event: Event, depth: usize) -> Result<Node, Stop> {
        let span = self.span(event.start_mark, event.end_mark);
        self.spend(1, span)?;
        self.uncounted(event, depth)
    }

    /// A node that costs nothing itself: docker compose counts no keys.
    fn uncounted(&mut self, event: Event, depth: usize) -> Result<Node, Stop> {
        let span = self.span(event.start_mark, event.end_mark);
        if depth > MAX_DEPTH {
            return Err(Box::new(
                Diagnostic::error("yaml-too-deep", format!("failed to parse {}: nested too deeply", self.origin.path))
                    .at(span, format!("more than {MAX_DEPTH} levels deep")),
            ));
        }
        let end = usize::try_from(event.end_mark.index).unwrap_or(usize::MAX);
        match event.data {
            EventData::Alias { anchor } => self.alias(&anchor, event.start_mark, span),
            EventData::Scalar { anchor, tag, mut value, style, .. } => {
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) && self.block_end(span, end, &value) {
                    value.pop();
                }
                if let Some(misfit) = misfit(&value, tag.as_deref()) {
                    let message = format!("failed to parse {}: yaml: {misfit}", self.origin.path);
                    self.problem(Diagnostic::error("yaml-invalid", message).at(span, "not what its tag says"));
                }
                let node = scalar_node(value, tag.as_deref(), style, span);
                Ok(self.keep(anchor, 1, node))
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                self.container(anchor, tag.as_deref(), |reader| reader.sequence(span, depth))
            }
            EventData::MappingStart { anchor, tag, .. } => {
                self.container(anchor, tag.as_deref(), |reader| reader.mapping(span, depth))
            }
            _ => Ok(Node::new(Value::Null, span)),
        }
    }

    /// Whether the last line break of a block scalar is the one that was added to the text.
    fn block_end(&self, span: Span, end: usize, value: &str) -> bool {
        let text = self.origin.text;
        if end <= text.len() || !value.ends_with('\n') {
            return false;
        }
        let last_line = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let header = text.get(span.range().start..).unwrap_or_default();
        let header = header.split(|byte| *byte == b'\n').next().unwrap_or_default();
        // A last line of blanks is dropped, unless all line breaks are kept.
        last_line.iter().any(|byte| *byte != b' ') || header.contains(&b'+')
    }

    fn container(
        &mut self,
        anchor: Option<String>,
        tag: Option<&str>,
        read: impl FnOnce(&mut Self) -> Result<Node, Stop>,
    ) -> Result<Node, Stop> {
        let before = self.visits;
        if let Some(anchor) = &anchor {
            self.open.push((anchor.clone(), self.trail.len()));
        }
        let mut node = read(self)?;
        node.directive = directive(tag);
        if anchor.is_some() {
            self.open.pop();
        }
        Ok(self.keep(anchor, self.visits - before + 1, node))
    }

    /// Remembers a node under its anchor.
    fn keep(&mut self, anchor: Option<String>, visits: usize, node: Node) -> Node {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Anchored { node: node.clone(), visits });
        }
        node
    }

    fn alias(&mut self, anchor: &str, mark: Mark, span: Span) -> Result<Node, Stop> {
        if let Some((_, depth)) = self.open.iter().find(|(open, _)| open == anchor) {
            // The way to the alias, and the same way once more from within; a `<<` is no step.
            let (_, inner) = self.trail.split_at(*depth);
            let from = joined(self.trail.iter().chain(inner));
            let to = joined(&self.trail);
            // The text may have worse to come: what is no YAML is told first.
            let problem = self
                .construct(format!("cycle detected: node at path {from} references node at path {to}"))
                .at(span, format!("`*{anchor}` stands inside `&{anchor}`"));
            self.problem(problem);
            return Ok(Node::new(Value::Map(Map::new()), span));
        }
        let Some(found) = self.anchors.get(anchor) else {
            if let Some(error) = scanner_error(self.scanned, mark.index) {
                return Err(Box::new(self.origin.syntax(&error)));
            }
            return Err(Box::new(self.unknown_anchor(anchor, mark, span)));
        };
        let (node, visits) = (found.node.clone(), found.visits);
        self.spend(visits, span)?;
        Ok(node)
    }

    fn unknown_anchor(&self, anchor: &str, mark: Mark, span: Span) -> Diagnostic {
        let message = format!("go-yaml load error in composer at {}: unknown anchor '{anchor}' referenced", at(mark));
        let known = self.anchors.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>();
        let problem =
            Diagnostic::error("yaml-unknown-anchor", format!("failed to parse {}: {message}", self.origin.path))
                .at(span, format!("no `&{anchor}` before this"));
        match diagnostic::did_you_mean(anchor, known) {
            Some(near) => problem.help(format!("did you mean `*{near}`?")),
            None => problem,
        }
    }

    fn spend(&mut self, visits: usize, span: Span) -> Result<(), Stop> {
        self.visits += visits;
        if self.visits <= MAX_VISITS {
            return Ok(());
        }
        let message = format!("compose file exceeds maximum node visit limit ({MAX_VISITS})");
        Err(Box::new(self.construct(message).at(span, "the limit is passed here").note("aliases count at every use")))
    }

    fn sequence(&mut self, start: Span, depth: usize) -> Result<Node, Stop> {
        let mut items = Vec::new();
        loop {
            let event = self.next()?;
            if let EventData::SequenceEnd = event.data {
                let span =
                    whole(start, self.span(event.start_mark, event.end_mark), items.last().map(|n: &Node| n.span));
                return Ok(Node::new(Value::Seq(items.into()), span));
            }
            self.trail.push(Step::Item(items.len()));
            let item = self.node(event, depth + 1)?;
            self.trail.pop();
            items.push(item);
        }
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Result<Node, Stop> {
        let mut entries = Vec::new();
        let mut merges = Vec::new();
        let mut lines = BTreeMap::new();
        let mut last = None;
        loop {
            let event = self.next()?;
            if let EventData::MappingEnd = event.data {
                // What is there wins over what is merged, and an earlier merge over a later one.
                let own: Map = entries.into_iter().collect();
                let merges = merges.into_iter().flatten();
                let map = merges.fold(own, |map: Map, merge: Map| merge.lay(map, |_, _, own| own));
                let span = whole(start, self.span(event.start_mark, event.end_mark), last);
                return Ok(Node::new(Value::Map(map), span));
            }
            let key_mark = event.start_mark;
            let (key_span, merge_key) = (self.span(event.start_mark, event.end_mark), is_merge_key(&event));
            let key = self.key(event, depth)?;
            let again = key.as_ref().and_then(|key| lines.get(key).copied());
            if let (Some(key), Some(first)) = (&key, again) {
                self.duplicate(key, (key_mark.line + 1, key_span), first);
            } else if let Some(key) = &key {
                lines.insert(key.clone(), (key_mark.line + 1, key_span));
            }
            let event = self.next()?;
            if merge_key {
                let value = self.node(event, depth + 1)?;
                last = Some(value.span);
                merges.push(self.merged(value));
                continue;
            }
            self.trail.push(Step::Key(key.clone().unwrap_or_default()));
            let node = self.node(event, depth + 1)?;
            self.trail.pop();
            last = Some(if node.span.source == key_span.source { key_span.to(node.span) } else { key_span });
            let Some(key) = key else { continue };
            if again.is_some() {
                continue;
            }
            entries.push((key, Entry { key: key_span, node }));
        }
    }

    /// The text of a key; `None` after a problem with it was noted.
    fn key(&mut self, event: Event, depth: usize) -> Result<Option<Text>, Stop> {
        let mark = event.start_mark;
        let node = self.uncounted(event, depth + 1)?;
        let span = node.span;
        let shown = match node.value {
            Value::String(key) => return Ok(Some(key)),
            Value::Seq(_) | Value::Map(_) => {
                let shown = go_value(&node);
                let place = at(mark);
                let message = format!(
                    "go-yaml load error in constructor at {place}: cannot use '{shown}' as a map key; try decoding into yaml.Node"
                );
                let problem = self.construct(message).at(span, "a key is one word");
                self.problem(problem);
                return Ok(None);
            }
            Value::Null => "<nil>".to_owned(),
            _ => node.scalar_text().unwrap_or_default(),
        };
        let place = if self.trail.is_empty() {
            "at top level".to_owned()
        } else {
            format!("in {}", joined(&self.trail).replace(".[", "["))
        };
        self.problem(
            Diagnostic::error("non-string-key", format!("non-string key {place}: {shown}"))
                .at(span, "not a string")
                .help(format!("write it in quotes: `\"{shown}\":`")),
        );
        Ok(None)
    }

    /// The mappings a merge key names; the first to have a key wins.
    fn merged(&mut self, value: Node) -> Vec<Map> {
        let span = value.span;
        let maps = match value.value {
            Value::Map(map) => Some(vec![map]),
            Value::Seq(items) => items
                .into_iter()
                .map(|item| match item.value {
                    Value::Map(map) => Some(map),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        maps.unwrap_or_else(|| {
            let place = self.origin.place(span);
            let message = format!(
                "go-yaml load error in constructor at {place}: map merge requires map or sequence of maps as the value"
            );
            let problem = self.construct(message).at(span, "not a mapping");
            self.problem(problem);
            Vec::new()
        })
    }

    fn duplicate(&mut self, key: &str, again: (u64, Span), first: (u64, Span)) {
        let problem = self
            .construct(format!("line {}: mapping key \"{key}\" already defined at line {}", again.0, first.0))
            .at(again.1, "defined again here")
            .related(first.1, "first defined here")
            .help("keep one of the two");
        self.problem(problem);
    }

    /// A problem found while values are made.
    fn construct(&self, message: impl AsRef<str>) -> Diagnostic {
        self.origin.construct(self.root_line, message.as_ref())
    }

    fn problem(&mut self, problem: Diagnostic) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

fn is_merge_key(event: &Event) -> bool {
    matches!(&event.data, EventData::Scalar { value, style: ScalarStyle::Plain, tag: None, .. } if value == "<<")
        || matches!(&event.data, EventData::Scalar { tag: Some(tag), .. } if tag == "tag:yaml.org,2002:merge")
}

/// From the start to the closing bracket; of a block, whose end is the next token, to its last child.
fn whole(start: Span, end: Span, last: Option<Span>) -> Span {
    if end.start < end.end {
        return start.to(end);
    }
    last.filter(|last| last.start >= start.start).map_or(start, |last| start.to(last))
}

/// Steps in go's form: `services.web.ports.[0]`.
fn joined<'s>(steps: impl IntoIterator<Item = &'s Step>) -> String {
    let shown = steps.into_iter().map(|step| match step {
        Step::Key(key) => key.to_string(),
        Step::Item(index) => format!("[{index}]"),
    });
    shown.collect::<Vec<_>>().join(".")
}
