//! What all files of one load share, and where one set of files stands.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use diagnostic::{Diagnostic, Span};

use crate::Options;
use crate::context::{Context, os_words, remedy};
use crate::environment::Environment;
use crate::reset::Resets;
use crate::resolve::{self, Base};
use crate::tree::{Document, Map, Node, documents};

/// The largest Compose file that is read, in bytes.
const MAX_FILE: usize = 16 << 20;

/// The state of a load.
pub(super) struct Loader<'l, 'c> {
    pub(super) context: &'l mut Context<'c>,
    pub(super) options: Options,
    pub(super) home: Option<&'l Path>,
    /// What is wrong with the rest of a file; told once what comes before it is done with.
    pub(super) late: HashMap<PathBuf, Vec<Diagnostic>>,
    /// What was included already, by files, folder and variables.
    pub(super) included: HashMap<(Vec<PathBuf>, PathBuf, u64), Rc<Node>>,
}

/// One set of files that are read together: those of the project, or those of an include.
pub(super) struct Scope<'s> {
    /// The folder relative files start at, absolute.
    pub(super) folder: &'s Path,
    /// What its variables are.
    pub(super) environment: &'s Environment,
    /// The files that are being read, from the project's own to this one's includer.
    pub(super) chain: &'s [PathBuf],
}

/// A file whose services are extended: each as it is written there, and what its tags take away.
pub(super) struct BaseFile {
    pub(super) services: Map,
    pub(super) resets: Resets,
}

impl<'l, 'c> Loader<'l, 'c> {
    pub(super) fn new(context: &'l mut Context<'c>, options: Options, home: Option<&'l Path>) -> Self {
        Self { context, options, home, late: HashMap::new(), included: HashMap::new() }
    }
}

impl Loader<'_, '_> {
    pub(super) fn report(&mut self, code: &'static str, message: impl Into<String>, span: Span, label: &str) {
        self.context.report(Diagnostic::error(code, message).at(span, label));
    }

    /// Whether a text names something that is not on this machine; that is told.
    pub(super) fn is_remote(&mut self, text: &str, span: Span) -> bool {
        let is_git = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"];
        let remote = text.starts_with("oci://") || is_git.iter().any(|start| text.starts_with(start));
        if remote {
            let problem = Diagnostic::error("remote-file", format!("{text}: remote files are not supported yet"));
            self.context.report(problem.at(span, "not on this machine").help("fetch it, and name the local copy"));
        }
        remote
    }

    /// The documents of a file up to the first that is wrong, see [`Loader::tell_late`]; `None` after a problem was
    /// told. `from` is where the file is named.
    pub(super) fn read(&mut self, path: &Path, from: Option<Span>) -> Option<Vec<Node>> {
        let shown = path.display().to_string();
        let bytes = match self.context.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let words = os_words(&error);
                let mut problem = Diagnostic::error("file-unreadable", format!("open {shown}: {words}"));
                if let Some(span) = from {
                    problem = problem.at(span, words);
                }
                if let Some(remedy) = remedy(&error) {
                    problem = problem.help(remedy);
                }
                self.context.report(problem);
                return None;
            }
        };
        if bytes.len() > MAX_FILE {
            let message = format!("failed to parse {shown}: the file is larger than {} MiB", MAX_FILE >> 20);
            self.context.report(Diagnostic::error("file-too-large", message));
            return None;
        }
        // What is UTF-8 is kept once.
        let (text, broken): (Arc<str>, _) = match String::from_utf8(utf8(bytes)) {
            Ok(text) => (text.into(), None),
            Err(error) => (String::from_utf8_lossy(error.as_bytes()).into(), Some(error.into_bytes())),
        };
        let source = self.context.sources.add(path.to_owned(), Arc::clone(&text));
        if let Some(from) = from {
            self.context.brought_by(source, from);
        }
        let (documents, mut problems) = documents(source, broken.as_deref().unwrap_or(text.as_bytes()), &shown);
        let mut roots = Vec::new();
        for Document { root } in documents {
            if root.as_map().is_none() {
                let problem = Diagnostic::error("not-a-mapping", "top-level object must be a mapping");
                problems = vec![problem.at(root.span, "not a mapping")];
                break;
            }
            roots.push(root);
        }
        if !problems.is_empty() {
            self.late.insert(path.to_owned(), problems);
        }
        Some(roots)
    }

    /// Tells what is wrong with the rest of a file; `None` if something is.
    pub(super) fn tell_late(&mut self, path: &Path) -> Option<()> {
        let Some(problems) = self.late.remove(path) else { return Some(()) };
        self.context.diagnostics.extend(problems);
        None
    }

    /// Joins the relative paths of a tree to a folder.
    pub(super) fn resolve(&self, root: &mut Node, folder: &Path) {
        resolve::paths(root, &Base { folder, home: self.home, files: self.context.files });
    }
}

/// UTF-8 without byte order mark; UTF-16 is told by its mark.
fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    let units = |pair: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(|b| pair([b[0], b[1]])).collect::<Vec<_>>();
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)).into_bytes(),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)).into_bytes(),
        _ => bytes,
    }
}
