//! `pull`: the images of services, whether they are there or not. What runs goes on as it is until the next `up`.

use super::{imaging, interruptible, named};
use crate::args::{Global, Pull};
use crate::connect::connect;
use crate::credentials::Settings;
use crate::exit::Exit;
use crate::output::{self, progress::Display};
use crate::source;

pub(super) async fn run(global: &Global, pull: Pull) -> Result<(), Exit> {
    let definition = source::load(global, &pull.services)?;
    let path = format!("/stacks/{}/pull", definition.project.name);
    let connection = connect(global).await?;
    let mut display = Display::new(global).without(pull.quiet, false);
    let work = async {
        let credentials = Settings::at_hand(global)?.of_images(&imaging::references(&definition.project)).await?;
        let body = api::Pull {
            source: definition.source,
            services: named(pull.services),
            with_dependencies: pull.include_deps,
            policy: pull.policy,
            without_buildable: pull.ignore_buildable,
            ignore_failures: pull.ignore_pull_failures,
            platform: imaging::platform(),
            parallel: imaging::parallel(global),
            credentials,
        };
        imaging::shown(&connection, &path, &body, &mut display).await
    };
    let ended = interruptible(work).await;
    display.finish();
    let ended = ended?;
    if !ended.to_build.is_empty() {
        // docker compose's words, which programs may look for.
        let services = ended.to_build.join(" ");
        output::warning(&format!(
            "WARNING: Some service image(s) must be built from source by running:\n    docker compose build {services}"
        ));
    }
    connection.close().await;
    imaging::concluded(&ended)
}
