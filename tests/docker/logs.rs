//! `logs -f` through restarts and recreations: of each life of a container every line, once.

use std::collections::BTreeMap;

use rustix::process::Signal;
use support::deadline::eventually;
use support::programs::Running;

use crate::engine;
use crate::stand::Stand;

/// Each life says its own name and counts; it dies at once when it is told to.
const COUNTING: &str = "services:
  count:
    image: composed.local/box:1
    command: [sh, -c, \"life=$$(cat /proc/sys/kernel/random/uuid); i=0; while :; do echo $$life $$i; i=$$((i+1)); sleep 0.1; done\"]
    environment: {VERSION: \"1\"}
  side:
    image: composed.local/box:1
";

/// What each life counted, in order of appearance.
fn lives(lines: &[String]) -> Vec<Vec<u32>> {
    let mut order = Vec::new();
    let mut counts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for line in lines {
        let said = line.split_once("| ").map_or(line.as_str(), |(_, said)| said);
        let (life, count) = said.split_once(' ').unwrap_or_else(|| panic!("no line of it: {line}"));
        if !counts.contains_key(life) {
            order.push(life.to_owned());
        }
        counts.entry(life.to_owned()).or_default().push(count.parse().unwrap());
    }
    order.iter().map(|life| counts[life].clone()).collect()
}

/// Waits until the running container has said so many lines more.
fn until_it_counted(stand: &Stand) {
    let before = engine::log(&stand.name("count")).len();
    eventually("it counts on", || (engine::log(&stand.name("count")).len() >= before + 5).then_some(()));
}

#[test]
fn no_line_is_missed_and_none_is_told_twice() {
    let stand = Stand::with_daemon(COUNTING);
    stand.up();
    let follow = Running::start(&mut stand.command(&["logs", "-f", "count"]));
    until_it_counted(&stand);
    let first = stand.container("count");
    stand.composectl(&["restart", "count"]).well();
    until_it_counted(&stand);
    let of_first = engine::log(first.id());
    stand.write(&COUNTING.replace("\"1\"", "\"2\""));
    let second = stand.successor("count", &first);
    until_it_counted(&stand);
    engine::remove(second.id());
    stand.successor("count", &second);
    until_it_counted(&stand);
    follow.signal(Signal::INT);
    let ended = follow.end();
    assert_eq!(ended.code, 130, "{ended}");
    let lines: Vec<String> = ended.stdout.lines().map(str::to_owned).collect();
    let lives = lives(&lines);
    assert_eq!(lives.len(), 4, "{lives:?}");
    for life in &lives {
        let expected: Vec<u32> = (0..u32::try_from(life.len()).unwrap()).collect();
        assert_eq!(*life, expected);
    }
    // Of the first container, which was restarted, the engine remembers both lives.
    let said = of_first.len();
    let told = lives[0].len() + lives[1].len();
    assert!(told >= said, "{told} of {said} lines were told");
}

#[test]
fn following_ends_when_nobody_will_speak_any_more() {
    let stand = Stand::with_daemon(COUNTING);
    stand.up();
    let follow = Running::start(&mut stand.command(&["logs", "-f"]));
    until_it_counted(&stand);
    stand.composectl(&["down"]).well();
    let ended = follow.end().well();
    assert_eq!(lives(&ended.stdout.lines().map(str::to_owned).collect::<Vec<_>>()).len(), 1);
}

/// A life has much to say, and something more when it is told to.
const MUCH: &str = "services:
  much:
    image: composed.local/box:1
    command: [sh, -c, \"echo begin; seq 1 20000; echo end; until test -e /tmp/more; do sleep 0.1; done; echo more; exec sleep infinity\"]
";

#[test]
fn a_slow_reader_misses_nothing_of_a_container_that_starts_anew_meanwhile() {
    let stand = Stand::with_daemon(MUCH);
    stand.up();
    let follow = Running::start(&mut stand.command(&["logs", "-f", "--no-log-prefix"]));
    // It reads nothing while the container ends, starts again and has said everything a second time.
    follow.signal(Signal::STOP);
    let ends = |text: &[String]| text.iter().filter(|line| *line == "end").count();
    let name = stand.name("much");
    eventually("it has said everything once", || (ends(&engine::log(&name)) == 1).then_some(()));
    stand.composectl(&["restart"]).well();
    eventually("it has said everything twice", || (ends(&engine::log(&name)) == 2).then_some(()));
    follow.signal(Signal::CONT);
    let said = || follow.said().lines().map(str::to_owned).collect::<Vec<_>>();
    eventually("all of that is told", || (ends(&said()) == 2).then_some(()));
    engine::exec(&name, &["touch", "/tmp/more"]);
    eventually("what comes then is told", || said().last().filter(|line| *line == "more").map(|_| ()));
    let life =
        || ["begin".to_owned()].into_iter().chain((1..=20_000).map(|n: u32| n.to_string())).chain(["end".to_owned()]);
    let expected: Vec<String> = life().chain(life()).chain(["more".to_owned()]).collect();
    let told = said();
    let first_wrong = told.iter().zip(&expected).position(|(told, expected)| told != expected);
    assert_eq!((told.len(), first_wrong), (expected.len(), None));
}

#[test]
fn a_life_too_short_to_be_seen_is_shown_whole_and_once() {
    let stand = Stand::new(
        "services:
  one: {image: \"composed.local/box:1\", command: [sh, -c, \"echo from one\"]}
",
    );
    // From the second on it starts and ends again while its former life is still being read.
    for round in 0..6 {
        let ended = stand.composectl(&["up", "--no-color", "--no-log-prefix"]).well();
        let told: Vec<&str> = ended.stdout.lines().skip(1).collect();
        assert_eq!(told, ["from one", "\r\u{1b}[Kone-1 exited with code 0"], "round {round}");
    }
}
