//! `build`: the images of services, by the engine's classic builder. What it says goes to standard output; what runs
//! goes on as it is until the next `up`.

use std::collections::BTreeMap;

use api::{BuildOutput, ImageEvent, Progress, ProgressState};
use model::Size;

use super::{imaging, interruptible, named};
use crate::args::{Build, Global, ProgressKind};
use crate::connect::connect;
use crate::credentials::Settings;
use crate::exit::Exit;
use crate::output::progress::{Beside, Display};
use crate::output::{self, stderr, stdout};
use crate::source::{self, Definition};

pub(super) async fn run(global: &Global, build: Build) -> Result<(), Exit> {
    if let Some(flag) = build.buildkit.flag() {
        return Err(Exit::error(format!("{flag} needs BuildKit, which composectl does not speak yet"))
            .with_help("leave the flag out, or build with `docker compose build` and bring it up here"));
    }
    if build.progress.is_some() {
        // docker compose's words.
        stderr().line("--progress is a global compose flag, better use `docker compose --progress xx build ...");
    }
    let global = &Global { progress: build.progress.unwrap_or(global.progress), ..global.clone() };
    let memory = build.memory.as_deref().map_or(Ok(Size(0)), str::parse::<Size>);
    let Size(memory) = memory.map_err(|error| Exit::error(format!("invalid value for --memory: {error}")))?;
    let definition = source::load_to_apply(global, &build.services)?;
    let args = args(global, &build.args)?;
    let path = format!("/stacks/{}/build", definition.project.name);
    let connection = connect(global).await?;
    let mut display = if build.quiet { Display::quiet() } else { Display::new(global) };
    let mut said = Said::new(global, &build, &definition, &display);
    let work = async {
        let settings = Settings::at_hand(global)?;
        let pushed = if build.push { imaging::references(&definition.project) } else { Default::default() };
        let (registries, failures) = settings.all().await;
        failures.iter().for_each(|failure| output::warning(failure));
        let body = api::Build {
            source: definition.source,
            services: named(build.services),
            with_dependencies: build.with_dependencies,
            args,
            no_cache: build.no_cache,
            pull: build.pull,
            push: build.push,
            memory,
            platform: imaging::platform(),
            parallel: imaging::parallel(global),
            credentials: settings.of_images(&pushed).await?,
            registries,
        };
        let tell = |event| match event {
            ImageEvent::Progress(progress) => display.show(&progress),
            ImageEvent::Output(output) => said.line(&output, &mut display),
            ImageEvent::Ended(_) => {}
        };
        imaging::follow(&connection, &path, &body, tell).await
    };
    let ended = interruptible(work).await;
    display.finish();
    let ended = ended?;
    if ended.count == 0 {
        output::warning("No services to build");
    }
    connection.close().await;
    imaging::concluded(&ended)
}

/// Where what builds say goes.
struct Said {
    kind: ProgressKind,
    /// Several speak at a time.
    is_named: bool,
    beside: Beside,
}

impl Said {
    fn new(global: &Global, build: &Build, definition: &Definition, display: &Display) -> Self {
        let kind = if build.quiet { ProgressKind::Quiet } else { global.progress };
        let services = &definition.project.services;
        let builds = services.iter().filter(|(_, service)| service.build.is_some());
        let is_meant = |name: &str| build.services.is_empty() || build.services.iter().any(|named| named == name);
        let count = builds.filter(|(name, _)| build.with_dependencies || is_meant(name.as_str())).count();
        Self { kind, is_named: count > 1, beside: display.beside() }
    }

    fn line(&mut self, output: &BuildOutput, display: &mut Display) {
        match self.kind {
            ProgressKind::Quiet => {}
            ProgressKind::Json => {
                let (id, details) = (format!("Image {}", output.image), output.line.clone());
                let text = "Building".to_owned();
                display.show(&Progress { generation: 0, id, state: ProgressState::Working, text, details });
            }
            _ if self.is_named => {
                self.beside.print(|| stdout().raw(&format!("{}: {}\n", output.service, output.line)));
            }
            _ => self.beside.print(|| stdout().raw(&format!("{}\n", output.line))),
        }
    }
}

/// The build arguments of the command line; one without a value takes that of the variable, or is not given.
fn args(global: &Global, given: &[String]) -> Result<BTreeMap<String, Option<String>>, Exit> {
    let mut all = BTreeMap::new();
    let mut here = None;
    for text in given {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => {
                let here = match &here {
                    Some(here) => here,
                    None => here.insert(spec::environment(&source::request(global)?, &composed::OsFiles)),
                };
                (text.as_str(), here.get(text).cloned())
            }
        };
        all.insert(name.to_owned(), value);
    }
    Ok(all)
}
