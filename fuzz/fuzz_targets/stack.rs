//! Any text as a whole stack: loaded, remarked on, printed, shown. What is printed loads to the same again.
#![no_main]

use diagnostic::render::{Style, details, json, text};
use spec::{MemoryFiles, Options, Request};

libfuzzer_sys::fuzz_target!(init: spec::keep_parser_quiet(), |file: &str| {
    // A byte that separates the Compose file from its `.env`, which also is an `env_file` and an include.
    let (compose, variables) = file.split_once('\u{1}').unwrap_or((file, "A=1\n"));
    let files = MemoryFiles::default().with("/p/compose.yaml", compose).with("/p/.env", variables).with("/p/e", variables);
    let request = Request { working_dir: "/p".into(), ..Request::default() };
    let loaded = spec::check(&request, &files);
    for found in loaded.diagnostics.iter().chain(&loaded.unbuilt) {
        let style = Style { color: false, width: 80 };
        let shown = text(&loaded.sources, found, &style) + &details(&loaded.sources, found, &style);
        assert!(!shown.contains('\u{1b}'), "an escape of the input is shown");
        let _ = (json(&loaded.sources, found), spec::compose_words(&loaded.sources, found));
    }
    if let Some(project) = &loaded.project {
        let _ = (spec::render::yaml(project), spec::render::json(project));
    }
    let raw = spec::load_with(&request, &files, Options { interpolate: false, ..Options::default() });
    if let Some(tree) = &raw.tree {
        let _ = (tree.yaml(), tree.json(), spec::variables(tree));
    }
});
