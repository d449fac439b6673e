//! F24: the kernel kills the daemon because it wants more memory than there is for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use support::deadline::eventually;
use support::proxy::{Fault, Point, Request, nth};

use super::Outage;
use crate::engine::Engine;

/// A control group with next to no memory; gone at the end, with whoever was in it.
struct Narrow(PathBuf);

impl Narrow {
    /// `None` where nobody may make one here.
    fn new() -> Option<Self> {
        // Version 1, and then 2, of control groups. What a process had before it comes in is not counted, but whatever it
        // asks for from then on is.
        let places = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
        places.into_iter().find_map(|(place, limit)| {
            let group = Path::new(place).join(format!("composed-fault-{}", std::process::id()));
            fs::create_dir(&group).ok()?;
            let group = Self(group);
            fs::write(group.0.join(limit), (64 << 10).to_string()).ok()?;
            Some(group)
        })
    }

    fn take(&self, process: u32) {
        fs::write(self.0.join("cgroup.procs"), process.to_string()).expect("a process can be moved");
    }
}

impl Drop for Narrow {
    fn drop(&mut self) {
        // An empty one is gone once nobody refers to it any more.
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_daemon_that_was_killed_for_its_memory_leaves_it_to_the_next() {
    let Some(narrow) = Narrow::new().map(Arc::new) else {
        println!("not tried: no control group with a limit of memory can be made here");
        return;
    };
    let outage = Outage::new(&Engine::shared());
    let daemon = outage.site.daemon().expect("there is a daemon");
    let (pid, group) = (daemon.id(), Arc::clone(&narrow));
    let starve = Fault::Act(Point::AfterEffect, Arc::new(move || group.take(pid)));
    outage.site.proxy.rules(vec![nth(1, Request::changes, starve)]);
    outage.lose("side");
    // Whatever it does from then on wants more memory; an answer at the latest.
    let code = eventually("it is killed", || {
        outage.site.status();
        daemon.ended()
    });
    assert_eq!(code, 137, "{}", outage.site.told());
    outage.site.proxy.rules(Vec::new());
    assert!(outage.site.answering_daemon().is_some(), "{}", outage.site.told());
    outage.is_as_before_but("side");
}
