//! `why`: what a service waits for, down to what everything hangs on.

use api::{Link, Phase};

use super::status::state;
use super::{escaped, interruptible};
use crate::args::{Format, Global, Why};
use crate::connect::connect_to_daemon;
use crate::exit::Exit;
use crate::output::{Paint, printable, stdout};
use crate::source;

pub(super) async fn run(global: &Global, asked: Why) -> Result<(), Exit> {
    let stack = source::name(global)?.stack;
    let connection = connect_to_daemon(global).await?;
    let path = format!("/stacks/{stack}/why/{}", escaped(&asked.service));
    let why: api::Why = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    let paint = stdout();
    if asked.format == Format::Json {
        paint.line(&serde_json::to_string_pretty(&why).map_err(|error| Exit::error(error.to_string()))?);
        return Ok(());
    }
    if why.phase == Phase::Paused {
        paint.line(&format!("{} reconciling is paused; `composectl resume` goes on", paint.yellow("hold:")));
    }
    for link in &why.links {
        show(paint, link);
    }
    Ok(())
}

/// A service, and all that is known of it, deeper the farther it is away.
fn show(paint: Paint, link: &Link) {
    let margin = "  ".repeat(link.depth as usize);
    let states: Vec<String> = link.containers.iter().map(|found| format!("{} {}", found.name, state(found))).collect();
    let states = if states.is_empty() { "not there".to_owned() } else { states.join("; ") };
    paint.line(&format!("{margin}{}  {states}", paint.bold(&link.service)));
    for reason in &link.reasons {
        paint.line(&format!("{margin}  {} {reason}", paint.yellow("hold:")));
    }
    for refusal in &link.refusals {
        paint.line(&format!("{margin}  {} {refusal}", paint.red("refused:")));
    }
    for step in &link.steps {
        paint.line(&format!("{margin}  {step}"));
    }
    if link.reasons.is_empty() && link.refusals.is_empty() && link.steps.is_empty() {
        paint.line(&format!("{margin}  as asked for"));
    }
    for line in &link.log {
        paint.line(&format!("{margin}  {} {}", paint.dim("|"), printable(line)));
    }
}
