//! `plan`: what `up` would do and why.

use api::{PlanRequest, Planned, Source, UpOptions};

use super::{interruptible, named};
use crate::args::{Format, Global, Plan};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;
use crate::source;

/// The exit code that says that there is something to do.
const PENDING: u8 = 2;

pub(super) async fn run(global: &Global, plan: Plan) -> Result<(), Exit> {
    let definition = source::load_to_apply(global, &plan.services)?;
    let options = UpOptions { services: named(plan.services), ..UpOptions::default() };
    let planned = show(global, definition.source, options, plan.format).await?;
    if planned.steps.is_empty() { Ok(()) } else { Err(Exit::silent(PENDING)) }
}

/// Prints what would be done.
pub(super) async fn show(global: &Global, source: Source, options: UpOptions, format: Format) -> Result<Planned, Exit> {
    let connection = connect(global).await?;
    let body = PlanRequest { source, options };
    let planned: Planned = interruptible(async { Ok(connection.client.post("/plan", &body).await?) }).await?;
    let paint = stdout();
    match format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&planned).map_err(|error| Exit::error(error.to_string()))?;
            paint.line(&text);
        }
        Format::Table => {
            // The text may be holds alone, or nothing at all.
            planned.text.trim_end().lines().for_each(|line| paint.line(line));
            if planned.steps.is_empty() {
                paint.line("nothing to do");
            }
        }
    }
    Ok(planned)
}
