//! What is done around the life of a container.

use model::{Config, ConfigKey, FileMode, FileReference, Hidden, Hook, Secret, SecretKey};

use super::*;

fn hook(word: &str) -> Hook {
    Hook { command: Some(vec![word.to_owned()]), ..Hook::default() }
}

fn hooked() -> Service {
    let pre_start = vec![hook("once"), Hook { image: "tool:1".into(), per_replica: true, ..hook("each") }];
    let (post_start, pre_stop) = (vec![hook("after")], vec![hook("before")]);
    Service { pre_start, post_start, pre_stop, scale: Some(2), ..service("web:1") }
}

/// The words run around each action: `verb name: before | after`.
fn words(desired: &Desired, observed: &Observed) -> Vec<String> {
    let words = |hooks: &[Hook]| hooks.iter().flat_map(|hook| hook.command.clone().unwrap()).collect::<Vec<_>>();
    let told = plan(desired, observed).steps.into_iter().filter_map(|step| {
        let (verb, name) = (step.action.verb(), step.action.object().to_owned());
        let (Action::StartContainer { around, .. }
        | Action::StopContainer { around, .. }
        | Action::RestartContainer { around, .. }) = step.action
        else {
            return None;
        };
        let runs = around.pre_start.iter().flat_map(|spec| spec.service.command.clone().unwrap());
        let before: Vec<String> = words(&around.pre_stop).into_iter().chain(runs).collect();
        Some(format!("{verb} {name}: {} | {}", before.join(" "), words(&around.post_start).join(" ")))
    });
    told.collect()
}

#[test]
fn what_is_to_be_done_once_is_done_with_the_first_replica_and_the_others_come_after() {
    let mut desired = up(project(&[("web", hooked())]));
    desired.images.insert("tool:1".into(), "sha256:2".into());
    let nothing = Observed { images: desired.images.clone(), ..Observed::default() };
    assert_eq!(words(&desired, &nothing), ["start shop-web-1: once each | after", "start shop-web-2: each | after"]);
    let steps = plan(&desired, &nothing).steps;
    let start = |step: &&crate::Step| step.action.object() == "shop-web-2" && step.action.verb() == "start";
    let first = steps.iter().position(|step| step.action.object() == "shop-web-1" && step.action.verb() == "start");
    assert!(steps.iter().find(start).unwrap().after.contains(&first.unwrap()));
}

#[test]
fn a_replica_beside_one_that_runs_needs_nothing_to_be_done_once() {
    let desired = up(project(&[("web", hooked())]));
    assert_eq!(words(&desired, &converged(&desired)), ["start shop-web-2: each | after"]);
}

#[test]
fn the_image_of_a_hook_comes_first() {
    let desired = up(project(&[("web", Service { scale: Some(1), ..hooked() })]));
    insta::assert_snapshot!(text(&desired, &Observed { images: desired.images.clone(), ..Observed::default() }), @"
    1 create-network  shop_default  missing
    2 create          shop-web-1    missing  after 1
    3 pull            tool:1        missing
    4 start           shop-web-1    missing  after 2 3
    ");
}

#[test]
fn what_stops_for_whatever_reason_is_told_before_and_what_cannot_listen_is_not() {
    let mut desired = up(project(&[("web", Service { scale: Some(1), ..hooked() })]));
    let mut observed = converged(&desired);
    desired.project.services.get_mut("web").unwrap().hostname = "other".into();
    assert_eq!(words(&desired, &observed)[0], "stop shop-web-1: before | ");
    desired.goal = Goal::Down(Down::default());
    assert_eq!(words(&desired, &observed), ["stop shop-web-1: before | "]);
    container(&mut observed, "web").state = State::Paused;
    assert_eq!(words(&desired, &observed), ["stop shop-web-1:  | "]);
}

#[test]
fn a_restart_is_told_before_and_after() {
    let mut desired = up(project(&[("web", Service { scale: Some(1), ..hooked() })]));
    let observed = converged(&desired);
    desired.policy.restart = observed.containers.keys().cloned().collect();
    assert_eq!(words(&desired, &observed), ["restart shop-web-1: before | after"]);
}

#[test]
fn who_waits_for_a_service_whose_hook_failed_does_not_go_on() {
    let mut desired = up(web_on_db());
    let mut observed = converged(&desired);
    observed.containers.retain(|_, c| c.label(labels::SERVICE) == "db");
    desired.policy.failed = [(name("db"), "db hook exited with status 1".to_owned())].into();
    insta::assert_snapshot!(text(&desired, &observed), @"
    1 create  shop-web-1  missing
    2 start   shop-web-1  missing  after 1
      dependency db failed: db hook exited with status 1
    ");
}

#[test]
fn secrets_and_configs_that_are_texts_are_brought_in_before_each_start() {
    let used = |source: &str, target: &str| FileReference {
        source: source.into(),
        target: target.into(),
        ..FileReference::default()
    };
    let mut web = service("web:1");
    web.secrets =
        vec![used("pw", ""), FileReference { uid: "7".into(), mode: Some(FileMode(0o400)), ..used("pw", "/etc/pw") }];
    web.configs = vec![used("text", "")];
    let mut project = project(&[("web", web)]);
    let secret = Secret { environment: "PW".into(), ..Secret::default() };
    project.secrets.insert(SecretKey::new("pw").unwrap(), secret);
    let config = Config { content: "hello".into(), ..Config::default() };
    project.configs.insert(ConfigKey::new("text").unwrap(), config);
    project.values.insert("PW".into(), Hidden::new("s3cret"));
    let desired = up(project);
    let mut observed = converged(&desired);
    container(&mut observed, "web").state = State::Created { error: String::new() };
    let plan = plan(&desired, &observed);
    let Action::StartContainer { around, .. } = &plan.steps[0].action else { panic!("{plan}") };
    let files: Vec<String> = around
        .files
        .iter()
        .map(|file| format!("{} {:o} {} {}", file.path, file.mode, file.uid, file.content.reveal()))
        .collect();
    assert_eq!(files, ["/run/secrets/pw 444  s3cret", "/etc/pw 400 7 s3cret", "/text 444  hello"]);
    assert!(!format!("{plan:?}").contains("s3cret"));
}
