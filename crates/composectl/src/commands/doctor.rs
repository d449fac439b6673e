//! `doctor`: what is found out about the installation, by the daemon where one runs, and what to do about it.

use api::{Check, ClientError, Verdict, VersionReport};

use super::interruptible;
use crate::args::{Doctor, Format, Global};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::output::{Paint, stdout};

pub(super) async fn run(global: &Global, doctor: Doctor) -> Result<(), Exit> {
    let checks = interruptible(async { Ok(checks(global).await) }).await?;
    let paint = stdout();
    match doctor.format {
        Format::Json => {
            paint.line(&serde_json::to_string_pretty(&checks).map_err(|error| Exit::error(error.to_string()))?);
        }
        Format::Table => checks.iter().for_each(|check| show(paint, check)),
    }
    match checks.iter().any(|check| check.verdict == Verdict::Problem) {
        true => Err(Exit::silent(1)),
        false => Ok(()),
    }
}

async fn checks(global: &Global) -> Vec<Check> {
    let connection = match connect(global).await {
        Ok(connection) => connection,
        // Whoever cannot be asked is the first thing to be told.
        Err(exit) => {
            let found = exit.message.unwrap_or_default();
            return vec![Check::problem("daemon", found, exit.help.unwrap_or_default())];
        }
    };
    let mut checks = vec![daemon(&connection).await];
    match connection.client.get::<Vec<Check>>("/checks").await {
        Ok(found) => checks.extend(found),
        Err(error) => {
            let exit = Exit::from(error);
            let found = exit.message.unwrap_or_default();
            checks.push(Check::problem("daemon", found, exit.help.unwrap_or_default()));
        }
    }
    connection.close().await;
    checks
}

/// Whether one runs, and is of the same version.
async fn daemon(connection: &Connection) -> Check {
    if connection.is_local() {
        let help = "`systemctl start composed`, where stacks are to be kept";
        return Check::warning("daemon", "composed does not run here: nothing is supervised", help);
    }
    let told: Result<VersionReport, ClientError> = connection.client.get("/version").await;
    let own = env!("CARGO_PKG_VERSION");
    match told {
        Ok(report) if report.composed == own => Check::ok("daemon", format!("composed {own} answers")),
        Ok(report) => Check::problem(
            "daemon",
            format!("composed is {}, composectl {own}", report.composed),
            "`systemctl restart composed` starts the one that is installed; containers keep running",
        ),
        Err(error) => Check::problem("daemon", error.to_string(), "its log says more: `journalctl -u composed`"),
    }
}

fn show(paint: Paint, check: &Check) {
    let word = format!("{:<7}", check.verdict.as_str());
    let word = match check.verdict {
        Verdict::Ok => paint.green(&word),
        Verdict::Warning => paint.yellow(&word),
        Verdict::Problem => paint.red(&word),
    };
    paint.line(&format!("{word}  {}: {}", check.subject, check.found));
    if !check.help.is_empty() {
        paint.line(&format!("         {} {}", paint.cyan("help:"), check.help));
    }
}
