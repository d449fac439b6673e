//! `top`: the processes of containers, in the columns of the engine's `ps`.

use api::ProcessListing;

use super::{escaped, interruptible};
use crate::args::{Global, Top};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;
use crate::output::table::aligned;
use crate::source::Place;

/// The column that stands last: it is the widest.
const COMMAND: &str = "CMD";

pub(super) async fn run(global: &Global, top: Top) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{}/processes?services={}", place.stack, escaped(&top.services.join(",")));
    let listed: Vec<ProcessListing> = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    stdout().text(&written(&listed));
    Ok(())
}

/// Containers may have columns of their own: what one lacks is a dash.
fn written(listed: &[ProcessListing]) -> String {
    let mut titles: Vec<&str> = Vec::new();
    for title in listed.iter().filter(|process| !process.rows.is_empty()).flat_map(|process| &process.titles) {
        if !titles.contains(&title.as_str()) {
            titles.push(title);
        }
    }
    if titles.is_empty() {
        return String::new();
    }
    titles.sort_by_key(|title| *title == COMMAND);
    let mut text = format!("SERVICE\t#\t{}\n", titles.join("\t"));
    for container in listed {
        for row in &container.rows {
            let cell = |title: &&str| {
                let at = container.titles.iter().position(|known| known == title);
                at.and_then(|at| row.get(at)).map_or("-", String::as_str)
            };
            let cells: Vec<String> = titles.iter().map(|title| cell(title).replace(['\t', '\n'], " ")).collect();
            text += &format!("{}\t{}\t{}\n", container.service, container.number, cells.join("\t"));
        }
    }
    aligned(&text, 4, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(service: &str, titles: &[&str], row: &[&str]) -> ProcessListing {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        ProcessListing {
            service: service.to_owned(),
            number: "1".to_owned(),
            titles: owned(titles),
            rows: vec![owned(row)],
            ..ProcessListing::default()
        }
    }

    #[test]
    fn the_command_stands_last() {
        let listed =
            [container("a", &["UID", "CMD"], &["root", "sh"]), container("b", &["PID", "CMD"], &["7", "sleep 1"])];
        assert_eq!(
            written(&listed),
            "SERVICE  #   UID   PID  CMD\na        1   root  -    sh\nb        1   -     7    sleep 1\n"
        );
    }

    #[test]
    fn nothing_running_prints_nothing() {
        assert_eq!(written(&[]), "");
    }
}
