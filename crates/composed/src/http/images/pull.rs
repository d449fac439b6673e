//! Which images are pulled when somebody asks for it, and that they are: each once, all of them, whatever becomes of
//! one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{ImagesEnded, ProgressState};
use engine::{Engine, Query, RemoteImage};
use model::{Project, ServiceName};

use super::telling::Told;
use super::{Problem, each, failure, remote};

/// What is to be done about the images of a project.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Who has nothing to pull, or is not to be, and why.
    skipped: Vec<(String, &'static str)>,
    pulls: Vec<One>,
}

/// An image to be pulled.
#[derive(Debug, PartialEq, Eq)]
struct One {
    service: ServiceName,
    /// Whether the service could build it instead.
    is_buildable: bool,
    image: RemoteImage,
}

/// Sorts out what is to be pulled. The engine is asked what is there only where that counts.
pub(super) async fn wanted(
    engine: &dyn Engine,
    project: &Project,
    meant: &BTreeSet<ServiceName>,
    body: &api::Pull,
) -> Result<Wanted, Problem> {
    let policies = meant.iter().map(|name| policy(project, name, body));
    let counts = policies.into_iter().any(|policy| decide(policy, "", true).is_err());
    let local = match counts {
        true => {
            let images = project.images();
            let query = Query { project: project.name.to_string(), images, ..Query::default() };
            engine.observe(&query).await?.images
        }
        false => BTreeMap::new(),
    };
    Ok(sorted(project, meant, body, &|reference| local.contains_key(reference)))
}

fn policy<'a>(project: &'a Project, name: &ServiceName, body: &'a api::Pull) -> &'a str {
    project.services[name].pull_policy_under(&body.policy)
}

fn sorted(
    project: &Project,
    meant: &BTreeSet<ServiceName>,
    body: &api::Pull,
    is_local: &dyn Fn(&str) -> bool,
) -> Wanted {
    let mut wanted = Wanted::default();
    let mut seen = BTreeSet::new();
    let mut add = |wanted: &mut Wanted, service: &ServiceName, is_buildable, reference: &str| {
        if seen.insert(reference.to_owned()) {
            let own = &project.services[service].platform;
            let image = remote(reference, if own.is_empty() { &body.platform } else { own }, &body.credentials);
            wanted.pulls.push(One { service: service.clone(), is_buildable, image });
        }
    };
    for name in meant {
        let service = &project.services[name];
        let image = &service.image;
        if image.is_empty() {
            wanted.skipped.push((name.to_string(), "No image to be pulled"));
            continue;
        }
        match decide(policy(project, name, body), image, is_local(image)) {
            Err(why) => wanted.skipped.push((format!("Image {image}"), why)),
            Ok(()) if service.build.is_some() && body.without_buildable => {
                wanted.skipped.push((format!("Image {image}"), "Image can be built"));
            }
            Ok(()) => add(&mut wanted, name, service.build.is_some(), image),
        }
    }
    // What runs before a service starts is never built.
    for name in meant {
        let policy = match project.services[name].pull_policy.as_str() {
            "build" => "missing",
            own => own,
        };
        for hook in &project.services[name].pre_start {
            let image = &hook.image;
            if image.is_empty() || *image == project.services[name].image {
                continue;
            }
            match decide(policy, image, is_local(image)) {
                Err("") => {}
                Err(why) => wanted.skipped.push((format!("Image {image}"), why)),
                Ok(()) => add(&mut wanted, name, false, image),
            }
        }
    }
    wanted
}

/// Whether an image is pulled by somebody who asks for it, or why not. Without a policy it is, and when it would be
/// some day; a tag that moves is looked up although it is there.
fn decide(policy: &str, reference: &str, is_local: bool) -> Result<(), &'static str> {
    match policy {
        "" | "always" | "daily" | "weekly" | "refresh" => Ok(()),
        every if every.starts_with("every_") => Ok(()),
        "never" | "build" => Err(""),
        // `missing`, and what nobody knows.
        _ if is_local && !is_latest(reference) => Err("Image is already present locally"),
        _ => Ok(()),
    }
}

fn is_latest(reference: &str) -> bool {
    let name = reference.rsplit('/').next().unwrap_or_default();
    !reference.is_empty() && !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

pub(super) async fn run(engine: Arc<dyn Engine>, wanted: Wanted, body: api::Pull, told: Told) -> ImagesEnded {
    for (id, why) in &wanted.skipped {
        told.progress(id, ProgressState::Done, "Skipped", why);
    }
    let to_build = std::sync::Mutex::new(Vec::new());
    let pulls = wanted.pulls.iter().map(|one| {
        let (engine, told, to_build) = (&engine, &told, &to_build);
        async move {
            let reference = &one.image.reference;
            let id = format!("Image {reference}");
            told.progress(&id, ProgressState::Working, "Pulling", "");
            let Err(error) = engine.pull(&one.image, &told.layers(&id, "Pulling")).await else {
                told.progress(&id, ProgressState::Done, "Pulled", "");
                return Vec::new();
            };
            let failure = failure(&one.service, reference, &error);
            if one.is_buildable {
                told.progress(&id, ProgressState::Warning, &failure.message, "");
                to_build.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(one.service.to_string());
            } else {
                told.progress(&id, ProgressState::Error, "Error", &failure.message);
            }
            if body.ignore_failures { Vec::new() } else { vec![failure] }
        }
    });
    let ended = each(body.parallel, pulls.collect()).await;
    let mut to_build = to_build.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    to_build.sort();
    ImagesEnded { to_build, ..ended }
}

#[cfg(test)]
mod tests {
    use model::{Build, Hook, ProjectName, Service};

    use super::*;

    /// Who is skipped and what is pulled, of services with an image, a policy, and whether they build; `here:1` is
    /// local.
    fn check(services: &[(&str, &str, &str, bool)], body: &api::Pull, expected: &str) {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        for (name, image, policy, builds) in services {
            let service = Service {
                image: (*image).into(),
                pull_policy: (*policy).into(),
                build: builds.then(|| Box::new(Build::default())),
                ..Service::default()
            };
            project.services.insert(ServiceName::new(*name).unwrap(), Box::new(service));
        }
        let meant = project.services.keys().cloned().collect();
        assert_eq!(shown(&sorted(&project, &meant, body, &|reference| reference.starts_with("here"))), expected);
    }

    fn shown(wanted: &Wanted) -> String {
        let skipped = wanted.skipped.iter().map(|(id, why)| format!("{id} skipped: {why}"));
        let pulled = wanted.pulls.iter().map(|one| one.image.reference.clone());
        skipped.chain(pulled).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn without_a_policy_it_is_pulled() {
        check(&[("a", "here:1", "", false)], &api::Pull::default(), "here:1");
        check(&[("a", "here:1", "every_2d", false), ("b", "b", "daily", false)], &api::Pull::default(), "here:1, b");
    }

    #[test]
    fn a_policy_is_followed() {
        let told = "Image here:1 skipped: Image is already present locally";
        check(&[("a", "here:1", "missing", false)], &api::Pull::default(), told);
        check(&[("a", "here:1", "never", false)], &api::Pull::default(), "Image here:1 skipped: ");
        check(&[("a", "there:1", "missing", false)], &api::Pull::default(), "there:1");
        check(&[("a", "here", "missing", false)], &api::Pull::default(), "here");
        check(&[("a", "here:latest", "missing", false)], &api::Pull::default(), "here:latest");
        check(
            &[("a", "here@sha256:00", "missing", false)],
            &api::Pull::default(),
            &told.replace(":1 s", "@sha256:00 s"),
        );
        let missing = api::Pull { policy: "missing".into(), ..api::Pull::default() };
        check(&[("a", "here:1", "", false)], &missing, told);
        let always = api::Pull { policy: "always".into(), ..api::Pull::default() };
        check(&[("a", "here:1", "never", false)], &always, "here:1");
    }

    #[test]
    fn what_is_built_has_an_image_to_be_pulled_or_not() {
        check(&[("a", "", "", true)], &api::Pull::default(), "a skipped: No image to be pulled");
        check(&[("a", "a:1", "", true)], &api::Pull::default(), "a:1");
        let without_buildable = api::Pull { without_buildable: true, ..api::Pull::default() };
        check(&[("a", "a:1", "", true)], &without_buildable, "Image a:1 skipped: Image can be built");
    }

    #[test]
    fn an_image_is_pulled_once() {
        check(&[("a", "x:1", "", false), ("b", "x:1", "", false)], &api::Pull::default(), "x:1");
    }

    #[test]
    fn what_runs_before_is_pulled_as_its_service_is() {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let hook = |image: &str| Hook { image: image.into(), ..Hook::default() };
        let hooks = vec![hook("here:2"), hook("there:2"), hook("")];
        let web = Service { image: "web".into(), pull_policy: "build".into(), pre_start: hooks, ..Service::default() };
        project.services.insert(ServiceName::new("web").unwrap(), Box::new(web));
        let meant = project.services.keys().cloned().collect();
        let wanted = sorted(&project, &meant, &api::Pull::default(), &|reference| reference.starts_with("here"));
        let expected = "Image web skipped: , Image here:2 skipped: Image is already present locally, there:2";
        assert_eq!(shown(&wanted), expected);
    }
}
