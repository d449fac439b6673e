//! What somebody else keeps taking away, or making another of.

use plan::Cause;

use super::*;

/// Whoever makes another of a container each time: a controller that stays, which has `made` so many in a row.
fn replaced(project: &Project, made: u32) -> Host {
    let mut host = Host { controller: Controller::lasting(), said: Vec::new() };
    host.hear(Input::Request(Box::new(Request::Up { project: project.clone(), up: Up::default() })));
    let mut foreign = container(project, "web", 1, running(2));
    foreign.labels.insert(labels::CONFIG_HASH.to_owned(), "another".into());
    host.see(&world(project, std::slice::from_ref(&foreign)));
    for number in 0..made {
        let create = format!("{}_shop-web-1", foreign.id.short());
        assert_eq!(host.runs(), [format!("create {create}")], "{number}");
        // What was made is gone by the time it is looked at.
        host.finish("create", &create, Outcome::Container(ContainerId(format!("{number}").repeat(64)), None));
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
    let mut foreign = container(&project, "web", 1, running(2));
    foreign.labels.insert(labels::CONFIG_HASH.to_owned(), "another".into());
    host.see(&world(&project, &[foreign]));
    assert_eq!(host.runs().len(), 1);
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
