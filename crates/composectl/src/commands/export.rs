//! `export`: all files of a service's container as a tar archive, to a file or to a pipe.

use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::target::{self, Told};
use super::{cp, interruptible};
use crate::args::{Export, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::source::Place;
use crate::terminal;

pub(super) async fn run(global: &Global, export: Export) -> Result<(), Exit> {
    if export.output.is_none() && terminal::is_stdout() {
        return Err(Exit::error("output option is required when exporting to terminal"));
    }
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let container = target::ask(&connection, &place, &export.service, export.index).await?;
    let path = format!("/stacks/{}/containers/{}/export", place.stack, container.id);
    let mut told = Told::new(global);
    interruptible(async {
        let Some(file) = &export.output else {
            let mut bytes = connection.client.download(&path).await?.bytes;
            let mut stdout = tokio::io::stdout();
            while let Some(piece) = bytes.next().await {
                stdout.write_all(&piece?).await.map_err(|_| Exit::silent(141))?;
            }
            return stdout.flush().await.map_err(|_| Exit::silent(141));
        };
        let failed = |why: String| Exit::error(format!("failed to export container: {why}"));
        cp::check_output(file).map_err(failed)?;
        let details = format!("{} to {}", container.name, file.display());
        told.working(&container.name, "Exporting", &details);
        let mut bytes = connection.client.download(&path).await?.bytes;
        // Beside it and then in its place: nobody finds a part of it under its name.
        let part = file.with_file_name(format!(
            ".{}.{}",
            file.file_name().unwrap_or_default().to_string_lossy(),
            std::process::id()
        ));
        let written = async {
            let mut to = std::fs::File::create(&part)?;
            while let Some(piece) = bytes.next().await {
                let piece = piece.map_err(std::io::Error::other)?;
                std::io::Write::write_all(&mut to, &piece)?;
            }
            std::fs::rename(&part, file)
        };
        if let Err(error) = written.await {
            let _ = std::fs::remove_file(&part);
            return Err(failed(error.to_string()));
        }
        told.done(&container.name, "Exported", &details);
        Ok(())
    })
    .await?;
    connection.close().await;
    Ok(())
}
