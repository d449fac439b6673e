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

/// A life is a name, much to say, and the name again.
const MUCH: &str = "services:
  much:
    image: composed.local/box:1
    command: [sh, -c, \"echo begin; seq 1 20000; echo end; exec sleep infinity\"]
  side:
    image: composed.local/box:1
";

#[test]
fn a_slow_reader_misses_nothing_of_a_container_that_starts_anew_meanwhile() {
    let stand = Stand::with_daemon(MUCH);
    let follow = {
        stand.up();
        Running::start(&mut stand.command(&["logs", "-f", "--no-log-prefix", "much"]))
    };
    // It reads nothing while the container ends, starts again and has said everything a second time.
    follow.signal(Signal::STOP);
    let said = |lives: usize| {
        let all = engine::log(&stand.name("much"));
        (all.iter().filter(|line| *line == "end").count() == lives).then_some(())
    };
    eventually("it has said everything once", || said(1));
    stand.composectl(&["restart", "much"]).well();
    eventually("it has said everything twice", || said(2));
    follow.signal(Signal::CONT);
    // The end of the stack is the end of what there is to follow.
    stand.composectl(&["stop"]).well();
    let down = Running::start(&mut stand.command(&["down"]));
    let ended = follow.end().well();
    down.end().well();
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let life: Vec<String> = std::iter::once("begin".to_owned())
        .chain((1..=20_000).map(|number| number.to_string()))
        .chain(["end".to_owned()])
        .collect();
    let first_wrong = lines.iter().zip(life.iter().chain(&life)).position(|(told, said)| told != said);
    assert_eq!((lines.len(), first_wrong), (2 * life.len(), None));
}
