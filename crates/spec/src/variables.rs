//! What variables there are: those the files mention, and those the project has. Nothing is filled in, merged or
//! checked here.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::discover::place;
use crate::interpolate::{Variable, mentions};
use crate::render::Tree;
use crate::tree::{Node, Value};
use crate::{Files, Request};

/// The variables a tree mentions; of several mentions the first in the order of paths counts.
#[must_use]
pub fn variables(tree: &Tree) -> BTreeMap<String, Variable> {
    let mut found = BTreeMap::new();
    walk(tree.root(), &mut found);
    found
}

/// The variables that values are filled in with: those of the request, then those of `.env` or of the files
/// named instead. `COMPOSE_PROJECT_NAME` is among them only where one of these has it.
#[must_use]
pub fn environment(request: &Request, files: &dyn Files) -> BTreeMap<String, String> {
    let mut context = Context::new(files, &request.working_dir);
    place(&mut context, request).map_or_else(|_| request.environment.clone(), |place| place.environment.0)
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
    use crate::{MemoryFiles, Options, load_with};

    fn request() -> Request {
        Request { working_dir: "/p".into(), ..Request::default() }
    }

    #[test]
    fn variables_of_all_files_are_found_and_the_first_mention_counts() {
        let files = MemoryFiles::default()
            .with("/p/compose.yaml", "include: [a/x.yaml]\nservices: {a: {image: '${A:-1}', user: '${A:-2}'}}\n")
            .with("/p/a/x.yaml", "services: {b: {image: '$B'}}\n");
        let options = Options { interpolate: false, stop_at_tree: true, ..Options::default() };
        let tree = load_with(&request(), &files, options).tree.unwrap();
        let found = variables(&tree);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(found["A"].default, "1");
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
