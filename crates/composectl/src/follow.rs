//! Following a request to its end: progress as it goes, and what is to be said when it ended badly.

use std::collections::BTreeSet;

use api::{Client, ContainerListing, Event, Phase, StackReport};
use futures_util::StreamExt as _;
use tokio::time::{Duration, Instant};

use crate::exit::Exit;
use crate::output::progress::Display;
use crate::output::stderr;

/// How long everything has to run before it counts as up, where that is waited for and nothing checks its health.
const STABLE: Duration = Duration::from_secs(1);

/// What a command waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Everything that was asked for is done.
    Settled,
    /// And everything runs, and is healthy where that is checked.
    Healthy,
}

/// Which services a command is about; `None` is all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Of<'a> {
    /// Those that were named.
    pub(crate) services: Option<&'a BTreeSet<String>>,
    /// Those, and what they depend on.
    pub(crate) reached: Option<&'a BTreeSet<String>>,
}

/// Follows a generation until it is settled, blocked or overtaken.
pub(crate) async fn follow(
    client: &Client,
    stack: &str,
    generation: u64,
    until: Until,
    of: Of<'_>,
    display: &mut Display,
) -> Result<StackReport, Exit> {
    let mut events = client.stream::<Event>(&format!("/stacks/{stack}/events?generation={generation}")).await?;
    let mut wait = Wait { until, of };
    let mut good: Option<(Instant, StackReport)> = None;
    loop {
        let event = match &good {
            // What ends as soon as it is started is not up.
            Some((since, report)) => match tokio::time::timeout_at(*since + STABLE, events.next()).await {
                Ok(event) => event,
                Err(_) => {
                    let report = report.clone();
                    display.finish();
                    return wait.is_still_up(client, stack, &report).await.map(|()| report);
                }
            },
            None => events.next().await,
        };
        let Some(event) = event else { break };
        match event? {
            Event::Progress(progress) if progress.generation == generation => display.show(&progress),
            Event::Progress(_) | Event::Missed(_) => {}
            Event::Report(report) if report.generation < generation => {}
            Event::Report(report) if report.generation > generation => {
                display.finish();
                return Err(Exit::superseded(stack, generation, report.generation));
            }
            Event::Report(report) => {
                let ended = wait.is_over(&report);
                if until == Until::Healthy && matches!(ended, Some(Ok(()))) && wait.has_unchecked(&report) {
                    let since = good.take().map_or_else(Instant::now, |(since, _)| since);
                    good = Some((since, *report));
                    continue;
                }
                good = None;
                if let Some(ended) = ended {
                    display.finish();
                    return ended.map(|()| *report);
                }
            }
        }
    }
    display.finish();
    Err(Exit::error("composed ended the connection before the request was carried out")
        .with_help("`composectl status` shows how far it is"))
}

struct Wait<'a> {
    until: Until,
    of: Of<'a>,
}

impl Wait<'_> {
    fn is_over(&mut self, report: &StackReport) -> Option<Result<(), Exit>> {
        match report.phase {
            Phase::Observing => None,
            // What others wait for is no business of whoever named some services.
            Phase::Working | Phase::Waiting | Phase::Blocked if self.is_done(report) => match self.until {
                Until::Settled => Some(Ok(())),
                Until::Healthy => self.is_healthy(report),
            },
            Phase::Working | Phase::Waiting => None,
            Phase::Blocked => Some(Err(blocked(report))),
            Phase::Paused => Some(Err(Exit::error(format!("reconciling of {} was paused", report.name))
                .with_help("`composectl resume` goes on"))),
            Phase::Faulted => Some(Err(Exit::error(format!("the task of {} in composed failed", report.name))
                .with_help("its log says why; `composectl up` starts it anew"))),
            Phase::Gone => Some(Ok(())),
            Phase::Converged if self.until == Until::Settled => Some(Ok(())),
            Phase::Converged => self.is_healthy(report),
        }
    }

    /// Whether nothing is left to do for the services that were named and what they depend on.
    fn is_done(&self, report: &StackReport) -> bool {
        let Some(reached) = self.of.reached else { return false };
        // What no service is named for may be for them: an image, a network, a refusal of the engine.
        let is_meant = |service: &Option<String>| service.as_ref().is_none_or(|service| reached.contains(service));
        let waits = |service: &api::ServiceReport| service.is_waiting && reached.contains(&service.name);
        report.failures.is_empty()
            && !report.pending.iter().any(|step| is_meant(&step.service))
            && !report.services.iter().any(waits)
    }

    /// Whether all services run, and are healthy where that is checked; an error as soon as one never will.
    fn is_healthy(&self, report: &StackReport) -> Option<Result<(), Exit>> {
        let mut is_all = true;
        for service in &report.services {
            if self.of.services.is_some_and(|services| !services.contains(&service.name)) {
                continue;
            }
            for container in &service.containers {
                let failed = |what: String| Some(Err(Exit::error(format!("container {} {what}", container.name))));
                match (container.state.as_str(), container.health.as_str()) {
                    ("running", "" | "healthy") => {}
                    ("running", "unhealthy") => return failed("is unhealthy".to_owned()),
                    ("exited", _) if service.is_one_shot && container.exit_code == Some(0) => {}
                    ("exited", _) => return failed(format!("exited ({})", container.exit_code.unwrap_or_default())),
                    _ => is_all = false,
                }
            }
        }
        is_all.then_some(Ok(()))
    }

    /// Whether something counts as up only because it runs.
    fn has_unchecked(&self, report: &StackReport) -> bool {
        let meant = report.services.iter().filter(|service| self.of.services.is_none_or(|s| s.contains(&service.name)));
        meant.flat_map(|service| &service.containers).any(|found| found.state == "running" && found.health.is_empty())
    }

    /// Whether none of what counted as up has ended since.
    async fn is_still_up(&self, client: &Client, stack: &str, report: &StackReport) -> Result<(), Exit> {
        let found: Vec<ContainerListing> = client.get(&format!("/stacks/{stack}/containers")).await?;
        let is_meant = |name: &String| self.of.services.is_none_or(|services| services.contains(name));
        let ended = found.iter().filter(|found| found.number.is_some() && found.state == "exited").find(|found| {
            let service = report.services.iter().find(|service| service.name == found.service);
            is_meant(&found.service) && service.is_some_and(|service| !(service.is_one_shot && found.exit_code == 0))
        });
        ended.map_or(Ok(()), |found| Err(Exit::error(format!("container {} exited ({})", found.name, found.exit_code))))
    }
}

/// Says everything that keeps a stack from going on.
fn blocked(report: &StackReport) -> Exit {
    let paint = stderr();
    let mut said = BTreeSet::new();
    for failure in &report.failures {
        if said.insert(failure.message.clone()) {
            paint.error(&failure.message);
            if !failure.help.is_empty() {
                paint.line(&format!("{} {}", paint.cyan("help:"), failure.help));
            }
        }
    }
    for step in &report.pending {
        for wait in &step.waits {
            let line = format!("{} is not {}: {wait}", step.object, done(&step.verb));
            if said.insert(line.clone()) {
                paint.error(&line);
            }
        }
    }
    // Nothing was tried, for what would come of it is known.
    if said.is_empty() {
        report.holds.iter().for_each(|hold| paint.error(&format!("{}: {}", hold.subject, hold.reason)));
    }
    let help = if report.is_supervised { "composed goes on trying; `composectl status` shows it" } else { "" };
    Exit::silent(1).with_help(help)
}

fn done(verb: &str) -> &'static str {
    match verb {
        "create" => "created",
        "start" => "started",
        "stop" => "stopped",
        "restart" => "restarted",
        "remove" => "removed",
        _ => "done",
    }
}
