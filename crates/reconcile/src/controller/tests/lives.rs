//! Engines that end, and what ended with them.

use super::*;

#[test]
fn what_ran_when_an_engine_was_lost_ended_with_it_although_its_successor_was_seen_first() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "web", 1, running(1))]));
    host.hear(Input::EngineLost);
    let killed = State::Exited { code: 137, started: Stamp(1), finished: Stamp(2), error: String::new() };
    let after = world(&project, &[container(&project, "web", 1, killed)]);
    host.see(&after);
    assert_eq!(host.runs(), [""; 0], "nobody knows yet whose list it is");
    host.hear(Input::EngineIs(EngineLife::Another { signalled: BTreeSet::new() }));
    host.see(&after);
    assert_eq!(host.runs(), ["start shop-web-1"]);
}

#[test]
fn nothing_is_done_while_nobody_knows_which_engine_answers() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "web", 1, running(1))]));
    host.hear(Input::EngineLost);
    host.see(&world(&project, &[]));
    assert_eq!(host.runs(), [""; 0]);
    assert_eq!(host.controller.status(Now::default()).phase, crate::Phase::Observing);
    host.hear(Input::EngineIs(EngineLife::Same));
    host.see(&world(&project, &[]));
    assert_eq!(host.runs(), ["create shop-web-1"]);
}

#[test]
fn an_engine_that_was_there_is_waited_for_a_while_before_that_is_called_blocked() {
    use crate::Phase;
    let project = project(&["web"]);
    let refused = |host: &mut Host| {
        let number = host.controller.listing.expect("a list is asked for");
        host.hear(Input::ObserveFailed(number, Refusal::default()));
        // Later there is another try.
        let later = Now::default().after(Duration::from_secs(60) * number as u32);
        host.said = host.controller.step(later, Input::Woke);
        host.controller.status(later).phase
    };
    let mut host = Host::up(&project);
    assert_eq!(refused(&mut host), Phase::Blocked, "it was never there");
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "web", 1, running(1))]));
    host.hear(Input::Doubt);
    let phases: Vec<Phase> = (0..4).map(|_| refused(&mut host)).collect();
    assert_eq!(phases, [Phase::Observing, Phase::Observing, Phase::Observing, Phase::Blocked]);
}

/// A stack that ran before this daemon, of which `ended` had ended, and now nothing runs.
fn resumed(project: &Project, ended: &[&Container], after: &[Container], lives: &[EngineLife]) -> Vec<String> {
    let request = Request::Resume {
        project: project.clone(),
        wishes: crate::Wishes::default(),
        is_converged: true,
        interrupted: Lives::new(),
        ended: ended.iter().map(|container| container.id.clone()).collect(),
    };
    let mut host = Host { controller: Controller::lasting(), said: Vec::new() };
    host.hear(Input::EngineLost);
    host.hear(Input::Request(Box::new(request)));
    for life in lives {
        host.hear(Input::EngineLost);
        host.hear(Input::EngineIs(life.clone()));
    }
    host.see(&world(project, after));
    host.runs()
}

#[test]
fn what_ended_unheard_is_told_from_what_had_ended_and_from_what_was_done() {
    let mut project = project(&["db", "job", "web"]);
    let edge = Dependency { condition: Condition::Completed, restart: false, required: true };
    project.services.get_mut("web").unwrap().depends_on.insert(name("job"), edge);
    let db = container(&project, "db", 1, exited(5));
    let web = container(&project, "web", 1, exited(9));
    let all = [db.clone(), container(&project, "job", 1, exited(9)), web];
    assert_eq!(resumed(&project, &[&db], &all, &[EngineLife::Unheard]), ["start shop-web-1"]);
    let another = || EngineLife::Another { signalled: BTreeSet::new() };
    // It ends once more before anything was listed.
    assert_eq!(resumed(&project, &[&db], &all, &[EngineLife::Unheard, another()]), ["start shop-web-1"]);
    // The end of the first was seen by its daemon, whose ledger knows; the second ends before anything was listed.
    let killed = State::Exited { code: 137, started: Stamp(1), finished: Stamp(9), error: String::new() };
    let all = [db.clone(), container(&project, "job", 1, exited(9)), container(&project, "web", 1, killed)];
    assert_eq!(resumed(&project, &[&db], &all, &[EngineLife::Same, another()]), ["start shop-web-1"]);
}

#[test]
fn what_was_being_started_when_an_engine_was_lost_may_have_run() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "web", 1, State::Created { error: String::new() })]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
    host.hear(Input::EngineLost);
    host.finish("start", "shop-web-1", lost());
    host.hear(Input::EngineIs(EngineLife::Another { signalled: BTreeSet::new() }));
    let killed = State::Exited { code: 137, started: Stamp(1), finished: Stamp(2), error: String::new() };
    host.see(&world(&project, &[container(&project, "web", 1, killed)]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
}

#[test]
fn what_the_engine_cannot_start_any_more_is_made_anew_the_second_time_and_not_without_end() {
    let project = project(&["web"]);
    let made = |name: &str, number: usize| {
        let (id, name) = (ContainerId(format!("{number:064}")), name.to_owned());
        Container { id, name, ..container(&project, "web", 1, State::Created { error: String::new() }) }
    };
    let mut engine = vec![made("shop-web-1", 0)];
    let mut controller = Controller::lasting();
    let up = Request::Up { project: project.clone(), up: Up::default() };
    let mut now = Now::default();
    let mut said = controller.step(now, Input::Request(Box::new(up)));
    let mut done = Vec::new();
    // A minute in which nothing can be started.
    while now < Now::default().after(Duration::from_secs(60)) {
        let mut wake_at = now.after(Duration::from_secs(15));
        while let Some(output) = said.pop() {
            let input = match output {
                Output::Observe { number, .. } => Input::Observed(number, Box::new(world(&project, &engine))),
                Output::Look(id) => {
                    let found = engine.iter().find(|container| container.id == id);
                    Input::Looked(id, found.cloned().map(Box::new))
                }
                Output::WakeAt(at) => {
                    wake_at = at;
                    continue;
                }
                Output::Run(Run { id, action, .. }) => {
                    done.push(action.verb());
                    let outcome = match action {
                        Action::CreateContainer(spec) => {
                            engine.push(made(&spec.name, done.len()));
                            is_now(engine.last().expect("it was just made").clone())
                        }
                        Action::RemoveContainer { id, .. } => {
                            engine.retain(|container| container.id != id);
                            Outcome::Done
                        }
                        Action::RenameContainer { to, .. } => {
                            engine[0].name = to;
                            is_now(engine[0].clone())
                        }
                        _ => Outcome::Refused(Refusal { is_unstartable: true, ..Refusal::default() }),
                    };
                    Input::Finished(id, outcome)
                }
            };
            said.extend(controller.step(now, input));
        }
        now = wake_at;
        said = controller.step(now, Input::Woke);
    }
    let anew = ["start", "start", "create", "remove", "rename"];
    assert_eq!(done[..10], [anew, anew].concat(), "{done:?}");
    assert!(done.iter().filter(|verb| **verb == "create").count() <= 5, "{done:?}");
}
