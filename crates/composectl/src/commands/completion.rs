//! `completion`: what a shell has to be told once. And `__complete`: what it asks from then on, in the words docker
//! and its plugins ask each other in: a candidate a line, a tab and what it is, and last `:` and a number that says
//! how they are meant.

use std::time::Duration;

use api::ProjectListing;
use clap::{Args as _, CommandFactory as _, FromArgMatches as _};
use model::Project;

use crate::args::{Args, Candidates, Completion, Global, Shell};
use crate::complete::{Typed, Wanted, typed};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;
use crate::source;

/// How long somebody who types waits for an engine.
const PATIENCE: Duration = Duration::from_millis(500);

/// Bits of the number at the end: nothing is to follow at once, no files of this folder, only folders of it.
const NO_SPACE: u8 = 2;
const NO_FILES: u8 = 4;
const FOLDERS: u8 = 16;

#[expect(clippy::unnecessary_wraps, reason = "a verb has an end that may be bad")]
pub(super) fn run(completion: &Completion) -> Result<(), Exit> {
    stdout().text(match completion.shell {
        Shell::Bash => include_str!("../../completion/composectl.bash"),
        Shell::Zsh => include_str!("../../completion/composectl.zsh"),
        Shell::Fish => include_str!("../../completion/composectl.fish"),
    });
    Ok(())
}

/// Answers what fits at the end of a line. What cannot be found out is no candidate, and nothing is said of it: a
/// message would stand in the middle of what somebody types.
pub(super) async fn candidates(global: &Global, line: &Candidates, is_told: bool) -> Result<(), Exit> {
    let mut root = Args::command();
    root.build();
    let typed = typed(&root, &line.words);
    let (found, how) = found(global, &typed).await;
    let paint = stdout();
    for (word, what) in found.iter().filter(|(word, _)| word.starts_with(&typed.last)) {
        match is_told && !what.is_empty() {
            true => paint.line(&format!("{word}\t{what}")),
            false => paint.line(word),
        }
    }
    paint.line(&format!(":{how}"));
    Ok(())
}

async fn found(global: &Global, typed: &Typed) -> (Vec<(String, String)>, u8) {
    let services = |then: &str| {
        let project = project(global, typed);
        let names = project.iter().flat_map(|project| project.services.keys().chain(project.disabled_services.keys()));
        names.map(|name| (format!("{name}{then}"), String::new())).collect::<Vec<_>>()
    };
    match &typed.wanted {
        Wanted::Words(words) => (words.clone(), NO_FILES),
        Wanted::Services { then: "" } => (services(""), NO_FILES),
        Wanted::Services { then } => (services(then), NO_FILES | NO_SPACE),
        Wanted::ServicePath if typed.last.contains(':') => (Vec::new(), NO_FILES),
        // Where no service fits, a file of this folder may.
        Wanted::ServicePath => (services(":"), NO_SPACE),
        Wanted::Profiles => (project(global, typed).as_ref().map(profiles).unwrap_or_default(), NO_FILES),
        Wanted::Projects => (projects(global, typed).await.unwrap_or_default(), NO_FILES),
        Wanted::Files => (Vec::new(), 0),
        Wanted::Folders => (Vec::new(), FOLDERS),
        Wanted::Nothing => (Vec::new(), NO_FILES),
    }
}

/// The flags before the verb, as far as they stand there.
fn flags(global: &Global, typed: &Typed) -> Option<Global> {
    let parser = Global::augment_args(clap::Command::new("composectl")).ignore_errors(true);
    let words = std::iter::once("composectl").chain(typed.global.iter().map(String::as_str));
    let flags = Global::from_arg_matches(&parser.try_get_matches_from(words).ok()?).ok()?;
    Some(Global { docker: global.docker.clone(), ..flags })
}

/// The project at hand. Standard input is what is being typed, and no file.
fn project(global: &Global, typed: &Typed) -> Option<Project> {
    let flags = flags(global, typed)?;
    if flags.files.iter().any(|file| file.as_os_str() == "-") {
        return None;
    }
    spec::load(&source::request(&flags).ok()?, &composed::OsFiles).project
}

fn profiles(project: &Project) -> Vec<(String, String)> {
    let services = project.services.values().chain(project.disabled_services.values());
    let mut names: Vec<String> = services.flat_map(|service| &service.profiles).map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| (name, String::new())).collect()
}

/// The projects of the engine, if it answers at once.
async fn projects(global: &Global, typed: &Typed) -> Option<Vec<(String, String)>> {
    let flags = flags(global, typed)?;
    let asked = async { Ok::<_, Exit>(connect(&flags).await?.client.get::<Vec<ProjectListing>>("/projects").await?) };
    let listed = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    Some(listed.into_iter().map(|project| (project.name, project.config_files)).collect())
}
