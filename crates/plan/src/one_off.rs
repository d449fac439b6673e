//! The container of a `run`: a service's, under a name of its own, with what the command line says over the file.
//! It is no replica: no plan counts it, keeps it or replaces it.

use model::{MountKind, Project, Service, ServiceName};

use crate::action::{Action, ContainerSpec, OneOff, Replica};
use crate::observed::Observed;
use crate::{Desired, Goal, Policy, around, container, labels, shared};

/// What is said over the service's definition beside the definition itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its name; `None` is `<project>-<service>-run-<12 digits of the slug>`.
    pub name: Option<String>,
    /// 64 random hexadecimal digits.
    pub slug: String,
    /// Whether others reach it by the service's names as well.
    pub use_aliases: bool,
    /// Whether the engine removes it when it ended.
    pub auto_remove: bool,
    /// Whether its standard input is for whoever attaches first.
    pub stdin: bool,
}

/// Makes the container, and starts it. What is run before the start of a service is not run before this.
#[must_use]
pub fn actions(project: Project, observed: &Observed, name: &ServiceName, service: &Service, run: &Run) -> [Action; 2] {
    let images = observed.images.clone();
    let desired = Desired { project, previous: None, goal: Goal::Up, policy: Policy::default(), images };
    let spec = spec(&desired, observed, name, service, run);
    let container = spec.name.clone();
    let mut around = around::start(&desired, name, service, &container, false);
    around.pre_start.clear();
    let start = Action::StartContainer { replica: place(name), name: container.clone(), container, around };
    [Action::CreateContainer(Box::new(spec)), start]
}

fn spec(desired: &Desired, observed: &Observed, name: &ServiceName, service: &Service, run: &Run) -> ContainerSpec {
    let project = &desired.project;
    let short = run.slug.get(..12).unwrap_or(&run.slug);
    let own = run.name.clone().unwrap_or_else(|| project.joined(&[&name, &"run", &short]));
    let mut service = service.clone();
    service.container_name = own;
    service.scale = Some(1);
    service.restart.clear();
    if let Some(deploy) = &mut service.deploy {
        deploy.restart_policy = None;
    }
    let service = shared::resolve(observed, &service);
    let mut spec = container::spec(desired, observed, &service, &place(name), &[]);
    if !run.use_aliases {
        for endpoint in &mut spec.endpoints {
            endpoint.aliases = vec![spec.name.clone()];
        }
    }
    spec.labels.remove(labels::NUMBER);
    spec.labels.insert(labels::ONEOFF.to_owned(), "True".to_owned());
    spec.labels.insert(labels::SLUG.to_owned(), run.slug.clone());
    let declared = |source: &str| source.is_empty() || project.volumes.contains_key(source);
    let undeclared = service.volumes.iter().filter(|mount| mount.kind == MountKind::Volume && !declared(&mount.source));
    spec.one_off = Some(OneOff {
        auto_remove: run.auto_remove,
        stdin: run.stdin,
        undeclared: undeclared.map(|mount| mount.target.clone()).collect(),
    });
    spec
}

/// Nobody's: numbers begin at 1.
fn place(name: &ServiceName) -> Replica {
    Replica { service: name.clone(), number: 0 }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use model::{Mount, Network, NetworkKey, ProjectName};

    use super::*;

    fn service() -> Service {
        Service {
            image: "box".to_owned(),
            container_name: "fixed".to_owned(),
            restart: "always".to_owned(),
            volumes: vec![
                Mount { source: "elsewhere".to_owned(), target: "/y".to_owned(), ..Mount::default() },
                Mount { target: "/anonymous".to_owned(), ..Mount::default() },
            ],
            networks: BTreeMap::from([(NetworkKey::new("default").unwrap(), None)]),
            ..Service::default()
        }
    }

    #[test]
    fn what_it_needs_is_made_ready_and_nothing_else() {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let network = Network { name: "shop_default".to_owned(), ..Network::default() };
        project.networks.insert(NetworkKey::new("default").unwrap(), network);
        let web = ServiceName::new("web").unwrap();
        project.services.insert(web.clone(), Box::new(service()));
        let policy = Policy { services: Some(BTreeSet::new()), ..Policy::default() };
        let images = BTreeMap::new();
        let mut desired = Desired { project, previous: None, goal: Goal::Up, policy, images };
        assert_eq!(crate::plan(&desired, &Observed::default()).steps.len(), 0);
        desired.policy.ready.insert(web);
        let steps = crate::plan(&desired, &Observed::default()).steps;
        let verbs: Vec<&str> = steps.iter().map(|step| step.action.verb()).collect();
        assert_eq!(verbs, ["create-network", "pull"]);
    }

    fn made(run: &Run) -> ContainerSpec {
        let mut project = Project::named(ProjectName::new("shop").unwrap());
        let network = Network { name: "shop_default".to_owned(), ..Network::default() };
        project.networks.insert(NetworkKey::new("default").unwrap(), network);
        let web = ServiceName::new("web").unwrap();
        project.services.insert(web.clone(), Box::new(service()));
        match actions(project, &Observed::default(), &web, &service(), run) {
            [Action::CreateContainer(spec), _] => *spec,
            other => panic!("{other:?}"),
        }
    }

    fn run() -> Run {
        let slug = "0123456789abcdef".repeat(4);
        Run { name: None, slug, use_aliases: false, auto_remove: true, stdin: true }
    }

    #[test]
    fn it_is_no_replica() {
        let spec = made(&run());
        assert_eq!(spec.name, "shop-web-run-0123456789ab");
        assert_eq!(spec.labels[labels::ONEOFF], "True");
        assert_eq!(spec.labels[labels::SLUG], run().slug);
        assert!(!spec.labels.contains_key(labels::NUMBER));
        let one_off = OneOff { auto_remove: true, stdin: true, undeclared: vec!["/y".to_owned()] };
        assert_eq!((spec.service.restart.as_str(), spec.one_off), ("", Some(one_off)));
    }

    #[test]
    fn its_names_are_its_own_unless_asked_for() {
        assert_eq!(made(&run()).endpoints[0].aliases, ["shop-web-run-0123456789ab"]);
        let named = made(&Run { name: Some("mine".to_owned()), use_aliases: true, ..run() });
        assert_eq!(
            (named.name.as_str(), &named.endpoints[0].aliases[..]),
            ("mine", &["mine".into(), "web".into()][..])
        );
    }
}
