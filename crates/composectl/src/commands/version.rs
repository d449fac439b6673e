//! `version`: ours, the dialect we write, and the engine's.

use api::VersionReport;

use crate::args::{Global, Version, VersionFormat};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;

pub(super) async fn run(global: &Global, version: Version) -> Result<(), Exit> {
    let paint = stdout();
    let own = env!("CARGO_PKG_VERSION");
    if version.short {
        paint.line(own);
        return Ok(());
    }
    // Neither a daemon nor an engine is needed to say one's own version.
    let report: Option<VersionReport> = match connect(global).await {
        Ok(connection) => connection.client.get("/version").await.ok(),
        Err(_) => None,
    };
    match version.format {
        VersionFormat::Json => {
            paint.line(&serde_json::json!({ "version": format!("v{own}"), "daemon": report }).to_string())
        }
        VersionFormat::Pretty => {
            paint.line(&format!("composectl version v{own}"));
            if let Some(report) = report.filter(|report| !report.engine.is_empty()) {
                paint.line(&format!(
                    "dialect docker compose {}, engine {} (API {})",
                    report.dialect, report.engine, report.engine_api
                ));
            }
        }
    }
    Ok(())
}
