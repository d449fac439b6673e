//! `push`: the images of services that are built here, to their registries.

use super::{imaging, interruptible, named};
use crate::args::{Global, Push};
use crate::connect::connect;
use crate::credentials::Settings;
use crate::exit::Exit;
use crate::output::progress::Display;
use crate::source;

pub(super) async fn run(global: &Global, push: Push) -> Result<(), Exit> {
    let definition = source::load(global, &push.services)?;
    let path = format!("/stacks/{}/push", definition.project.name);
    let connection = connect(global).await?;
    let mut display = Display::new(global).without(push.quiet, false);
    let work = async {
        let credentials = Settings::at_hand(global)?.of_images(&imaging::references(&definition.project)).await?;
        let body = api::Push {
            source: definition.source,
            services: named(push.services),
            with_dependencies: push.include_deps,
            ignore_failures: push.ignore_push_failures,
            parallel: imaging::parallel(global),
            credentials,
        };
        imaging::shown(&connection, &path, &body, &mut display).await
    };
    let ended = interruptible(work).await;
    display.finish();
    connection.close().await;
    imaging::concluded(&ended?)
}
