//! What an engine says back may quote what it was given: what may be a secret is taken out, before it is logged, kept for
//! `status` or told to anybody.

use std::collections::BTreeSet;

use model::{Project, Service};
use reconcile::Outcome;

/// Shorter values are words and numbers, and there is little left of a message without them.
const SHORTEST: usize = 6;

/// Takes the values of a project out of what became of an action.
pub(super) fn discreet(outcome: &mut Outcome, project: &Project) {
    if let Outcome::Refused(refusal) | Outcome::Unknown(refusal) = outcome {
        refusal.message = without(&refusal.message, project);
    }
}

fn without(message: &str, project: &Project) -> String {
    let mut message = message.to_owned();
    let mut values: Vec<&str> = values(project).into_iter().filter(|value| message.contains(value)).collect();
    // What is within another goes with it.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in values {
        message = replaced(&message, value);
    }
    message
}

/// Takes a value out where it stands alone: within a longer name it is that of something else.
fn replaced(message: &str, value: &str) -> String {
    let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let mut left = String::with_capacity(message.len());
    let mut done = 0;
    for (at, _) in message.match_indices(value) {
        let end = at + value.len();
        let is_within = message[..at].ends_with(is_of_a_name) || message[end..].starts_with(is_of_a_name);
        if !is_within {
            left += &message[done..at];
            left.push('…');
            done = end;
        }
    }
    left + &message[done..]
}

/// Every value that may be one: of variables, of options for drivers, of secrets and configs.
fn values(project: &Project) -> BTreeSet<&str> {
    let volumes = project.volumes.values().flat_map(|volume| volume.driver_opts.values());
    let networks = project.networks.values().flat_map(|network| network.driver_opts.values());
    let drivers = volumes.chain(networks).map(String::as_str);
    // `o=username=a,password=b` of a mount.
    let parts = drivers.clone().flat_map(|options| options.split(','));
    let parts = parts.filter_map(|part| part.split_once('=').map(|(_, value)| value));
    let hidden = project.values.values().map(model::Hidden::reveal);
    let texts = project.configs.values().map(|config| config.content.as_str());
    let all = project
        .services
        .values()
        .flat_map(|service| of_service(service))
        .chain(drivers)
        .chain(parts)
        .chain(hidden)
        .chain(texts);
    all.map(str::trim).filter(|value| value.len() >= SHORTEST && !is_place(value)).collect()
}

fn of_service(service: &Service) -> impl Iterator<Item = &str> {
    let hooks = service.pre_start.iter().chain(&service.post_start).chain(&service.pre_stop);
    let variables = hooks.flat_map(|hook| hook.environment.values()).chain(service.environment.values());
    let arguments = service.build.iter().flat_map(|build| build.args.values());
    let logging = service.logging.iter().flat_map(|logging| logging.options.values());
    variables.chain(arguments).flatten().chain(logging).map(String::as_str)
}

/// A path or an address without a password: what a message is about.
fn is_place(value: &str) -> bool {
    (value.starts_with('/') || value.contains("://")) && !value.contains('@')
}

#[cfg(test)]
mod tests {
    use model::{Hidden, ProjectName, ServiceName, Volume, VolumeKey};

    use super::*;

    #[test]
    fn what_an_engine_quotes_is_taken_out() {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let variables = [("A", "geheimnis"), ("B", "geheimnis-und-mehr"), ("C", "short"), ("D", "/srv/shop")];
        let variables = variables.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
        let service = Service { environment: variables.into(), ..Service::default() };
        project.services.insert(ServiceName::new("web").unwrap(), Box::new(service));
        let options = [("o".to_owned(), "username=somebody,password=hunter22".to_owned())];
        let volume = Volume { driver_opts: options.into(), ..Volume::default() };
        project.volumes.insert(VolumeKey::new("share").unwrap(), volume);
        project.values.insert("TOKEN".to_owned(), Hidden::new("t0ken-of-a-registry"));
        for (message, expected) in [
            ("data: username=somebody,password=hunter22: no such device", "data: …: no such device"),
            ("data: password=hunter22,ro: no such device", "data: password=…,ro: no such device"),
            ("invalid variable geheimnis-und-mehr, geheimnis", "invalid variable …, …"),
            ("t0ken-of-a-registry was refused", "… was refused"),
            ("shop-geheimnis-1: geheimnis", "shop-geheimnis-1: …"),
            ("start container shop-geheimnis-1: \"geheimnis\"", "start container shop-geheimnis-1: \"…\""),
            ("a short story of /srv/shop", "a short story of /srv/shop"),
        ] {
            assert_eq!(without(message, &project), expected);
        }
    }
}
