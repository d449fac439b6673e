//! `run`: one command in a container of its own of a service; what the service depends on is brought up before, and
//! the exit code is the command's.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use api::{Event, Phase, Progress, ProgressState, ServiceReport, UpOptions};
use futures_util::StreamExt as _;
use model::{Condition, Service};

use super::{interruptible, making, up};
use crate::args::{Global, Run};
use crate::connect::{Connection, connect};
use crate::exit::Exit;
use crate::follow::Until;
use crate::output::progress::Display;
use crate::output::stdout;
use crate::session::{Signals, Streams, detach_keys, work};
use crate::source::{self, Definition};
use crate::terminal;

pub(super) async fn run(global: &Global, run: Run) -> Result<(), Exit> {
    super::unknown_flag(&run.words)?;
    let Some((service, command)) = run.words.split_first() else {
        return Err(Exit::error("requires at least 1 arg(s), only received 0"));
    };
    if run.service_ports && !run.publish.is_empty() {
        return Err(Exit::error("--service-ports and --publish are incompatible"));
    }
    if run.tty.is_some() && run.no_tty.is_some() {
        return Err(Exit::error("--tty and --no-tty can't be used together"));
    }
    let labels = labels(&run.labels)?;
    let entrypoint = run
        .entrypoint
        .as_deref()
        .map(|line| spec::flags::words(line).ok_or_else(|| Exit::error("invalid command line string")));
    let entrypoint = entrypoint.transpose()?;
    let tty = has_terminal(&run);
    let stdin = run.interactive.unwrap_or(true);
    let options = options(&run, service)?;
    let mut definition = up::load(global, std::slice::from_ref(service))?;
    let environment = environment(global, &run)?;
    let Some(found) = definition.project.services.get(service.as_str()).cloned() else {
        return Err(Exit::error(format!("no such service: {service}")));
    };
    if tty && stdin && !run.detach && !terminal::is_stdin() {
        return Err(Exit::error("the input device is not a TTY"));
    }
    let stack = definition.project.name.to_string();
    let mut display = if run.quiet { Display::quiet() } else { Display::new(global) };
    display = display.without(run.quiet_pull, run.quiet_build);
    let connection = connect(global).await?;
    let prepared =
        interruptible(prepare(global, &connection, &mut definition, options, &found, &run, &mut display)).await;
    if prepared.is_err() {
        display.finish();
    }
    prepared?;
    let (keys, detach_keys) = detach_keys(None, &global.docker);
    let body = api::Run {
        source: definition.source,
        service: service.clone(),
        name: run.name,
        slug: slug()?,
        command: command.to_vec(),
        entrypoint,
        environment,
        labels,
        user: run.user.unwrap_or_default(),
        workdir: run.workdir.unwrap_or_default(),
        cap_add: run.cap_add,
        cap_drop: run.cap_drop,
        publish: run.publish,
        service_ports: run.service_ports,
        volumes: run.volumes,
        use_aliases: run.use_aliases,
        no_deps: run.no_deps,
        remove: run.remove,
        detach: run.detach,
        tty,
        stdin,
        detach_keys,
    };
    let name = body.name.clone().unwrap_or_else(|| format!("{stack}-{service}-run-{}", &body.slug[..12]));
    let mut told = |state, text: &str| {
        let (id, text) = (format!("Container {name}"), text.to_owned());
        display.show(&Progress { generation: 0, id, state, text, details: String::new() });
    };
    told(ProgressState::Working, "Creating");
    let path = format!("/stacks/{stack}/run");
    if body.detach {
        let made: Result<api::Made, Exit> =
            interruptible(async { Ok(connection.client.post_patiently(&path, &body).await?) }).await;
        if made.is_ok() {
            told(ProgressState::Done, "Created");
        }
        display.finish();
        stdout().line(&made?.id);
        connection.close().await;
        return Ok(());
    }
    // From here on signals are the container's.
    let signals = Signals::listen()?;
    let stream = connection.client.upgrade(&path, &body).await;
    if stream.is_ok() {
        told(ProgressState::Done, "Created");
    }
    display.finish();
    let streams = Streams { tty, stdin, signals: true, detach_keys: keys };
    let ended = work(stream?, &streams, signals).await?;
    connection.close().await;
    if ended.code() == 0 { Ok(()) } else { Err(Exit::silent(ended.code())) }
}

/// Brings up what the service depends on, and makes everything ready that its container needs.
async fn prepare(
    global: &Global,
    connection: &Connection,
    definition: &mut Definition,
    options: UpOptions,
    service: &Service,
    run: &Run,
    display: &mut Display,
) -> Result<(), Exit> {
    let stack = definition.project.name.to_string();
    let project = &definition.project;
    let known = |on: &&model::ServiceName| project.services.contains_key(*on);
    let dependencies: BTreeMap<String, (Condition, bool)> = match run.no_deps {
        true => BTreeMap::new(),
        false => service
            .depends_on
            .iter()
            .filter(|(on, _)| known(on))
            .filter(|(on, _)| project.services[*on].replicas() > 0)
            .map(|(on, edge)| (on.to_string(), (edge.condition, edge.required)))
            .collect(),
    };
    let services: BTreeSet<String> = match run.no_deps {
        true => BTreeSet::new(),
        false => service.depends_on.keys().filter(known).map(ToString::to_string).collect(),
    };
    let options = UpOptions { services: Some(services), ..options };
    let report = up::ask(global, connection, definition, options, Until::Settled, || (), display).await?;
    if dependencies.is_empty() {
        return Ok(());
    }
    let path = format!("/stacks/{stack}/events?generation={}", report.generation);
    let mut events = connection.client.stream::<Event>(&path).await?;
    while let Some(event) = events.next().await {
        let Event::Report(report) = event? else { continue };
        let mut is_all = true;
        for (on, (condition, is_required)) in &dependencies {
            let found = report.services.iter().find(|service| service.name == *on);
            match found.map_or(Ok(false), |found| is_met(found, *condition)) {
                Ok(is_met) => is_all &= is_met,
                Err(why) if *is_required => return Err(Exit::error(why)),
                Err(_) => {}
            }
        }
        if is_all {
            return Ok(());
        }
        if report.phase == Phase::Faulted {
            break;
        }
    }
    Err(Exit::error(format!("what {} needs did not come", run.words.first().map_or("", String::as_str))))
}

/// Whether a dependency is as it is wanted; an error when it never will be, in docker compose's words.
fn is_met(service: &ServiceReport, condition: Condition) -> Result<bool, String> {
    let mut containers = service.containers.iter().filter(|container| container.number.is_some()).peekable();
    let any = containers.peek().is_some();
    let mut is_all = true;
    for container in containers {
        let failed = |what: String| Err(format!("dependency failed to start: container {} {what}", container.name));
        let code = container.exit_code.unwrap_or_default();
        match (condition, container.state.as_str(), container.health.as_str()) {
            (Condition::Started, "created", _) => is_all = false,
            (Condition::Started, ..) => {}
            (Condition::Completed, "exited", _) if code == 0 => return Ok(true),
            (Condition::Completed, "exited", _) => {
                return Err(format!("service \"{}\" didn't complete successfully: exit {code}", service.name));
            }
            (Condition::Healthy, "exited", _) => return failed(format!("exited ({code})")),
            (Condition::Healthy, "running", "healthy") => {}
            (Condition::Healthy, "running", "unhealthy") => return failed("is unhealthy".to_owned()),
            (Condition::Healthy, "running", "") => return failed("has no healthcheck configured".to_owned()),
            _ => is_all = false,
        }
    }
    Ok(any && is_all)
}

/// How the dependencies are brought up.
fn options(run: &Run, service: &str) -> Result<UpOptions, Exit> {
    let making = crate::args::Making {
        build: run.build,
        pull: run.pull.clone(),
        remove_orphans: run.remove_orphans,
        ..crate::args::Making::default()
    };
    let options = making::of_making(&making, &[])?;
    Ok(UpOptions { ready: BTreeSet::from([service.to_owned()]), ..options })
}

/// As docker compose: one unless it is refused, or standard output is no terminal, or, where nothing is said,
/// standard input is none.
fn has_terminal(run: &Run) -> bool {
    match (run.tty, run.no_tty) {
        (Some(tty), _) => tty,
        (None, Some(no_tty)) => !no_tty,
        (None, None) if run.interactive.is_none() && !terminal::is_stdin() => false,
        (None, None) => terminal::is_stdout(),
    }
}

fn labels(given: &[String]) -> Result<BTreeMap<String, String>, Exit> {
    let pair = |text: &String| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let pairs: Option<BTreeMap<String, String>> = given.iter().map(pair).collect();
    pairs.ok_or_else(|| Exit::error("label must be set as KEY=VALUE"))
}

/// The variables of `-e`, those without a value from here, and under them those of files.
fn environment(global: &Global, run: &Run) -> Result<BTreeMap<String, String>, Exit> {
    let request = source::request(global)?;
    let here = spec::environment(&request, &composed::OsFiles);
    let mut all = BTreeMap::new();
    for entry in &run.environment {
        match entry.split_once('=') {
            Some((name, value)) => all.insert(name.to_owned(), value.to_owned()),
            None => here.get(entry).and_then(|value| all.insert(entry.clone(), value.clone())),
        };
    }
    for file in &run.env_from_file {
        if let Err(error) = std::fs::metadata(file) {
            let why = match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                _ => error.to_string(),
            };
            return Err(Exit::error(format!("open {}: {why}", file.display())));
        }
        // As of `.env`: what is known already is filled in and stays.
        let known = spec::Request { environment: all.clone(), env_files: vec![file.clone()], ..request.clone() };
        all = spec::environment(&known, &composed::OsFiles);
    }
    Ok(all)
}

/// 64 random hexadecimal digits.
fn slug() -> Result<String, Exit> {
    let mut bytes = [0_u8; 32];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes));
    read.map_err(|error| Exit::error(format!("no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(state: &str, health: &str, code: Option<i64>) -> ServiceReport {
        let container = api::ContainerSummary {
            id: String::new(),
            name: "p-db-1".into(),
            image: String::new(),
            command: String::new(),
            service: "db".into(),
            number: Some(1),
            state: state.into(),
            health: health.into(),
            exit_code: code,
            out_of_memory: false,
            created: 0,
            started: None,
            finished: None,
            ports: Vec::new(),
        };
        ServiceReport {
            name: "db".into(),
            containers: vec![container],
            is_one_shot: false,
            is_waiting: false,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn conditions_are_those_of_depends_on() {
        let check = |state, health, code, condition, expected: Result<bool, &str>| {
            let met = is_met(&report(state, health, code), condition);
            assert_eq!(met.as_ref().map_err(String::as_str), expected.as_ref().map_err(|why| *why), "{state} {health}");
        };
        check("running", "", None, Condition::Started, Ok(true));
        check("created", "", None, Condition::Started, Ok(false));
        check("running", "starting", None, Condition::Healthy, Ok(false));
        check("running", "healthy", None, Condition::Healthy, Ok(true));
        let unhealthy = "dependency failed to start: container p-db-1 is unhealthy";
        check("running", "unhealthy", None, Condition::Healthy, Err(unhealthy));
        check("running", "", None, Condition::Completed, Ok(false));
        check("exited", "", Some(0), Condition::Completed, Ok(true));
        check("exited", "", Some(4), Condition::Completed, Err("service \"db\" didn't complete successfully: exit 4"));
    }

    #[test]
    fn slugs_are_64_digits_and_never_the_same() {
        let (one, two) = (slug().unwrap(), slug().unwrap());
        assert!(one.len() == 64 && one.bytes().all(|byte| byte.is_ascii_hexdigit()) && one != two);
    }
}
