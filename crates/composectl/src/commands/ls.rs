//! `ls`: every project of the engine, docker compose's own ones too.

use api::ProjectListing;
use serde_json::json;

use super::interruptible;
use crate::args::{Global, Ls};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;
use crate::output::table::table;

pub(super) async fn run(global: &Global, ls: Ls) -> Result<(), Exit> {
    let filters = filters(&ls.filter)?;
    let connection = connect(global).await?;
    let mut projects: Vec<ProjectListing> =
        interruptible(async { Ok(connection.client.get("/projects").await?) }).await?;
    projects.retain_mut(|project| {
        if !ls.all {
            project.states.retain(|state, _| api::is_alive(state));
        }
        !project.states.is_empty() && filters.iter().all(|filter| filter.is_match(&project.name))
    });
    let paint = stdout();
    if ls.quiet {
        projects.iter().for_each(|project| paint.line(&project.name));
        return Ok(());
    }
    match ls.format.as_str() {
        "json" => {
            let listed: Vec<_> = projects
                .iter()
                .map(|p| json!({ "Name": p.name, "Status": status(p), "ConfigFiles": files(p) }))
                .collect();
            paint.line(&serde_json::Value::from(listed).to_string());
        }
        "" | "table" | "pretty" => {
            let rows: Vec<Vec<String>> =
                projects.iter().map(|p| vec![p.name.clone(), status(p), files(p).to_owned()]).collect();
            paint.text(&table(&["NAME", "STATUS", "CONFIG FILES"], &rows));
        }
        other => return Err(unknown_format(other)),
    }
    Ok(())
}

pub(super) fn unknown_format(format: &str) -> Exit {
    Exit::error(format!("format value {} could not be parsed: parsing failed", diagnostic::quoted(format)))
}

/// Patterns for names; several narrow it down.
fn filters(given: &[String]) -> Result<Vec<regex::Regex>, Exit> {
    given
        .iter()
        .map(|filter| match filter.split_once('=') {
            Some(("name", pattern)) => regex::Regex::new(pattern).map_err(|error| Exit::error(error.to_string())),
            Some((key, _)) => Err(Exit::error(format!("invalid filter '{key}'"))),
            None => Err(Exit::error(format!(
                "invalid argument {} for \"--filter\" flag: bad format of filter (expected name=value)",
                diagnostic::quoted(filter)
            ))),
        })
        .collect()
}

/// `exited(1), running(2)`
fn status(project: &ProjectListing) -> String {
    let states: Vec<String> = project.states.iter().map(|(state, count)| format!("{state}({count})")).collect();
    states.join(", ")
}

fn files(project: &ProjectListing) -> &str {
    if project.config_files.is_empty() { "N/A" } else { &project.config_files }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_counted_in_their_order() {
        let states = [("running".to_owned(), 2), ("exited".to_owned(), 1)].into_iter().collect();
        let project = ProjectListing { states, ..ProjectListing::default() };
        assert_eq!((status(&project).as_str(), files(&project)), ("exited(1), running(2)", "N/A"));
    }

    #[test]
    fn only_names_are_filtered_by() {
        let names = |filter: &str| filters(&[filter.to_owned()]);
        assert!(names("name=^sh").unwrap()[0].is_match("shop"));
        assert_eq!(names("a=b").unwrap_err().message.unwrap(), "invalid filter 'a'");
        assert!(names("a").unwrap_err().message.unwrap().ends_with("bad format of filter (expected name=value)"));
    }
}
