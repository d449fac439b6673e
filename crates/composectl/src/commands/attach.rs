//! `attach`: to what runs in a service's container, as if it ran here; its exit code is the process's.

use api::Attachable;

use super::{interruptible, target};
use crate::args::{Attach, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::session::{Ended, Signals, Streams, detach_keys, work};
use crate::source::Place;
use crate::terminal;

pub(super) async fn run(global: &Global, attach: Attach) -> Result<(), Exit> {
    let service = attach.service.as_deref();
    let service = service.ok_or_else(|| Exit::error("requires at least 1 arg(s), only received 0"))?;
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let container = target::ask(&connection, &place, service, attach.index).await?;
    let path = format!("/stacks/{}/containers/{}", place.stack, container.id);
    let found: Attachable = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    fit(&found)?;
    if found.tty && !attach.no_stdin && !terminal::is_stdin() {
        return Err(Exit::error("the input device is not a TTY"));
    }
    let (keys, detach_keys) = detach_keys(attach.detach_keys.as_deref(), &global.docker);
    let stdin = found.stdin && !attach.no_stdin;
    let streams = Streams { tty: found.tty, stdin, signals: attach.sig_proxy, detach_keys: keys };
    let body = api::Attach { container: container.id, stdin, detach_keys };
    let path = format!("/stacks/{}/attach", place.stack);
    let stream = interruptible(async { Ok(connection.client.upgrade(&path, &body).await?) }).await?;
    let ended = work(stream, &streams, Signals::listen()?).await?;
    connection.close().await;
    match ended {
        Ended::Detached => Err(Exit::error("read escape sequence")),
        Ended::LeftRunning => Err(Exit::error("the container's streams ended, and it runs on")),
        ended if ended.code() == 0 => Ok(()),
        ended => Err(Exit::silent(ended.code())),
    }
}

/// Whether there is something to attach to.
fn fit(found: &Attachable) -> Result<(), Exit> {
    let why = match found.state.as_str() {
        "running" => return Ok(()),
        "paused" => "cannot attach to a paused container, unpause it first",
        "restarting" => "cannot attach to a restarting container, wait until it is running",
        _ => "cannot attach to a stopped container, start it first",
    };
    Err(Exit::error(why))
}
