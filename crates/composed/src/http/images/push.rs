//! Images of services that are built here, brought to their registries, each under all its names.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{ImageFailure, ImagesEnded, ProgressState};
use engine::{Engine, RemoteImage};
use model::{Project, Service, ServiceName};

use super::telling::Told;
use super::{each, failure, remote};

pub(super) async fn run(
    engine: Arc<dyn Engine>,
    project: Project,
    meant: BTreeSet<ServiceName>,
    body: api::Push,
    told: Told,
) -> ImagesEnded {
    let mut pushes = Vec::new();
    for name in &meant {
        let tags = tags(&project.services[name]);
        if tags.is_empty() {
            told.progress(name.as_str(), ProgressState::Done, "Skipped", "");
        }
        for tag in tags {
            let image = remote(&tag, "", &body.credentials);
            let (engine, told) = (&engine, &told);
            pushes.push(async move {
                let failed = one(engine.as_ref(), name, &image, body.ignore_failures, told).await;
                failed.filter(|_| !body.ignore_failures).into_iter().collect()
            });
        }
    }
    each(body.parallel, pushes).await
}

/// What is pushed of a service: none of one that is not built here, nor of one whose image has no name of its own.
pub(super) fn tags(service: &Service) -> Vec<String> {
    match &service.build {
        Some(build) if !service.image.is_empty() => {
            let more = build.tags.iter().filter(|tag| **tag != service.image);
            std::iter::once(&service.image).chain(more).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// Pushes one, and tells of it under its reference, as docker compose does.
pub(super) async fn one(
    engine: &dyn Engine,
    service: &ServiceName,
    image: &RemoteImage,
    is_ignored: bool,
    told: &Told,
) -> Option<ImageFailure> {
    let id = &image.reference;
    told.progress(id, ProgressState::Working, "Pushing", "");
    match engine.push(image, &told.layers(id, "Pushing")).await {
        Ok(()) => {
            told.progress(id, ProgressState::Done, "Pushed", "");
            None
        }
        Err(error) => {
            let failure = failure(service, id, &error);
            let state = if is_ignored { ProgressState::Warning } else { ProgressState::Error };
            told.progress(id, state, &failure.message, "");
            Some(failure)
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Build;

    use super::*;

    fn check(image: &str, more: Option<&[&str]>, expected: &[&str]) {
        let tags_of =
            |tags: &[&str]| Build { tags: tags.iter().map(|tag| (*tag).into()).collect(), ..Build::default() };
        let build = more.map(|tags| Box::new(tags_of(tags)));
        assert_eq!(tags(&Service { image: image.into(), build, ..Service::default() }), expected, "{image}");
    }

    #[test]
    fn what_is_built_under_a_name_is_pushed_under_all_of_them() {
        check("a:1", Some(&["a:2", "a:1"]), &["a:1", "a:2"]);
        check("a:1", None, &[]);
        check("", Some(&["a:2"]), &[]);
    }
}
