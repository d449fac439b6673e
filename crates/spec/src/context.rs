//! What every phase of loading shares: the files, and what is told about them afterwards.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use diagnostic::{Diagnostic, Label, SourceId, Sources, Span};

use crate::{FileKind, Files};

/// How many bytes of variables one load fills in. A variable may hold another one twice, and that one a third one
/// twice: without a bound a few lines fill any memory.
const MAX_FILLED: usize = 64 << 20;

/// Reads files and collects problems.
pub(crate) struct Context<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Every path that was looked at, present or not.
    pub(crate) inputs: RefCell<BTreeSet<PathBuf>>,
    /// Every variable that was looked up.
    pub(crate) referenced: RefCell<BTreeSet<String>>,
    /// How many bytes of variables were filled in.
    filled: Cell<usize>,
    /// Texts that another text brought in, by `include` or `extends`, and where it did.
    brought: BTreeMap<SourceId, Span>,
    /// Whether what is hardly meant is remarked on.
    pub(crate) lints: bool,
    /// Whether nobody named the project, so that it is called as its folder.
    pub(crate) is_named_by_folder: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn new(files: &'a dyn Files, base: &Path) -> Self {
        Self {
            files,
            sources: Sources::new(Some(base.to_owned())),
            diagnostics: Vec::new(),
            inputs: RefCell::default(),
            referenced: RefCell::default(),
            filled: Cell::new(0),
            brought: BTreeMap::new(),
            lints: false,
            is_named_by_folder: false,
        }
    }

    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.inputs.borrow_mut().insert(path.to_owned());
        self.files.read(path)
    }

    pub(crate) fn kind(&self, path: &Path) -> Option<FileKind> {
        self.inputs.borrow_mut().insert(path.to_owned());
        self.files.kind(path)
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Remembers which place brought a text in.
    pub(crate) fn brought_by(&mut self, source: SourceId, from: Span) {
        self.brought.insert(source, from);
    }

    /// Adds to every problem in a text that was brought in the way from the project's own file to it.
    pub(crate) fn name_chains(&mut self) {
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        for diagnostic in &mut diagnostics {
            let mut source = diagnostic.primary.as_ref().map(|label| label.span.source);
            // A text is brought in by one that was read before, so the way ends.
            while let Some(from) = source.and_then(|source| self.brought.get(&source)) {
                diagnostic.related.push(Label { span: *from, text: "brought in here".to_owned() });
                source = Some(from.source);
            }
        }
        self.diagnostics = diagnostics;
    }

    /// The value of a variable, to be filled in; nothing any more once that is too much, which is to be asked for
    /// afterwards.
    pub(crate) fn fill_in(&self, value: &str) -> String {
        self.filled.set(self.filled.get().saturating_add(value.len()));
        if self.is_overfilled() { String::new() } else { value.to_owned() }
    }

    /// Whether more was filled in than any stack needs. Everything that was since then is wrong.
    pub(crate) fn is_overfilled(&self) -> bool {
        self.filled.get() > MAX_FILLED
    }

    /// What is to be told then.
    pub(crate) fn overfilled() -> String {
        format!("variables fill in more than {} MiB", MAX_FILLED >> 20)
    }

    /// Notes that a variable was looked up.
    pub(crate) fn reference(&self, name: &str) {
        let mut referenced = self.referenced.borrow_mut();
        if !referenced.contains(name) {
            referenced.insert(name.to_owned());
        }
    }
}

/// What to do about a file that is there and is none that can be read; nothing where the error says all there is.
pub(crate) fn remedy(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Some("name the file that is meant: none of this kind is that long"),
        io::ErrorKind::InvalidInput | io::ErrorKind::TimedOut => {
            Some("write what comes out of it to a file, and name that")
        }
        _ => None,
    }
}

/// An I/O error in the words docker compose has for it.
pub(crate) fn os_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => error.to_string(),
    }
}
