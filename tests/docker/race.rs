//! Two clients at once with different files: one world, and the loser is told.

use support::folder::Folder;
use support::programs::{Ended, Running, command};

use crate::engine;
use crate::stand::Stand;

const ROUNDS: usize = 5;

fn stack(version: &str) -> String {
    format!(
        "services:
  a: &service
    image: composed.local/box:1
    environment: {{VERSION: \"{version}\"}}
  b:
    <<: *service
    depends_on: [a]
  c:
    <<: *service
"
    )
}

/// Runs `up` on two files of one project at once; how both ended, by version.
fn both(stand: &Stand, elsewhere: &Folder, versions: [&str; 2]) -> [Ended; 2] {
    let first = stand.command(&["up", "-d"]);
    stand.write(&stack(versions[0]));
    elsewhere.write("compose.yaml", &stand.text(&stack(versions[1])));
    let mut second = command("composectl", elsewhere);
    second.args(first.get_args());
    for (name, value) in first.get_envs().filter(|(name, _)| *name == "DOCKER_HOST" || *name == "COMPOSED_STATE_DIR") {
        second.env(name, value.expect("it is set"));
    }
    let mut first = first;
    let running = [Running::start(&mut first), Running::start(&mut second)];
    running.map(Running::end)
}

/// The version of every container; there must be one of each service and nothing else.
fn world(stand: &Stand) -> Vec<String> {
    let names = ["a", "b", "c"].map(|service| stand.name(service));
    assert_eq!(stand.belongings().containers, names);
    let version = |name: &String| engine::container(name).and_then(|found| found.variable("VERSION"));
    names.iter().map(|name| version(name).unwrap_or_default()).collect()
}

fn check(stand: &Stand, settled: impl Fn()) {
    let elsewhere = Folder::new();
    for round in 0..ROUNDS {
        let versions = [format!("left {round}"), format!("right {round}")];
        let ended = both(stand, &elsewhere, [&versions[0], &versions[1]]);
        settled();
        let world = world(stand);
        let winner = versions.iter().position(|version| *version == world[0]);
        let winner = winner.unwrap_or_else(|| panic!("somebody else's world: {world:?}"));
        assert!(world.iter().all(|version| *version == versions[winner]), "mixed: {world:?} {ended:?}");
        assert_eq!(ended[winner].code, 0, "{}", ended[winner]);
        let loser = &ended[1 - winner];
        // Overtaken and told so, or done before the other began.
        assert!(loser.code == 0 || loser.code == 3 && loser.stderr.contains("superseded"), "{loser}");
    }
}

#[test]
fn two_clients_of_one_daemon_leave_one_world() {
    let stand = Stand::with_daemon(&stack("0"));
    check(&stand, || {
        stand.until_converged();
    });
}

#[test]
fn two_clients_without_a_daemon_leave_one_world() {
    let stand = Stand::new(&stack("0"));
    check(&stand, || {});
}
