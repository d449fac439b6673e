//! The variables a stack sees: those of the client, then those of `.env` or of `--env-file`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostic::Diagnostic;

use crate::context::{Context, os_words, remedy};
use crate::dotenv;
use crate::{FileKind, Request};

/// Variables by name; what the client has wins over what files say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Environment(pub(crate) BTreeMap<String, String>);

impl Environment {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A variable while files of variables are read: an empty one counts as none there.
    pub(crate) fn get_filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Takes over what is not there yet.
    pub(crate) fn fill(&mut self, variables: BTreeMap<String, String>) {
        for (name, value) in variables {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Adds what files say to the variables of the client: the named files, a later one winning, else the
    /// `.env` of `folder`.
    pub(crate) fn read_files(&mut self, context: &mut Context<'_>, request: &Request, folder: &Path) {
        let named = named_files(context, request);
        if named.is_empty() {
            self.read_default(context, folder);
            return;
        }
        let mut variables = BTreeMap::new();
        for path in &named {
            let Some(file) = self.read(context, path, &variables, true) else { continue };
            variables.extend(file);
        }
        self.fill(variables);
    }

    /// Reads `folder/.env` if it is a file and not switched off.
    pub(crate) fn read_default(&mut self, context: &mut Context<'_>, folder: &Path) {
        context.reference("COMPOSE_DISABLE_ENV_FILE");
        if self.get("COMPOSE_DISABLE_ENV_FILE").is_some_and(is_true) {
            return;
        }
        let path = folder.join(".env");
        if context.kind(&path) != Some(FileKind::File) {
            return;
        }
        if let Some(variables) = self.read(context, &path, &BTreeMap::new(), false) {
            self.fill(variables);
        }
    }

    fn read(
        &self,
        context: &mut Context<'_>,
        path: &Path,
        earlier: &BTreeMap<String, String>,
        named: bool,
    ) -> Option<BTreeMap<String, String>> {
        let bytes = match context.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let shown = path.display();
                let message = match error.kind() {
                    std::io::ErrorKind::NotFound if named => format!("couldn't find env file: {shown}"),
                    std::io::ErrorKind::IsADirectory => format!("{shown} is a directory"),
                    _ => format!("couldn't read env file: {shown}: {}", os_words(&error)),
                };
                let problem = Diagnostic::error("env-file-missing", message);
                context.report(match remedy(&error) {
                    Some(remedy) => problem.help(remedy),
                    None => problem,
                });
                return None;
            }
        };
        let earlier = |name: &str| earlier.get(name).map(String::as_str);
        let lookup = |name: &str| self.get_filled(name).or_else(|| earlier(name)).map(str::to_owned);
        dotenv::parse(context, path, &bytes, &lookup, BTreeMap::new())
    }
}

/// The files the variables of a project in `folder` come from, whether they are there or not.
pub(crate) fn files(context: &Context<'_>, request: &Request, folder: &Path) -> Vec<PathBuf> {
    let named = named_files(context, request);
    if named.is_empty() { vec![folder.join(".env")] } else { named }
}

/// The files of `--env-file`, else those of `COMPOSE_ENV_FILES`.
fn named_files(context: &Context<'_>, request: &Request) -> Vec<PathBuf> {
    let absolute = |path: &Path| crate::paths::absolute(&request.working_dir, path);
    if !request.env_files.is_empty() {
        return request.env_files.iter().map(|path| absolute(path)).collect();
    }
    context.reference("COMPOSE_ENV_FILES");
    let listed = request.environment.get("COMPOSE_ENV_FILES").map_or("", String::as_str);
    listed.split(',').filter(|path| !path.is_empty()).map(|path| absolute(Path::new(path))).collect()
}

/// Go's `ParseBool`, as far as it says true.
pub(crate) fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}
