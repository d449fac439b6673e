//! What somebody else keeps taking away, or making another of.

use plan::Cause;

use super::*;

/// One in the place of `web` that the file does not ask for.
fn foreign(project: &Project) -> Container {
    let mut foreign = container(project, "web", 1, running(2));
    foreign.labels.insert(labels::CONFIG_HASH.to_owned(), "another".into());
    foreign
}

/// What takes its place is called so first.
const NEXT: &str = "web1web1web1_shop-web-1";

/// Somebody takes away what is made for it each time: a controller that stays, which has `made` so many in a row.
fn replaced(project: &Project, made: u32) -> Host {
    let mut host = Host { controller: Controller::lasting(), said: Vec::new() };
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up: Up::default() })));
    host.see(&world(project, &[foreign(project)]));
    for number in 0..made {
        assert_eq!(host.runs(), [format!("create {NEXT}")], "{number}");
        // What was made is gone by the time it is looked at.
        host.finish("create", NEXT, Outcome::Container(ContainerId(format!("{number}").repeat(64)), None));
    }
    host
}

#[test]
fn what_somebody_makes_another_of_each_time_is_left_for_a_while() {
    let project = project(&["web"]);
    let mut host = replaced(&project, 4);
    assert!(host.runs().is_empty(), "{:?}", host.said);
    let status = host.controller.status(Now::default());
    assert_eq!(status.phase, crate::Phase::Blocked);
    assert!(status.failures[0].refusal.help.contains("something undoes it"), "{status:?}");

    // Whoever asks anew need not wait.
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up: Up::default() })));
    host.see(&world(&project, &[foreign(&project)]));
    assert_eq!(host.runs().len(), 1);
}

#[test]
fn what_was_stopped_for_a_successor_that_somebody_took_away_runs_again_meanwhile() {
    let project = project(&["web"]);
    let mut host = replaced(&project, 3);
    let mut new = container(&project, "web", 1, State::Created { error: String::new() });
    (new.id, new.name) = (ContainerId("9".repeat(64)), NEXT.into());
    host.finish("create", NEXT, is_now(new.clone()));
    assert_eq!(host.runs(), ["stop shop-web-1"], "the fourth try is gone through with");
    let stopped = Container { state: exited(9), ..foreign(&project) };
    host.finish("stop", "shop-web-1", is_now(stopped));
    assert_eq!(host.runs(), ["remove shop-web-1"]);
    let refused = Refusal { message: "it runs".into(), ..Refusal::default() };
    host.finish("remove", "shop-web-1", Outcome::Refused(refused));
    let stopped = Container { state: exited(9), ..foreign(&project) };
    host.see(&world(&project, &[stopped]));
    assert_eq!(host.runs(), ["start shop-web-1"]);
}

#[test]
fn nobody_is_taken_off_a_network_that_is_left_for_a_while() {
    let mut host = replaced(&project(&["web"]), 0);
    let disconnect = plan::Step {
        action: Action::DisconnectNetwork {
            id: "n1".into(),
            network: "shop_default".into(),
            container: ContainerId("web".into()),
            name: "shop-web-1".into(),
        },
        cause: Cause::Drifted(Vec::new()),
        after: Vec::new(),
        waits: Vec::new(),
    };
    let remove = Action::RemoveNetwork { id: "n1".into(), name: "shop_default".into() };
    for _ in 0..4 {
        assert!(!host.controller.rests(Now::default(), &disconnect));
        host.controller.mended(Now::default(), &remove, &Cause::Drifted(Vec::new()));
    }
    assert!(host.controller.rests(Now::default(), &disconnect));
}

#[test]
fn a_place_that_is_being_vacated_is_waited_for() {
    let project = project(&["web"]);
    let mut host = Host::up(&project);
    host.see(&world(&project, &[container(&project, "web", 1, State::Removing)]));
    assert_eq!(host.controller.status(Now::default()).phase, crate::Phase::Waiting);
}
