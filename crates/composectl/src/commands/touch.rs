//! `kill`, `pause`, `unpause`, `rm`: something is done to the containers that are there, as by hand.

use std::io::{BufRead as _, Write as _};

use api::{ContainerListing, Progress, ProgressState, Touch, Touched, is_alive};

use super::{interruptible, making, named, service};
use crate::args::{Global, Kill, Pause, Rm};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::output::progress::Display;
use crate::output::{is_true, stderr, stdout};
use crate::source::{self, Place};

/// A verb's route, and its words for a container: while it is at it, when it is done, and when it is refused.
/// None is no line, as with docker compose.
struct Words {
    route: &'static str,
    doing: Option<&'static str>,
    done: &'static str,
    failed: Option<&'static str>,
}

const KILL: Words =
    Words { route: "kill", doing: Some("Killing"), done: "Killed", failed: Some("Error while Killing") };
const PAUSE: Words = Words { route: "pause", doing: None, done: "Paused", failed: None };
const UNPAUSE: Words = Words { route: "unpause", doing: None, done: "Unpaused", failed: None };
const REMOVE: Words = Words { route: "remove", doing: Some("Removing"), done: "Removed", failed: None };

pub(super) async fn kill(global: &Global, kill: Kill) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    place.knows(&kill.services)?;
    let connection = connect(global).await?;
    let removes_orphans = making::removes_orphans(kill.remove_orphans);
    let chosen = chosen(&connection, &place, &kill.services, |container| {
        is_alive(&container.state) && (removes_orphans || place.covers(&container.service))
    });
    let chosen = interruptible(chosen).await?;
    if chosen.is_empty() {
        stderr().line("No container to kill");
        return Ok(());
    }
    let body = Touch { signal: kill.signal, ..Touch::default() };
    interruptible(touch(global, &connection, &place, &KILL, &chosen, body)).await?;
    connection.close().await;
    Ok(())
}

pub(super) async fn pause(global: &Global, pause: Pause) -> Result<(), Exit> {
    paused(global, pause, &PAUSE).await
}

pub(super) async fn unpause(global: &Global, pause: Pause) -> Result<(), Exit> {
    paused(global, pause, &UNPAUSE).await
}

async fn paused(global: &Global, pause: Pause, words: &Words) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    place.knows(&pause.services)?;
    let connection = connect(global).await?;
    let chosen = chosen(&connection, &place, &pause.services, |container| {
        is_alive(&container.state) && container.number.is_some() && place.covers(&container.service)
    });
    let chosen = interruptible(chosen).await?;
    interruptible(touch(global, &connection, &place, words, &chosen, Touch::default())).await?;
    connection.close().await;
    Ok(())
}

pub(super) async fn rm(global: &Global, rm: Rm) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    place.knows(&rm.services)?;
    let connection = connect(global).await?;
    if rm.stop {
        // As with `-p` alone nothing but labels may be there to stop by.
        let source = source::name(global)?.source();
        let body = api::Stop { source, services: named(rm.services.clone()), grace: None };
        interruptible(service::stopping(global, &connection, place.stack.as_str(), &body)).await?;
    }
    let chosen = chosen(&connection, &place, &rm.services, |container| {
        !is_alive(&container.state) && container.number.is_some() && place.covers(&container.service)
    });
    let chosen = interruptible(chosen).await?;
    if chosen.is_empty() {
        stderr().line("No stopped containers");
        return Ok(());
    }
    let names: Vec<&str> = chosen.iter().map(|container| container.name.as_str()).collect();
    let question = format!("Going to remove {}", names.join(", "));
    if rm.force {
        stdout().line(&question);
    } else if !is_agreed(&question) {
        return Ok(());
    }
    let body = Touch { volumes: rm.volumes, ..Touch::default() };
    interruptible(touch(global, &connection, &place, &REMOVE, &chosen, body)).await?;
    connection.close().await;
    Ok(())
}

/// The containers of the project, or of some of its services, that are fit.
async fn chosen(
    connection: &Connection,
    place: &Place,
    services: &[String],
    is_fit: impl Fn(&ContainerListing) -> bool,
) -> Result<Vec<ContainerListing>, Exit> {
    let path = format!("/stacks/{}/containers", place.stack);
    let mut containers: Vec<ContainerListing> = connection.client.get(&path).await?;
    containers.retain(|container| (services.is_empty() || services.contains(&container.service)) && is_fit(container));
    Ok(containers)
}

/// Asks for it, and tells what became of each.
async fn touch(
    global: &Global,
    connection: &Connection,
    place: &Place,
    words: &Words,
    chosen: &[ContainerListing],
    body: Touch,
) -> Result<(), Exit> {
    let mut display = Display::new(global);
    let mut show = |container: &ContainerListing, state, text: &str| {
        let id = format!("Container {}", container.name);
        display.show(&Progress { generation: 0, id, state, text: text.to_owned(), details: String::new() });
    };
    if let Some(doing) = words.doing {
        chosen.iter().for_each(|container| show(container, ProgressState::Working, doing));
    }
    let containers = chosen.iter().map(|container| container.id.clone()).collect();
    let body = Touch { containers, ..body };
    let path = format!("/stacks/{}/{}", place.stack, words.route);
    let touched: Vec<Touched> =
        connection.alone(place.stack.as_str(), async { Ok(connection.client.post(&path, &body).await?) }).await?;
    let mut refused = None;
    for container in chosen {
        match touched.iter().find(|touched| touched.id == container.id) {
            Some(Touched { error, .. }) if !error.is_empty() => {
                if let Some(failed) = words.failed {
                    show(container, ProgressState::Error, failed);
                }
                refused.get_or_insert_with(|| error.clone());
            }
            _ => show(container, ProgressState::Done, words.done),
        }
    }
    display.finish();
    refused.map_or(Ok(()), |message| Err(Exit::error(message)))
}

/// Asks, and reads one word; the end of the input is a no.
fn is_agreed(question: &str) -> bool {
    let paint = stdout();
    paint.text(question);
    if paint.is_terminal() {
        paint.text("? [y/N] ");
    }
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    is_true(answer.split_whitespace().next().unwrap_or_default())
}
