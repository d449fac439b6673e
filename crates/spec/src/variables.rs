//! What variables there are: those the files mention, and those the project has. Nothing is filled in, merged or
//! checked here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::discover::place;
use crate::interpolate::{Variable, mentions};
use crate::load::{Loaded, finished, read};
use crate::paths::absolute;
use crate::tree::{Node, Value};
use crate::{Files, Request};

/// The variables the files of a request mention, included files too; of several mentions the first in the order
/// of paths counts.
///
/// # Errors
/// What keeps the files from being read, as [`load`](crate::load) tells it.
pub fn variables(request: &Request, files: &dyn Files) -> Result<BTreeMap<String, Variable>, Box<Loaded>> {
    let mut context = Context::new(files, &request.working_dir);
    let mut found = BTreeMap::new();
    match place(&mut context, request) {
        Ok(place) => {
            let mut seen = BTreeSet::new();
            for path in place.files {
                file(&mut context, path, &mut seen, &mut found);
            }
        }
        Err(problem) => context.report(*problem),
    }
    if context.has_errors() { Err(Box::new(finished(context, None))) } else { Ok(found) }
}

/// The variables that values are filled in with: those of the request, then those of `.env` or of the files
/// named instead. `COMPOSE_PROJECT_NAME` is among them only where one of these has it.
#[must_use]
pub fn environment(request: &Request, files: &dyn Files) -> BTreeMap<String, String> {
    let mut context = Context::new(files, &request.working_dir);
    place(&mut context, request).map_or_else(|_| request.environment.clone(), |place| place.environment.0)
}

fn file(
    context: &mut Context<'_>,
    path: PathBuf,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut BTreeMap<String, Variable>,
) {
    if !seen.insert(path.clone()) {
        return;
    }
    for root in read(context, &path).unwrap_or_default() {
        walk(&root, found);
        let folder = path.parent().unwrap_or(Path::new("/"));
        for included in included(&root) {
            // A path with variables in it leads nowhere while none is filled in.
            if !included.contains('$') {
                file(context, absolute(folder, Path::new(included)), seen, found);
            }
        }
    }
}

/// The paths of `include`.
fn included(root: &Node) -> Vec<&str> {
    let items = root.get("include").and_then(Node::as_seq).unwrap_or_default();
    let paths = items.iter().map(|item| item.get("path").unwrap_or(item));
    paths.flat_map(|path| path.as_seq().unwrap_or(std::slice::from_ref(path))).filter_map(Node::as_str).collect()
}

fn walk(node: &Node, found: &mut BTreeMap<String, Variable>) {
    match &node.value {
        Value::String(text) => mentions(text, &mut |variable| {
            found.entry(variable.name.clone()).or_insert(variable);
        }),
        Value::Seq(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Map(map) => map.values().for_each(|entry| walk(&entry.node, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryFiles;

    fn request() -> Request {
        Request { working_dir: "/p".into(), ..Request::default() }
    }

    #[test]
    fn variables_of_all_files_are_found_and_the_first_mention_counts() {
        let files = MemoryFiles::default()
            .with(
                "/p/compose.yaml",
                "include: [a/x.yaml, '$Z/y.yaml']\nservices: {a: {image: '${A:-1}', user: '${A:-2}'}}\n",
            )
            .with("/p/a/x.yaml", "include: [{path: [../compose.yaml]}]\nservices: {b: {image: '$B'}}\n");
        let found = variables(&request(), &files).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["A", "B", "Z"]);
        assert_eq!(found["A"].default, "1");
    }

    #[test]
    fn a_file_that_is_no_yaml_is_told() {
        let files = MemoryFiles::default().with("/p/compose.yaml", "services: [");
        let loaded = variables(&request(), &files).unwrap_err();
        assert_eq!(loaded.diagnostics.len(), 1);
    }

    #[test]
    fn the_environment_is_that_of_the_client_and_of_its_files() {
        let files = MemoryFiles::default().with("/p/compose.yaml", "services: {}").with("/p/.env", "A=1\nB=$A$C\n");
        let request = Request { environment: [("C".to_owned(), "3".to_owned())].into(), ..request() };
        let found: Vec<_> =
            environment(&request, &files).into_iter().map(|(name, value)| name + "=" + &value).collect();
        assert_eq!(found, ["A=1", "B=13", "C=3"]);
    }
}
