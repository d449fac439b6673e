//! `pause-reconcile` and `resume`: whether composed changes anything of a stack by itself.

use api::StackReport;

use super::interruptible;
use crate::args::{Global, Reconciling};
use crate::connect::connect_to_daemon;
use crate::exit::Exit;
use crate::output::stderr;
use crate::source;

pub(super) async fn pause(global: &Global, which: Reconciling) -> Result<(), Exit> {
    let report = set(global, which, "pause-reconcile").await?;
    let pending = report.pending.len();
    let left = if pending == 0 { String::new() } else { format!("; {pending} steps are left for then") };
    stderr().line(&format!("{} is only looked at until `composectl resume {}`{left}", report.name, report.name));
    Ok(())
}

pub(super) async fn resume(global: &Global, which: Reconciling) -> Result<(), Exit> {
    let report = set(global, which, "resume").await?;
    stderr().line(&format!("{} is kept true again", report.name));
    Ok(())
}

async fn set(global: &Global, which: Reconciling, verb: &str) -> Result<StackReport, Exit> {
    let stack = match which.stack {
        Some(stack) => stack,
        None => source::name(global)?.stack.to_string(),
    };
    let connection = connect_to_daemon(global).await?;
    let path = format!("/stacks/{}/{verb}", super::escaped(&stack));
    interruptible(async { Ok(connection.client.post(&path, &()).await?) }).await
}
