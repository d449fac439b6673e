//! What can be done to a call, and rules that say to which.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::message::Request;

/// Something done to the call or to who made it, at a point of it.
pub type Act = Arc<dyn Fn() + Send + Sync>;

/// Says what is done to a call. It is asked once for each, in the order they come.
pub type Rule = Box<dyn FnMut(&Request) -> Option<Fault> + Send>;

/// A point in the life of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The engine has heard nothing of it.
    Before,
    /// The engine has done it; the client has heard nothing.
    AfterEffect,
    /// The client has its answer.
    AfterAnswer,
}

impl Point {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Before, Self::AfterEffect, Self::AfterAnswer];

    /// As a word of a command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::AfterEffect => "effect",
            Self::AfterAnswer => "answer",
        }
    }
}

/// What is done to events on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// None arrives.
    Dropped,
    /// Every second one does not arrive.
    Halved,
    /// Each arrives twice.
    Doubled,
}

/// Events that are made up.
#[derive(Debug, Clone, Default)]
pub struct Flood {
    /// What is said, one after the other and from the beginning again.
    pub events: Arc<Vec<String>>,
    /// How many have been said.
    pub said: Arc<AtomicUsize>,
}

/// What is done to a call.
#[derive(Clone)]
pub enum Fault {
    /// It is late.
    Delay(Duration),
    /// The connection ends, with the call at the engine or not; never after the answer.
    Drop(Point),
    /// The engine is not asked; this is the answer.
    Answer(u16, String),
    /// The engine is not asked; all is well, and this is what is said.
    Says(String),
    /// Bytes of the answer's body are others, its length is right.
    Garble,
    /// The connection ends after so many bytes of the answer's body.
    Truncate(usize),
    /// After so many bytes of the answer's body nothing comes any more; the connection stays.
    Stall(usize),
    /// What is said on a stream of events.
    Events(Events),
    /// Events that the engine never said come between its own, some thousand a second.
    Flood(Flood),
    /// The engine is not asked; an answer begins with this, and then nothing comes any more.
    Silence(String),
    /// Something happens at a point, and the connection ends.
    Act(Point, Act),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(by) => write!(f, "delayed by {} ms", by.as_millis()),
            Self::Drop(point) => write!(f, "dropped {}", point.word()),
            Self::Answer(status, message) => write!(f, "answered {status} {message}"),
            Self::Says(_) => f.write_str("answered by another"),
            Self::Garble => f.write_str("garbled"),
            Self::Truncate(at) => write!(f, "truncated at {at}"),
            Self::Stall(at) => write!(f, "stalled at {at}"),
            Self::Events(what) => write!(f, "events {what:?}"),
            Self::Flood(_) => f.write_str("flooded"),
            Self::Silence(_) => f.write_str("silenced"),
            Self::Act(point, _) => write!(f, "killed {}", point.word()),
        }
    }
}

/// Does something to the nth call, counted from 1, of those that match.
pub fn nth(nth: usize, mut matches: impl FnMut(&Request) -> bool + Send + 'static, fault: Fault) -> Rule {
    let mut seen = 0;
    Box::new(move |request| {
        let is_one = matches(request);
        seen += usize::from(is_one);
        (is_one && seen == nth).then(|| fault.clone())
    })
}

/// Does something to every call that matches.
pub fn each(mut matches: impl FnMut(&Request) -> bool + Send + 'static, fault: Fault) -> Rule {
    Box::new(move |request| matches(request).then(|| fault.clone()))
}
