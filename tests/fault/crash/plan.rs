//! Which rounds are played: every kill point once, then chance.

use std::fmt;

use support::proxy::Point;
use support::world::Dice;

use crate::scenario::Scenario;

/// A kill: at which of the calls that change something, counted from 1, and where in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kill {
    pub(crate) call: usize,
    pub(crate) point: Point,
}

/// A change, and what kills it; each kill after the first meets the recovery from the one before.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    pub(crate) scenario: &'static Scenario,
    /// Whether a daemon does the work.
    pub(crate) is_daemons: bool,
    pub(crate) kills: Vec<Kill>,
}

impl fmt::Display for Round {
    /// As `ROUND=` takes it: `recreate/daemon/3effect,1before`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.scenario.name, if self.is_daemons { "daemon" } else { "alone" })?;
        let kills: Vec<String> = self.kills.iter().map(|kill| format!("{}{}", kill.call, kill.point.word())).collect();
        f.write_str(&kills.join(","))
    }
}

impl Round {
    /// Reads one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (scenario, rest) = text.split_once('/')?;
        let (who, kills) = rest.split_once('/')?;
        let kill = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit())?;
            let point = Point::ALL.into_iter().find(|point| point.word() == &text[end..])?;
            Some(Kill { call: text[..end].parse().ok()?, point })
        };
        let kills = kills.split(',').filter(|text| !text.is_empty()).map(kill).collect::<Option<_>>()?;
        Some(Self { scenario: Scenario::named(scenario)?, is_daemons: who == "daemon", kills })
    }
}

/// How many calls a change takes when nothing kills it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) scenario: &'static Scenario,
    pub(crate) is_daemons: bool,
    pub(crate) calls: usize,
}

/// So many rounds. Where there is room every kill point comes once, and the rest is chance; where there is not, a
/// third is chance, as a kill within a recovery is worth more than the next of its kind.
pub(crate) fn rounds(measures: &[Measure], count: usize, dice: &mut Dice) -> Vec<Round> {
    let mut all: Vec<Round> = measures.iter().flat_map(single).collect();
    dice.shuffle(&mut all);
    if count < all.len() {
        all.truncate(count - count / 3);
    }
    while all.len() < count {
        let measure = dice.pick(measures);
        let mut kill = || Kill {
            call: 1 + usize::try_from(dice.below(measure.calls.max(1) as u64)).expect("an index"),
            point: *dice.pick(&Point::ALL),
        };
        let first = kill();
        let second = kill();
        let third = kill();
        // The later a recovery, the less is left for it to do.
        let kills = vec![
            first,
            Kill { call: second.call.div_ceil(2), ..second },
            Kill { call: third.call.div_ceil(4), ..third },
        ];
        all.push(Round { scenario: measure.scenario, is_daemons: measure.is_daemons, kills });
    }
    // Whoever ends it early has seen some of everything.
    dice.shuffle(&mut all);
    all
}

fn single(measure: &Measure) -> impl Iterator<Item = Round> {
    let &Measure { scenario, is_daemons, calls } = measure;
    (1..=calls).flat_map(move |call| {
        Point::ALL.into_iter().map(move |point| Round { scenario, is_daemons, kills: vec![Kill { call, point }] })
    })
}

#[test]
fn a_round_is_read_as_it_is_told() {
    for text in ["recreate/daemon/3effect,1before", "down/alone/12answer", "new/alone/"] {
        assert_eq!(Round::read(text).expect("it is one").to_string(), text);
    }
    assert!(Round::read("recreate/daemon/3sideways").is_none());
}
