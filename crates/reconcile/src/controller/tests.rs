//! Steps of one controller, by hand: what simulations found, each as short as it can be told.

mod contended;
mod lives;

use model::{Condition, Dependency, Project, ProjectName, Service, ServiceName};
use plan::{Goal, Health, Stamp};

use super::*;
use crate::Up;

fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

/// A project `shop` without networks, each service from an image of its own name.
fn project(services: &[&str]) -> Project {
    let service = |image: &str| Service { image: image.into(), ..Service::default() };
    Project {
        working_dir: "/srv/shop".into(),
        services: services.iter().map(|text| (name(text), Box::new(service(text)))).collect(),
        ..Project::named(ProjectName::new("shop").unwrap())
    }
}

fn container(project: &Project, service: &str, number: u32, state: State) -> Container {
    let id = ContainerId(format!("{service}{number}").repeat(32));
    let wanted = &project.services[service];
    Container {
        id,
        name: format!("shop-{service}-{number}"),
        image: wanted.image.clone(),
        labels: labels::of_container(project, &name(service), wanted, number, None),
        state,
        health: Health::None,
        restarts_always: false,
        out_of_memory: false,
        networks: BTreeMap::new(),
        volumes: BTreeMap::new(),
        created: Stamp(1),
        owners: Default::default(),
        ports: Vec::new(),
        command: String::new(),
    }
}

fn exited(at: i64) -> State {
    State::Exited { code: 0, started: Stamp(1), finished: Stamp(at), error: String::new() }
}

fn running(at: i64) -> State {
    State::Running { started: Stamp(at) }
}

fn world(project: &Project, containers: &[Container]) -> Observed {
    let images = project.services.values().map(|service| (service.image.clone(), "sha256:1".to_owned()));
    let containers = containers.iter().map(|container| (container.id.clone(), container.clone()));
    Observed { containers: containers.collect(), images: images.collect(), ..Observed::default() }
}

/// A controller, and what it said last.
struct Host {
    controller: Controller,
    said: Vec<Output>,
}

impl Host {
    fn up(project: &Project) -> Self {
        let mut host = Self { controller: Controller::new(), said: Vec::new() };
        host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up: Up::default() })));
        host
    }

    fn hear(&mut self, input: Input) {
        self.said = self.controller.step(Now::default(), input);
    }

    /// Answers the list that was asked for.
    fn see(&mut self, observed: &Observed) {
        let asked = self.said.iter().find_map(|output| match output {
            Output::Observe { number, .. } => Some(*number),
            _ => None,
        });
        self.hear(Input::Observed(asked.expect("a list is asked for"), Box::new(observed.clone())));
    }

    /// Ends the run of a verb.
    fn finish(&mut self, verb: &str, object: &str, outcome: Outcome) {
        let mut runs = self.controller.running.iter();
        let run = runs.find(|(_, run)| run.action.verb() == verb && run.action.object() == object);
        let id = *run.expect("it runs").0;
        self.hear(Input::Finished(id, outcome));
    }

    fn runs(&self) -> Vec<String> {
        let run = |output: &Output| match output {
            Output::Run(run) => Some(format!("{} {}", run.action.verb(), run.action.object())),
            _ => None,
        };
        self.said.iter().filter_map(run).collect()
    }

    fn asks_for_a_list(&self) -> bool {
        self.said.iter().any(|output| matches!(output, Output::Observe { .. }))
    }
}

fn is_now(container: Container) -> Outcome {
    Outcome::Container(container.id.clone(), Some(Box::new(container)))
}

fn lost() -> Outcome {
    Outcome::Unknown(Refusal::default())
}

#[test]
fn a_container_that_joined_another_network_than_was_seen_casts_doubt_on_what_was_seen() {
    let mut project = project(&["web"]);
    let network = model::Network { name: "shop_default".into(), ..model::Network::default() };
    project.networks.insert(model::NetworkKey::new("default").unwrap(), network);
    let key = model::NetworkKey::new("default").unwrap();
    project.services.get_mut("web").unwrap().networks.insert(key, None);
    let mut web = container(&project, "web", 1, State::Created { error: String::new() });
    web.networks.insert("shop_default".into(), String::new());
    let mut seen = world(&project, std::slice::from_ref(&web));
    let labels = [(labels::PROJECT.to_owned(), "shop".to_owned())].into();
    seen.networks
        .insert("shop_default".into(), plan::observed::Network { id: "old".into(), labels, ..Default::default() });
    let mut host = Host::up(&project);
    host.see(&seen);
    assert_eq!(host.runs(), ["start shop-web-1"]);
    // Somebody has made the network anew meanwhile.
    web.networks.insert("shop_default".into(), "new".into());
    web.state = running(7);
    host.finish("start", "shop-web-1", is_now(web));
    assert_eq!(host.runs(), [""; 0]);
    assert!(host.asks_for_a_list());
}

#[test]
fn whoever_always_has_something_to_do_looks_around_all_the_same() {
    let project = project(&["db", "web"]);
    let made = |service| container(&project, service, 1, State::Created { error: String::new() });
    let mut host = Host::up(&project);
    host.see(&world(&project, &[made("db")]));
    assert_eq!(host.runs(), ["start shop-db-1", "create shop-web-1"]);
    let later = Now(Duration::from_secs(31));
    let id = |host: &Host, verb: &str| {
        let mut runs = host.controller.running.iter();
        *runs.find(|(_, run)| run.action.verb() == verb).expect("it runs").0
    };
    let create = id(&host, "create");
    host.said = host.controller.step(later, Input::Finished(create, is_now(made("web"))));
    assert_eq!(host.runs(), [""; 0]);
    let start = id(&host, "start");
    host.said = host.controller.step(later, Input::Finished(start, is_now(container(&project, "db", 1, running(3)))));
    assert!(host.asks_for_a_list());
}

#[test]
fn replicas_made_out_of_order_keep_their_numbers() {
    let mut project = project(&["web"]);
    project.services.get_mut("web").unwrap().scale = Some(3);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[]));
    assert_eq!(host.runs(), ["create shop-web-1", "create shop-web-2", "create shop-web-3"]);
    let second = container(&project, "web", 2, State::Created { error: String::new() });
    host.finish("create", "shop-web-2", is_now(second));
    assert_eq!(host.runs(), ["start shop-web-2"]);
}

#[test]
fn a_one_shot_whose_start_was_answered_by_nobody_runs_once() {
    let project = project(&["migrate"]);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "migrate", 1, exited(5))]));
    assert_eq!(host.runs(), ["start shop-migrate-1"]);
    host.finish("start", "shop-migrate-1", lost());
    host.see(&world(&project, &[container(&project, "migrate", 1, exited(9))]));
    assert_eq!(host.runs(), [""; 0]);
}

#[test]
fn what_was_stopped_for_another_is_started_again_though_nobody_answered() {
    let mut project = project(&["db", "web"]);
    let edge = Dependency { condition: Condition::Started, restart: true, required: true };
    project.services.get_mut("web").unwrap().depends_on.insert(name("db"), edge);
    let (db, web) = (container(&project, "db", 1, running(1)), container(&project, "web", 1, running(2)));
    let mut host = Host::up(&project);
    host.see(&world(&project, &[db.clone(), web.clone()]));
    let mut edited = project.clone();
    edited.services.get_mut("db").unwrap().hostname = "db".into();
    host.hear(Input::Request(Box::new(Request::Apply { project: edited.clone() })));
    host.see(&world(&project, &[db, web]));
    assert_eq!(host.runs(), ["create db1db1db1db1_shop-db-1", "stop shop-web-1"]);
    host.finish("stop", "shop-web-1", lost());
    let new = container(&edited, "db", 1, State::Created { error: String::new() });
    host.finish("create", "db1db1db1db1_shop-db-1", is_now(new));
    // Meanwhile somebody else has put the new one in its place, and started it.
    let (db, web) = (container(&edited, "db", 1, running(7)), container(&project, "web", 1, exited(6)));
    host.see(&world(&edited, &[db, web]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
}

#[test]
fn what_was_stopped_for_another_before_a_crash_is_started_again() {
    let mut project = project(&["db", "web"]);
    for service in project.services.values_mut() {
        service.restart = "always".into();
    }
    let (db, web) = (container(&project, "db", 1, exited(5)), container(&project, "web", 1, exited(5)));
    let request = Request::Resume {
        project: project.clone(),
        wishes: crate::Wishes::default(),
        is_converged: true,
        interrupted: [(web.id.clone(), None)].into(),
        ended: BTreeSet::new(),
    };
    let mut host = Host { controller: Controller::lasting(), said: Vec::new() };
    host.hear(Input::Request(Box::new(request)));
    host.see(&world(&project, &[db, web]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
}

#[test]
fn a_restart_that_came_as_far_as_the_stop_is_finished_by_a_start() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    let web = container(&project, "web", 1, running(1));
    host.see(&world(&project, std::slice::from_ref(&web)));
    let restart = Request::Restart { project: project.clone(), services: None, without_dependents: false, grace: None };
    host.hear(Input::Request(Box::new(restart)));
    host.see(&world(&project, std::slice::from_ref(&web)));
    assert_eq!(host.runs(), ["restart shop-web-1"]);
    host.finish("restart", "shop-web-1", lost());
    // It had come as far as the stop.
    host.see(&world(&project, &[container(&project, "web", 1, exited(2))]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
    host.finish("start", "shop-web-1", is_now(container(&project, "web", 1, running(3))));
    assert_eq!(host.runs(), [""; 0]);
}

#[test]
fn what_was_one_too_many_and_is_wanted_again_is_started_again() {
    let mut two = project(&["web"]);
    two.services.get_mut("web").unwrap().scale = Some(2);
    let one = project(&["web"]);
    let first = container(&two, "web", 1, running(1));
    let mut host = Host::up(&two);
    host.hear(Input::Request(Box::new(Request::Apply { project: one })));
    host.see(&world(&two, &[first.clone(), container(&two, "web", 2, running(1))]));
    assert_eq!(host.runs(), ["stop shop-web-2"]);
    let second = container(&two, "web", 2, exited(2));
    host.hear(Input::Request(Box::new(Request::Apply { project: two.clone() })));
    host.finish("stop", "shop-web-2", is_now(second.clone()));
    host.see(&world(&two, &[first, second]));
    assert_eq!(host.runs(), ["start shop-web-2"]);
}

#[test]
fn a_request_does_not_forget_the_one_before_it() {
    let project = project(&["db", "web"]);
    let mut host = Host::up(&project);
    let mut edited = project.clone();
    edited.services.get_mut("web").unwrap().hostname = "web".into();
    host.hear(Input::Request(Box::new(Request::Apply { project: edited.clone() })));
    let ended = [container(&edited, "db", 1, exited(5)), container(&edited, "web", 1, exited(5))];
    host.see(&world(&edited, &ended));
    assert_eq!(host.runs(), ["start shop-db-1", "start shop-web-1"]);
}

#[test]
fn what_was_stopped_and_left_the_file_is_no_longer_stopped_after_an_up_of_all() {
    let (both, less) = (project(&["db", "web"]), project(&["db"]));
    let mut host = Host::up(&both);
    let stop = Request::Stop { project: both.clone(), services: Some([name("web")].into()), grace: None };
    host.hear(Input::Request(Box::new(stop)));
    host.hear(Input::Request(Box::new(Request::Up { project: less, up: Up::default() })));
    host.hear(Input::Request(Box::new(Request::Apply { project: both })));
    assert_eq!(host.controller.desired().unwrap().policy.stopped, [].into());
}

#[test]
fn starting_one_service_leaves_the_others_ended() {
    let project = project(&["db", "web"]);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "db", 1, running(1)), container(&project, "web", 1, running(1))]));
    let services = Some([name("web")].into());
    host.hear(Input::Request(Box::new(Request::Start { project: project.clone(), services })));
    host.see(&world(&project, &[container(&project, "db", 1, exited(5)), container(&project, "web", 1, exited(5))]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
}

#[test]
fn nobody_is_blind_while_an_image_comes() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    host.see(&Observed::default());
    assert_eq!(host.runs(), ["pull web"]);
    host.hear(Input::Doubt);
    assert!(host.asks_for_a_list());
}

#[test]
fn where_a_look_and_a_list_differ_another_look_decides() {
    let project = project(&["web"]);
    let now = container(&project, "web", 1, running(1));
    let mut host = Host::up(&project);
    host.see(&world(&project, std::slice::from_ref(&now)));
    host.hear(Input::Doubt);
    let asked = std::mem::take(&mut host.said);
    host.hear(Input::Looked(now.id.clone(), Some(Box::new(now.clone()))));
    host.said = asked;
    host.see(&world(&project, &[container(&project, "web", 1, running(9))]));
    assert!(host.said.contains(&Output::Look(now.id)));
}

#[test]
fn a_look_that_was_made_before_a_run_of_ours_ended_decides_nothing() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    let web = container(&project, "web", 1, running(1));
    let mut twin = container(&project, "web", 1, State::Created { error: String::new() });
    (twin.id, twin.name) = (ContainerId("e".repeat(64)), "web1web1web1_shop-web-1".into());
    host.see(&world(&project, &[web.clone(), twin.clone()]));
    assert_eq!(host.runs(), [format!("remove {}", twin.name)]);
    host.controller.looking.insert(twin.id.clone(), false);
    host.finish("remove", &twin.name, Outcome::Done);
    host.hear(Input::Looked(twin.id.clone(), Some(Box::new(twin.clone()))));
    assert_eq!(host.runs(), Vec::<String>::new());
    assert!(host.said.contains(&Output::Look(twin.id)), "another look decides");
}

#[test]
fn a_list_that_was_asked_for_in_a_former_life_of_the_project_is_none_of_this_one() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    assert!(host.asks_for_a_list());
    host.controller.begin_anew();
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up: Up::default() })));
    assert!(host.asks_for_a_list());
    host.hear(Input::Observed(1, Box::new(world(&project, &[]))));
    assert_eq!(host.runs(), Vec::<String>::new());
    assert!(host.controller.listed.is_none(), "it was made before");
}

#[test]
fn a_consent_is_of_one_request_and_what_was_stopped_stays_so() {
    let project = project(&["db", "web"]);
    let mut host = Host::up(&project);
    let up = Up { replaces_volumes: true, renews_volumes: true, remove_orphans: true, ..Up::default() };
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up })));
    let services = Some([name("db")].into());
    host.hear(Input::Request(Box::new(Request::Stop { project: project.clone(), services, grace: None })));
    host.hear(Input::Request(Box::new(Request::Apply { project })));
    let policy = &host.controller.desired().unwrap().policy;
    assert!(!policy.replaces_volumes && !policy.renews_volumes && !policy.remove_orphans);
    assert_eq!(policy.stopped, [name("db")].into());
}

#[test]
fn of_a_project_that_loses_some_services_the_rest_is_wanted_as_before() {
    let project = project(&["db", "web", "side"]);
    let mut host = Host::up(&project);
    let down = |service: &str| {
        let down = plan::Down { services: Some([name(service)].into()), ..plan::Down::default() };
        // Whoever asks sees another file.
        Input::Request(Box::new(Request::Down { project: Project::named(project.name.clone()), down }))
    };
    host.hear(down("db"));
    host.hear(down("web"));
    let desired = host.controller.desired().unwrap();
    assert_eq!(desired.project, project);
    assert_eq!(desired.policy.stopped, [name("db"), name("web")].into());
    let Goal::Down(gone) = &desired.goal else { panic!("{:?}", desired.goal) };
    assert_eq!(gone.services, Some([name("db"), name("web")].into()));
}

#[test]
fn who_rests_does_nothing_until_the_next_request() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    let web = container(&project, "web", 1, running(1));
    host.see(&world(&project, std::slice::from_ref(&web)));
    host.controller.rest(crate::Phase::Converged);
    host.hear(Input::Touched(web.id.clone()));
    host.hear(Input::Looked(web.id, None));
    assert_eq!(host.runs(), [""; 0]);
    assert_eq!(host.controller.status(Now::default()).phase, crate::Phase::Converged);
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up: Up::default() })));
    host.see(&world(&project, &[]));
    assert_eq!(host.runs(), ["create shop-web-1"]);
}

#[test]
fn what_runs_was_not_left_unstarted() {
    let project = project(&["db", "web"]);
    let mut host = Host::up(&project);
    let up = Up { unstarted: true, ..Up::default() };
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up })));
    let made = State::Created { error: String::new() };
    host.see(&world(&project, &[container(&project, "db", 1, running(1)), container(&project, "web", 1, made)]));
    host.controller.forget_started();
    assert_eq!(host.controller.desired().unwrap().policy.unstarted, [name("web")].into());
}

#[test]
fn a_stop_that_lands_after_its_deadline_is_not_taken_for_somebody_elses() {
    let mut two = project(&["web"]);
    two.services.get_mut("web").unwrap().scale = Some(2);
    let one = project(&["web"]);
    let all = [container(&two, "web", 1, running(1)), container(&two, "web", 2, running(1))];
    let mut host = Host::up(&two);
    host.see(&world(&two, &all));
    host.hear(Input::Request(Box::new(Request::Apply { project: one })));
    host.see(&world(&two, &all));
    assert_eq!(host.runs(), ["stop shop-web-2"]);
    host.finish("stop", "shop-web-2", lost());
    // It is wanted again, and runs on for now: the engine has yet to come to the stop.
    host.hear(Input::Request(Box::new(Request::Apply { project: two.clone() })));
    host.see(&world(&two, &all));
    assert_eq!(host.runs(), [""; 0]);
    let second = container(&two, "web", 2, exited(9));
    host.hear(Input::Touched(second.id.clone()));
    host.hear(Input::Looked(second.id.clone(), Some(Box::new(second.clone()))));
    assert_eq!(host.runs(), ["start shop-web-2"]);
    host.finish("start", "shop-web-2", is_now(container(&two, "web", 2, running(10))));
    // Once it has run again a stop is somebody's.
    let stopped = Container { state: exited(11), ..second };
    host.hear(Input::Touched(stopped.id.clone()));
    host.hear(Input::Looked(stopped.id.clone(), Some(Box::new(stopped))));
    assert_eq!(host.runs(), [""; 0]);
}

#[test]
fn who_was_started_since_it_was_stopped_for_another_is_not_started_again() {
    let mut project = project(&["web"]);
    project.services.values_mut().for_each(|service| service.restart = "always".into());
    let began = |at| State::Exited { code: 143, started: Stamp(at), finished: Stamp(9), error: String::new() };
    for (started, runs) in [(3, vec!["start shop-web-1"]), (7, vec![])] {
        let web = container(&project, "web", 1, began(started));
        let request = Request::Resume {
            project: project.clone(),
            wishes: crate::Wishes::default(),
            is_converged: true,
            interrupted: [(web.id.clone(), Some(Stamp(3)))].into(),
            ended: BTreeSet::new(),
        };
        let mut host = Host { controller: Controller::lasting(), said: Vec::new() };
        host.hear(Input::Request(Box::new(request)));
        // It ended by hand before anything was listed.
        host.see(&world(&project, std::slice::from_ref(&web)));
        assert_eq!(host.runs(), runs, "it was started at {started}");
    }
}

#[test]
fn a_clock_that_is_set_back_restarts_a_follower_once() {
    let mut project = project(&["db", "web"]);
    let edge = Dependency { condition: Condition::Started, restart: true, required: true };
    project.services.get_mut("web").unwrap().depends_on.insert(name("db"), edge);
    let mut host = Host::up(&project);
    // The one that is followed was made when the clock was ahead.
    let mut db = container(&project, "db", 1, running(900));
    db.created = Stamp(900);
    host.see(&world(&project, &[db.clone(), container(&project, "web", 1, running(5))]));
    assert_eq!(host.runs(), ["restart shop-web-1"]);
    let web = container(&project, "web", 1, running(6));
    host.finish("restart", "shop-web-1", is_now(web.clone()));
    assert!(host.runs().is_empty(), "it was started after it");
    host.hear(Input::Doubt);
    host.see(&world(&project, &[db.clone(), web.clone()]));
    assert!(host.runs().is_empty(), "it was started after it");
    // Another one is followed as ever.
    let other = Container { id: ContainerId("other".to_owned()), created: Stamp(901), ..db };
    host.hear(Input::Doubt);
    host.see(&world(&project, &[other, web]));
    assert_eq!(host.runs(), ["restart shop-web-1"]);
}
