//! What `pull`, `push` and `build` share: how many at a time, who asks, how it is followed, and how it ends.

use std::collections::BTreeSet;

use api::{ImageEvent, ImagesEnded};
use futures_util::StreamExt as _;
use model::Project;

use crate::args::Global;
use crate::connect::Connection;
use crate::exit::Exit;
use crate::output::progress::Display;
use crate::output::stderr;

/// How many at a time, by the flag or the variable; 0 leaves it to the engine.
pub(super) fn parallel(global: &Global) -> usize {
    let variable = || std::env::var("COMPOSE_PARALLEL_LIMIT").ok()?.parse().ok();
    let limit: Option<i64> = global.parallel.or_else(variable);
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or_default()
}

/// What is built or pulled for, where a service does not say it.
pub(super) fn platform() -> String {
    std::env::var("DOCKER_DEFAULT_PLATFORM").unwrap_or_default()
}

/// Every name that an image of these services is pulled by or pushed to.
pub(super) fn references(project: &Project) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for service in project.services.values() {
        all.insert(service.image.clone());
        all.extend(service.pre_start.iter().map(|hook| hook.image.clone()));
        all.extend(service.build.iter().flat_map(|build| build.tags.iter().cloned()));
    }
    all.remove("");
    all
}

/// Asks for it, and tells what happens until it is over.
pub(super) async fn follow<B: serde::Serialize>(
    connection: &Connection,
    path: &str,
    body: &B,
    mut tell: impl FnMut(ImageEvent),
) -> Result<ImagesEnded, Exit> {
    let mut events = connection.client.post_stream::<B, ImageEvent>(path, body).await?;
    while let Some(event) = events.next().await {
        match event? {
            ImageEvent::Ended(ended) => return Ok(ended),
            event => tell(event),
        }
    }
    Err(Exit::error("composed ended the connection before it was done").with_help("run the command again"))
}

/// The same, where the progress is all there is to tell.
pub(super) async fn shown<B: serde::Serialize>(
    connection: &Connection,
    path: &str,
    body: &B,
    display: &mut Display,
) -> Result<ImagesEnded, Exit> {
    let tell = |event| {
        if let ImageEvent::Progress(progress) = event {
            display.show(&progress);
        }
    };
    follow(connection, path, body, tell).await
}

/// Says everything that failed.
pub(super) fn concluded(ended: &ImagesEnded) -> Result<(), Exit> {
    let Some((last, others)) = ended.failures.split_last() else { return Ok(()) };
    let paint = stderr();
    for failure in &ended.failures {
        if let [step, lines @ ..] = failure.last.as_slice() {
            let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
            paint.text(&format!("------\n > {}: {step}\n{lines}------\n", failure.service));
        }
    }
    for failure in others {
        paint.error(&failure.message);
        if !failure.help.is_empty() {
            paint.line(&format!("{} {}", paint.cyan("help:"), failure.help));
        }
    }
    Err(Exit::error(last.message.clone()).with_help(last.help.clone()))
}

#[cfg(test)]
mod tests {
    use model::{Build, Hook, ProjectName, Service, ServiceName};

    use super::*;

    #[test]
    fn whoever_is_pulled_or_pushed_is_asked_for() {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let build = Build { tags: vec!["web:2".into()], ..Build::default() };
        let web = Service {
            image: "web:1".into(),
            build: Some(Box::new(build)),
            pre_start: vec![Hook { image: "init".into(), ..Hook::default() }, Hook::default()],
            ..Service::default()
        };
        project.services.insert(ServiceName::new("web").unwrap(), Box::new(web));
        project.services.insert(ServiceName::new("own").unwrap(), Box::new(Service::default()));
        assert_eq!(references(&project).into_iter().collect::<Vec<_>>(), ["init", "web:1", "web:2"]);
    }
}
