//! Images of services, built by the engine's classic builder: those that are asked for, whether they are there or not.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::{BuildOutput, ImageEvent, ImageFailure, ImagesEnded, ProgressState};
use axum::http::StatusCode;
use engine::{Building, Engine, RemoteImage};
use model::{Project, ServiceName};
use plan::action::BuildSpec;

use super::super::problem;
use super::telling::{Layers, Told};
use super::{Problem, credentials, each, failure, push, remote};

/// How many lines of a step that failed are told at the end.
const LAST: usize = 10;

/// An image to be built.
pub(super) struct One {
    service: ServiceName,
    spec: BuildSpec,
    /// Where it goes then.
    pushes: Vec<RemoteImage>,
}

/// What is to be built of the services that are meant.
pub(super) fn wanted(project: &Project, meant: &BTreeSet<ServiceName>, body: &api::Build) -> Result<Vec<One>, Problem> {
    let mut builds = Vec::new();
    for name in meant {
        let mut service = project.services[name].clone();
        let Some(build) = service.build.clone() else { continue };
        if service.platform.is_empty() {
            service.platform.clone_from(&body.platform);
        }
        if service.platform.is_empty() && build.platforms.len() > 1 {
            let title = format!("service {name} is built for several platforms, which needs BuildKit");
            let help = "`platform` of the service names the one that is to be built here".to_owned();
            return Err(Problem(api::Problem { help, ..problem("bad-request", StatusCode::BAD_REQUEST, &title) }));
        }
        let mut build = *build;
        build.args.extend(body.args.clone());
        build.no_cache |= body.no_cache;
        build.pull |= body.pull;
        let tags = if body.push { push::tags(&service) } else { Vec::new() };
        let pushes = tags.iter().map(|tag| remote(tag, "", &body.credentials)).collect();
        let spec = plan::image::spec(project, name, &service, build);
        builds.push(One { service: name.clone(), spec, pushes });
    }
    Ok(builds)
}

pub(super) async fn run(engine: Arc<dyn Engine>, builds: Vec<One>, body: api::Build, told: Told) -> ImagesEnded {
    let registries = body.registries.iter().map(|(server, known)| (server.clone(), credentials(known))).collect();
    let given = Building { memory: body.memory, registries };
    let builds = builds.iter().map(|build| one(engine.as_ref(), build, &given, &told)).collect();
    each(body.parallel, builds).await
}

async fn one(engine: &dyn Engine, build: &One, given: &Building, told: &Told) -> Vec<ImageFailure> {
    let image = &build.spec.tag;
    let id = format!("Image {image}");
    told.progress(&id, ProgressState::Working, "Building", "");
    let (layers, step) = (Layers::default(), Step::default());
    let progress = |progress| {
        if let Some(line) = layers.line(progress) {
            step.says(&line);
            let (service, image) = (build.service.to_string(), image.clone());
            told.say(ImageEvent::Output(BuildOutput { service, image, line }));
        }
    };
    if let Err(error) = engine.build(&build.spec, given, &progress).await {
        let failure = failure(&build.service, image, &error);
        told.progress(&id, ProgressState::Error, "Error", &failure.message);
        return vec![ImageFailure { last: step.last(), ..failure }];
    }
    told.progress(&id, ProgressState::Done, "Built", "");
    let mut failures = Vec::new();
    for image in &build.pushes {
        failures.extend(push::one(engine, &build.service, image, false, told).await);
    }
    failures
}

/// The step a build is at, and the last lines it said.
#[derive(Default)]
struct Step(Mutex<VecDeque<String>>);

impl Step {
    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn says(&self, line: &str) {
        let mut lines = self.lines();
        if line.starts_with("Step ") {
            lines.clear();
        } else if line.starts_with(" ---> ") || line.starts_with("Removing intermediate container ") {
            return; // what the builder does is no output of the step
        } else if lines.len() > LAST {
            lines.remove(1); // the first is the step itself
        }
        lines.push_back(line.to_owned());
    }

    fn last(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into()
    }
}

#[cfg(test)]
mod tests {
    use model::{Build, ProjectName, Service};

    use super::*;

    fn project(build: Build, platform: &str) -> (Project, BTreeSet<ServiceName>) {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let (build, platform) = (Some(Box::new(build)), platform.to_owned());
        let image = "r/web:1".to_owned();
        let web = Service { build, platform, image, ..Service::default() };
        project.services.insert(ServiceName::new("web").unwrap(), Box::new(web));
        let db = Service { image: "db".into(), ..Service::default() };
        project.services.insert(ServiceName::new("db").unwrap(), Box::new(db));
        let all = project.services.keys().cloned().collect();
        (project, all)
    }

    #[test]
    fn the_command_line_is_over_the_file() {
        let args = [("A", Some("file")), ("B", Some("file")), ("C", Some("file"))];
        let args = args.map(|(name, value)| (name.to_owned(), value.map(str::to_owned))).into();
        let (project, all) = project(Build { args, ..Build::default() }, "");
        let args = [("A".to_owned(), Some("line".to_owned())), ("B".to_owned(), None)].into();
        let body = api::Build { args, no_cache: true, push: true, ..api::Build::default() };
        let builds = wanted(&project, &all, &body).ok().unwrap();
        assert_eq!(builds.len(), 1, "what is not built here is left out");
        let build = &builds[0].spec.build;
        let value = |name: &str| build.args[name].as_deref();
        assert_eq!((value("A"), value("B"), value("C")), (Some("line"), None, Some("file")));
        assert!(build.no_cache && !build.pull);
        assert_eq!(builds[0].spec.labels[plan::labels::SERVICE], "web");
        assert_eq!(builds[0].pushes[0].reference, "r/web:1");
    }

    #[test]
    fn several_platforms_are_refused_unless_one_is_named() {
        let platforms = vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()];
        let several = Build { platforms, ..Build::default() };
        let (all_of_them, all) = project(several.clone(), "");
        let refused = wanted(&all_of_them, &all, &api::Build::default()).err().unwrap();
        assert_eq!(refused.0.title, "service web is built for several platforms, which needs BuildKit");
        let (named, all) = project(several, "linux/arm64");
        let builds = wanted(&named, &all, &api::Build::default()).ok().unwrap();
        assert_eq!(builds[0].spec.platform, "linux/arm64");
    }

    #[test]
    fn the_last_lines_are_those_of_the_step() {
        let step = Step::default();
        for line in ["Step 1/2 : FROM x", " ---> ab", "Step 2/2 : RUN y", " ---> Running in ab"] {
            step.says(line);
        }
        (1..=12).for_each(|number| step.says(&number.to_string()));
        let expected: Vec<String> =
            std::iter::once("Step 2/2 : RUN y".to_owned()).chain((3..=12).map(|number| number.to_string())).collect();
        assert_eq!(step.last(), expected);
    }
}
