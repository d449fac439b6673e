//! `up`: converge, and keep it so where composed runs.

use std::collections::BTreeMap;
use std::time::Duration;

use api::{Accepted, Recreate, UpOptions};

use super::{interruptible, logs, named, plan, service};
use crate::args::{Global, Up};
use crate::connect::{Connection, connect, say_unsupervised};
use crate::exit::Exit;
use crate::follow::{Until, follow};
use crate::output::progress::Display;
use crate::{output, source};

pub(super) async fn run(global: &Global, up: Up) -> Result<(), Exit> {
    let definition = source::load_to_apply(global)?;
    if definition.project.services.is_empty() {
        return Err(Exit::error("no service selected"));
    }
    let options = options(&up)?;
    if up.dry_run {
        return plan::show(global, definition.source, options, crate::args::Format::Table).await.map(|_| ());
    }
    let connection = connect(global).await?;
    let stack = definition.project.name.to_string();
    let services = options.services.clone();
    let body = api::Up { source: definition.source, options };
    let until = if up.wait { Until::Healthy } else { Until::Settled };
    let mut display = Display::new(global);
    let work = async {
        let accepted: Accepted = connection.client.post(&format!("/stacks/{stack}/up"), &body).await?;
        follow(&connection.client, &stack, accepted.generation, until, services.as_ref(), &mut display).await
    };
    let limit = up.wait_timeout.map_or(Duration::MAX, Duration::from_secs);
    let report = interruptible(async {
        tokio::time::timeout(limit, connection.alone(&stack, work))
            .await
            .unwrap_or_else(|_| Err(Exit::error(format!("{stack} is not up after {} s", limit.as_secs()))))
    })
    .await;
    display.finish();
    report?;
    if up.detach || up.wait {
        if connection.is_local() {
            say_unsupervised(&stack);
        }
        connection.close().await;
        return Ok(());
    }
    attached(global, &connection, &stack, body.source, &up).await
}

/// Shows the output until Ctrl-C, which stops the stack.
async fn attached(
    global: &Global,
    connection: &Connection,
    stack: &str,
    source: api::Source,
    up: &Up,
) -> Result<(), Exit> {
    let shown = logs::follow_all(connection, stack, &up.services);
    match interruptible(shown).await {
        Err(exit) if exit == Exit::interrupted() => {}
        ended => return ended,
    }
    output::stderr().line("Gracefully stopping... press Ctrl+C again to force");
    let stop = api::Stop { source: Some(source), services: named(up.services.clone()), grace: up.timeout };
    let stopped = service::stopping(global, connection, stack, &stop);
    interruptible(stopped).await?;
    Err(Exit::interrupted())
}

fn options(up: &Up) -> Result<UpOptions, Exit> {
    let mut scale = BTreeMap::new();
    for text in &up.scale {
        let pair = text.split_once('=').and_then(|(name, count)| Some((name.to_owned(), count.parse().ok()?)));
        let (name, count) =
            pair.ok_or_else(|| Exit::error(format!("invalid --scale option {text:?}. Should be SERVICE=NUM")))?;
        scale.insert(name, count);
    }
    let recreate = match (up.force_recreate, up.no_recreate) {
        (true, _) => Recreate::Always,
        (_, true) => Recreate::Never,
        _ => Recreate::Drifted,
    };
    Ok(UpOptions {
        services: named(up.services.clone()),
        recreate,
        build: up.build,
        remove_orphans: up.remove_orphans,
        grace: up.timeout,
        scale,
    })
}
