//! Ctrl-C and the request to end, in one place: whoever waits for either waits here.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;

static SEEN: AtomicBool = AtomicBool::new(false);

/// Whether one came that somebody waited for.
pub(crate) fn was_seen() -> bool {
    SEEN.load(Ordering::SeqCst)
}

/// Remembers that one came.
pub(crate) fn note() {
    SEEN.store(true, Ordering::SeqCst);
}

/// Waits for the next one. From the first call on they do not end the process by themselves.
pub(crate) async fn interrupted() -> Result<(), Exit> {
    let listen = |kind| signal(kind).map_err(|error| Exit::error(error.to_string()));
    let (mut int, mut term) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    tokio::select! {
        _ = int.recv() => {}
        _ = term.recv() => {}
    }
    note();
    Ok(())
}
