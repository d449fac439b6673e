//! How the options of `up` become what is wanted.

use std::collections::BTreeSet;

use model::{Project, ServiceName};
use plan::{Desired, Goal, Policy, reach};

use super::intake::Sweep;
use crate::request::{Recreate, Up};

/// What is wanted from now on, and what is asked of the containers that are there.
pub(super) fn wanted(former: Option<Desired>, mut project: Project, up: Up) -> (Desired, Sweep) {
    let former = former.filter(Desired::is_kept);
    let alone = up.services.clone().filter(|_| up.without_dependencies).unwrap_or_default();
    without_dependencies(&mut project, &alone);
    // A service once asked for stays asked for; naming one more widens it.
    let services = match (&former, &up.services) {
        (_, None) => None,
        (None, Some(named)) => Some(named.clone()),
        (Some(former), Some(named)) => former.policy.services.as_ref().map(|known| known | named),
    };
    let reached = reach(&project, up.services.as_ref());
    let (mut stopped, mut unstarted, mut start, mut kept_alone, mut images) = Default::default();
    let previous = former.map(|desired| {
        // An `up` of all is of those too that are not in the file just now.
        let left = |former: &BTreeSet<ServiceName>| match up.services {
            None => BTreeSet::new(),
            Some(_) => former - &reached,
        };
        stopped = left(&desired.policy.stopped);
        unstarted = left(&desired.policy.unstarted);
        kept_alone = left(&desired.policy.alone);
        // What was asked for before and is not done yet is still to come.
        start = desired.policy.start;
        images = desired.images;
        desired.project
    });
    without_dependencies(&mut project, &kept_alone);
    if up.unstarted {
        unstarted.extend(reached.iter().cloned());
    }
    let sweep = Sweep {
        starts_ended: !up.unstarted,
        recreates: recreated(&up, &reached),
        repins: true,
        scope: up.services.clone(),
        ..Sweep::nothing()
    };
    let refresh = refreshed(&project, &up, &(&reached | &up.ready));
    let policy = Policy {
        services,
        refresh,
        ready: up.ready,
        stopped,
        unstarted,
        alone: &alone | &kept_alone,
        start,
        keep_drifted: up.recreate == Recreate::Never,
        pull: up.pull,
        never_builds: up.never_builds,
        renews_volumes: up.renews_volumes,
        replaces_volumes: up.replaces_volumes,
        remove_orphans: up.remove_orphans,
        grace: up.grace,
        ..Policy::default()
    };
    (Desired { project, previous, goal: Goal::Up, policy, images }, sweep)
}

/// Leaves some services without what they depend on, but for each other.
pub fn without_dependencies(project: &mut Project, alone: &BTreeSet<ServiceName>) {
    for (_, service) in project.services.iter_mut().filter(|(name, _)| alone.contains(*name)) {
        service.depends_on.retain(|on, _| alone.contains(on));
    }
}

/// The images to be pulled or built although they are there.
fn refreshed(project: &Project, up: &Up, reached: &BTreeSet<ServiceName>) -> BTreeSet<String> {
    let services = project.services.iter().filter(|(name, _)| reached.contains(*name));
    let refreshed = services.filter(|(name, service)| {
        let is_named = up.ready.contains(*name) || up.services.as_ref().is_none_or(|named| named.contains(*name));
        let is_built =
            service.build.is_some() && (up.build && is_named || up.pull.is_empty() && service.pull_policy == "build");
        is_built && !up.never_builds || service.pull_policy_under(&up.pull) == "always"
    });
    refreshed.map(|(name, service)| project.image_of(name, service)).collect()
}

/// The services whose containers are to be others although nothing differs.
fn recreated(up: &Up, reached: &BTreeSet<ServiceName>) -> Option<BTreeSet<ServiceName>> {
    let named = || up.services.clone().unwrap_or_else(|| reached.clone());
    let is_forced = up.recreate == Recreate::Always || up.renews_volumes;
    match (is_forced, up.recreates_dependencies) {
        (true, true) => Some(reached.clone()),
        (true, false) => Some(named()),
        (false, true) => Some(reached - &named()),
        (false, false) => None,
    }
}
