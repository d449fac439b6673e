//! A ledger that was lost, taken again from the labels of containers. Which variables a stack was brought up with nobody
//! remembers, so what is found is only looked at until somebody says what to make of it.

use std::path::PathBuf;
use std::time::Duration;

use api::Source;
use model::ProjectName;
use plan::labels;
use reconcile::Wishes;
use tracing::{info, warn};

use crate::Supervisor;
use crate::ledger::{Keeping, Stack};

/// Registers every project whose files are where its containers say, as soon as the engine can be asked.
pub(crate) async fn run(supervisor: Supervisor) {
    let mut pause = Duration::from_millis(250);
    let projects = loop {
        match supervisor.engine().projects().await {
            Ok(projects) => break projects,
            Err(error) => {
                warn!(error = %error, "the lost ledger cannot be taken from containers yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(15));
            }
        }
    };
    for project in projects {
        let Ok(name) = ProjectName::new(project.name.as_str()) else { continue };
        match recovered(&supervisor, &name).await {
            Ok(stack) => {
                info!(project = %name, "taken from the labels of its containers, and only looked at");
                if let Err(error) = supervisor.adopt(stack).await {
                    warn!(project = %name, error = %error, "the ledger cannot be written");
                }
            }
            Err(why) => warn!(project = %name, error = why, "not taken from its containers"),
        }
    }
}

/// A stack as the labels of its newest container and its files have it.
async fn recovered(supervisor: &Supervisor, name: &ProjectName) -> Result<Stack, String> {
    let listed = supervisor.engine().containers(name.as_str()).await.map_err(|error| error.to_string())?;
    let newest = listed.first().ok_or("it has no container any more")?;
    let label = |label: &str| newest.labels.get(label).map_or("", String::as_str);
    let files = |text: &str| text.split(',').filter(|path| !path.is_empty()).map(PathBuf::from).collect::<Vec<_>>();
    let source = Source {
        working_dir: PathBuf::from(label(labels::WORKING_DIR)),
        config_files: files(label(labels::CONFIG_FILES)),
        project_directory: Some(PathBuf::from(label(labels::WORKING_DIR))),
        project_name: Some(name.to_string()),
        env_files: files(label(labels::ENV_FILE)),
        // A profile that made one of its services active is not told; the names of the services are.
        services: Vec::new(),
        ..Source::default()
    };
    if source.config_files.is_empty() {
        return Err("its containers do not say where its files are".to_owned());
    }
    let loaded = crate::source::load(&source, None).await.map_err(|unloadable| unloadable.problem().title)?;
    Ok(Stack {
        name: name.clone(),
        generation: 1,
        source,
        scale: Default::default(),
        project: loaded.project,
        wishes: Wishes::default(),
        up: None,
        down: None,
        is_converged: true,
        keeping: Keeping::Recovered,
        engine: None,
        reader: None,
        ended: Default::default(),
        interrupted: Default::default(),
    })
}
