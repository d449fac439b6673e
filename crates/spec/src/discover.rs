//! Which files a stack is made of, and which folder it is of.

use std::path::{Path, PathBuf};

use diagnostic::Diagnostic;

use crate::context::Context;
use crate::environment::Environment;
use crate::paths::absolute;
use crate::{FileKind, Files, Request};

const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// The Compose files of a request, absolute, in the order they are merged: those of `-f`, else those of
/// `COMPOSE_FILE`, else the first of the usual names from the working directory upwards, with its override.
///
/// # Errors
/// A diagnostic when there is none.
#[expect(clippy::result_large_err, reason = "an error ends the load; nothing is gained by a box")]
pub fn discover(request: &Request, files: &dyn Files) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut context = Context::new(files, &request.working_dir);
    place(&mut context, request).map(|place| place.files).map_err(|problem| *problem)
}

/// The file that is read from standard input, as `-f` names it. It is in no folder.
pub(crate) const STDIN: &str = "-";

fn folder_of(file: &Path) -> Option<PathBuf> {
    if file == Path::new(STDIN) { None } else { file.parent().map(Path::to_owned) }
}

/// The files, the project's folder and its variables.
pub(crate) struct Place {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) folder: PathBuf,
    pub(crate) environment: Environment,
}

/// Finds the files. Variables come before them, because `.env` may name them, and after them, because the
/// folder they are found in may have a `.env` of its own.
pub(crate) fn place(context: &mut Context<'_>, request: &Request) -> Result<Place, Box<Diagnostic>> {
    let here = |path: &Path| {
        if path == Path::new(STDIN) { path.to_owned() } else { absolute(&request.working_dir, path) }
    };
    let mut environment = Environment(request.environment.clone());
    let given: Vec<PathBuf> = request.config_files.iter().map(|path| here(path)).collect();
    let project = request.project_directory.as_deref().map(here);
    let first_folder = given.first().and_then(|file| folder_of(file));
    let early = project.clone().or(first_folder).unwrap_or_else(|| request.working_dir.clone());
    environment.read_files(context, request, &early);

    let files = if given.is_empty() { listed(context, &environment, &here) } else { given };
    let files = if files.is_empty() { search(context, request)? } else { files };
    let folder = project
        .or_else(|| files.first().and_then(|file| folder_of(file)))
        .unwrap_or_else(|| request.working_dir.clone());
    if folder != early && request.env_files.is_empty() {
        environment.read_default(context, &folder);
    }
    Ok(Place { files, folder, environment })
}

/// The files of `COMPOSE_FILE`.
fn listed(context: &Context<'_>, environment: &Environment, here: &dyn Fn(&Path) -> PathBuf) -> Vec<PathBuf> {
    context.reference("COMPOSE_FILE");
    context.reference("COMPOSE_PATH_SEPARATOR");
    let Some(list) = environment.get("COMPOSE_FILE").filter(|list| !list.is_empty()) else { return Vec::new() };
    let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|text| !text.is_empty()).unwrap_or(":");
    list.split(separator).map(|path| here(Path::new(path))).collect()
}

fn search(context: &mut Context<'_>, request: &Request) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    for folder in request.working_dir.ancestors() {
        let found = present(context, folder, &NAMES);
        let Some(first) = found.first() else { continue };
        several(context, "config files", &found);
        let overrides = present(context, folder, &OVERRIDES);
        several(context, "override files", &overrides);
        return Ok(std::iter::once(first.clone()).chain(overrides.into_iter().next()).collect());
    }
    let folder = request.working_dir.display();
    let problem = Diagnostic::error("no-file", "no configuration file provided: not found")
        .note(format!("looked for {} in {folder} and the folders above", NAMES.join(", ")))
        .help("name a file with `-f`, or go to the folder of the stack");
    Err(Box::new(problem))
}

fn present(context: &Context<'_>, folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    let paths = names.iter().map(|name| folder.join(name));
    paths.filter(|path| context.kind(path) == Some(FileKind::File)).collect()
}

fn several(context: &mut Context<'_>, what: &str, found: &[PathBuf]) {
    if let [first, _, ..] = found {
        let all = found.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        let message = format!("Found multiple {what} with supported names: {all}");
        let warning =
            |message| Diagnostic::warning("several-files", message).help("name one with `-f`, or remove the others");
        context.report(warning(message));
        context.report(warning(format!("Using {}", first.display())));
    }
}
