//! `version`: the dialect of docker compose that is spoken, ours, and the engine's.

use api::VersionReport;

use crate::args::{Global, Version, VersionFormat};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;

pub(super) async fn run(global: &Global, version: Version) -> Result<(), Exit> {
    let paint = stdout();
    let (own, dialect) = (env!("CARGO_PKG_VERSION"), composed::DIALECT);
    // Programs that were written for docker compose compare this number.
    if version.short {
        paint.line(dialect);
        return Ok(());
    }
    // Neither a daemon nor an engine is needed to say one's own version.
    let report: Option<VersionReport> = match connect(global).await {
        Ok(connection) => connection.client.get("/version").await.ok(),
        Err(_) => None,
    };
    match version.format {
        VersionFormat::Json => {
            let version = format!("v{dialect}");
            let own = format!("v{own}");
            paint.line(&serde_json::json!({ "version": version, "composectl": own, "daemon": report }).to_string());
        }
        VersionFormat::Pretty => {
            paint.line(&format!("Docker Compose version v{dialect}"));
            paint.line(&format!("as composectl v{own} speaks it"));
            if let Some(report) = report.filter(|report| !report.engine.is_empty()) {
                paint.line(&format!("engine {} (API {})", report.engine, report.engine_api));
            }
        }
    }
    Ok(())
}
