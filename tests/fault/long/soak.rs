//! F58: thirty containers in ten stacks, and every `EVERY` seconds something goes wrong, for `T` seconds, by `SEED`. After
//! each all is well again; the daemon is one process throughout, and what it needs is looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::deadline::eventually;
use support::proxy::{Events, Fault, Point, Request, each};
use support::world::Dice;

use super::fleet::Fleet;
use super::gauge::{Gauge, slope};
use crate::engine::Engine;
use crate::number::number;
use crate::scenario::{LEFT, STACK, Stack};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Removed,
    Disconnected,
    EngineHangs,
    EngineKilled,
    EngineRestarted,
    ConnectionsBreak,
    CallsFail,
    EventsLost,
    EventsTwice,
    Garbage,
    Saved,
    BrokenSave,
    ClientKilled,
    Reload,
}

const TROUBLES: [Trouble; 14] = [
    Trouble::Removed,
    Trouble::Disconnected,
    Trouble::EngineHangs,
    Trouble::EngineKilled,
    Trouble::EngineRestarted,
    Trouble::ConnectionsBreak,
    Trouble::CallsFail,
    Trouble::EventsLost,
    Trouble::EventsTwice,
    Trouble::Garbage,
    Trouble::Saved,
    Trouble::BrokenSave,
    Trouble::ClientKilled,
    Trouble::Reload,
];

/// How long what can last does.
const LASTS: Duration = Duration::from_secs(4);

fn is_events(request: &Request) -> bool {
    request.path == "/events"
}

impl Fleet {
    fn suffer(&mut self, trouble: Trouble, dice: &mut Dice) {
        let number = usize::try_from(dice.below(self.ships.len() as u64)).unwrap_or_default();
        let service = *dice.pick(&["db", "web", "side"]);
        match trouble {
            Trouble::Removed => self.lose(number, service),
            Trouble::Disconnected => {
                let project = self.ships[number].project.clone();
                let container = format!("{project}-{service}-1");
                // It is made anew.
                self.ships[number].before = self.ships[number].before.but(&container);
                self.site.api().disconnect(&format!("{project}_default"), &container);
            }
            Trouble::EngineHangs => {
                self.site.engine.signal(Signal::STOP);
                std::thread::sleep(LASTS);
                self.site.engine.signal(Signal::CONT);
            }
            Trouble::EngineKilled => self.end_engine(Engine::kill),
            Trouble::EngineRestarted => self.end_engine(Engine::stop),
            Trouble::ConnectionsBreak => self.site.proxy.drop_connections(),
            Trouble::CallsFail => {
                let mut fork = dice.fork();
                let faults = [
                    Fault::Answer(500, "something is broken".to_owned()),
                    Fault::Drop(Point::Before),
                    Fault::Drop(Point::AfterEffect),
                ];
                self.site.proxy.rules(vec![Box::new(move |request| {
                    (!is_events(request) && fork.chance(10)).then(|| fork.pick(&faults).clone())
                })]);
                self.lose(number, service);
                std::thread::sleep(LASTS);
            }
            Trouble::EventsLost => self.mishear(Events::Dropped, number, service),
            Trouble::EventsTwice => self.mishear(Events::Doubled, number, service),
            Trouble::Garbage => {
                self.site
                    .proxy
                    .rules(vec![each(|request| request.method == "GET" && !is_events(request), Fault::Garble)]);
                self.site.proxy.drop_connections();
                self.lose(number, service);
                std::thread::sleep(LASTS);
            }
            Trouble::Saved => self.save(number, self.other(number)),
            Trouble::BrokenSave => {
                let ship = &self.ships[number];
                self.site.folder.write(&ship.file(), "services: {web: {image: [");
                eventually("the mistake is told", || {
                    let told = self.status(ship)["findings"].as_array().map_or(0, Vec::len);
                    (told > 0).then_some(())
                });
                self.save(number, ship.stack);
            }
            Trouble::ClientKilled => {
                self.save(number, self.other(number));
                let (count, ahead) = (self.site.proxy.count(), usize::try_from(dice.below(12)).unwrap_or_default());
                let client = self.site.start(&self.ships[number].file(), &["up", "-d"]);
                eventually("it is under way", || {
                    (client.ended().is_some() || self.site.proxy.count() >= count + ahead).then_some(())
                });
                client.kill();
            }
            Trouble::Reload => self.daemon.signal(Signal::HUP),
        }
    }

    fn other(&self, number: usize) -> Stack {
        if self.ships[number].stack.services == STACK.services { LEFT } else { STACK }
    }

    fn lose(&mut self, number: usize, service: &str) {
        let name = format!("{}-{service}-1", self.ships[number].project);
        self.ships[number].before = self.ships[number].before.but(&name);
        self.site.api().remove(&name);
    }

    fn end_engine(&mut self, end: fn(&Engine)) {
        end(&self.site.engine);
        self.site.engine.begin();
        for ship in &mut self.ships {
            ship.before = ship.before.ended();
        }
    }

    fn mishear(&mut self, what: Events, number: usize, service: &str) {
        self.site.proxy.rules(vec![each(is_events, Fault::Events(what))]);
        let count = self.site.proxy.count();
        self.site.proxy.drop_connections();
        eventually("it listens again", || {
            self.site.proxy.calls()[count..].iter().any(|call| is_events(&call.request)).then_some(())
        });
        self.lose(number, service);
        self.is_well();
    }
}

fn line(number: usize, trouble: Trouble, took: Duration, gauge: &Gauge) {
    println!(
        "soak: {number} {trouble:?}, well after {:.1} s; {} KiB, {} descriptors, {} threads",
        took.as_secs_f64(),
        gauge.resident,
        gauge.descriptors,
        gauge.threads,
    );
}

#[test]
fn whatever_goes_wrong_all_is_well_again_and_nothing_grows() {
    let engine = Arc::new(Engine::start());
    let mut fleet = Fleet::new(&engine, 10, STACK);
    let (span, every) = (Duration::from_secs(number("T", 60)), Duration::from_secs(number("EVERY", 20)));
    let mut dice = Dice::new(number("SEED", 1));
    let began = Instant::now();
    let mut seen = vec![fleet.gauge()];
    let mut left = Vec::new();
    while began.elapsed() < span {
        let wrong_since = Instant::now();
        if left.is_empty() {
            // Each as often as any other.
            left = TROUBLES.to_vec();
            dice.shuffle(&mut left);
        }
        let trouble = left.pop().expect("it was filled");
        fleet.suffer(trouble, &mut dice);
        fleet.site.proxy.rules(Vec::new());
        fleet.settle();
        assert_eq!(fleet.daemon.ended(), None, "composed goes on: {}", fleet.site.told());
        let gauge = fleet.gauge();
        line(seen.len(), trouble, wrong_since.elapsed(), &gauge);
        seen.push(gauge);
        // What is looked for takes time to show.
        std::thread::sleep(every.saturating_sub(wrong_since.elapsed()));
    }
    let quiet = fleet.site.quiet(Duration::from_secs(20));
    assert!(quiet.is_ok(), "{}", quiet.unwrap_err());
    let last = fleet.gauge();
    // Until then it still fetches what it keeps.
    let settled = &seen[seen.len() / 4..];
    let most = |all: &[Gauge]| all.iter().map(|gauge| gauge.descriptors).max().unwrap_or_default();
    println!(
        "soak: {} troubles in {} s; memory {} KiB at the beginning, {} KiB at the end, {:+.0} KiB an hour after the \
         first quarter; descriptors {} at the beginning, {} at most, {} at the end",
        seen.len() - 1,
        began.elapsed().as_secs(),
        seen[0].resident,
        last.resident,
        slope(settled),
        seen[0].descriptors,
        most(&seen),
        last.descriptors,
    );
    assert!(last.descriptors <= seen[0].descriptors + 8, "no descriptor is left open");
    assert!(last.resident < 2 * seen[0].resident + (16 << 10), "memory is given back");
}
