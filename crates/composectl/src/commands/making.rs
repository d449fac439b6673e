//! How `up`, `create` and `scale` say what is to be made: their flags, in the words of the API.

use std::collections::{BTreeMap, BTreeSet};

use api::{Recreate, UpOptions};

use super::named;
use crate::args::{Making, Up};
use crate::exit::Exit;
use crate::output;

/// What `up` asks for.
///
/// # Errors
/// Flags that contradict each other, and values that cannot be read.
pub(super) fn of_up(up: &Up) -> Result<UpOptions, Exit> {
    let refused = |text: &str| Err(Exit::error(text));
    let attached = &up.attached;
    let aborts_on_exit = attached.abort_on_container_exit || attached.exit_code_from.is_some();
    let attaches = !attached.attach.is_empty() || attached.attach_dependencies;
    if up.renew_anon_volumes && up.making.no_recreate {
        return refused("--no-recreate and --renew-anon-volumes are incompatible");
    }
    if up.always_recreate_deps && up.making.no_recreate {
        return refused("--always-recreate-deps and --no-recreate are incompatible");
    }
    if attached.abort_on_container_failure && aborts_on_exit {
        return refused("--abort-on-container-failure cannot be combined with --abort-on-container-exit");
    }
    if !attached.attach.is_empty() && attached.attach_dependencies {
        return refused("cannot combine --attach and --attach-dependencies");
    }
    if up.wait && (aborts_on_exit || attaches) {
        return refused("--wait cannot be combined with --abort-on-container-exit, --attach or --attach-dependencies");
    }
    if up.detach && (aborts_on_exit || attached.abort_on_container_failure || attaches) {
        return refused(
            "--detach cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, --attach-dependencies or --watch",
        );
    }
    if removes_orphans(up.making.remove_orphans) && ignores_orphans() {
        return refused("cannot combine COMPOSE_IGNORE_ORPHANS and --remove-orphans");
    }
    let options = of_making(&up.making, &up.services)?;
    Ok(UpOptions {
        no_deps: up.no_deps,
        no_start: up.no_start,
        always_recreate_deps: up.always_recreate_deps,
        renew_anon_volumes: up.renew_anon_volumes,
        remove_orphans: removes_orphans(up.making.remove_orphans),
        grace: up.timeout,
        ..options
    })
}

/// What `create` asks for, and `up` beside its own flags.
///
/// # Errors
/// As [`of_up`].
pub(super) fn of_making(making: &Making, services: &[String]) -> Result<UpOptions, Exit> {
    if making.build && making.no_build {
        return Err(Exit::error("--build and --no-build are incompatible"));
    }
    if making.force_recreate && making.no_recreate {
        return Err(Exit::error("--force-recreate and --no-recreate are incompatible"));
    }
    let pull = match making.pull.as_str() {
        "policy" => "",
        "if_not_present" => "missing",
        policy @ ("always" | "missing" | "never" | "build") => policy,
        other => return Err(Exit::error(format!("invalid --pull option {}", diagnostic::quoted(other)))),
    };
    let mut scale = BTreeMap::new();
    for text in &making.scale {
        let pair = text.split_once('=').and_then(|(name, count)| Some((name.to_owned(), count.parse().ok()?)));
        let (name, count) =
            pair.ok_or_else(|| Exit::error(format!("invalid --scale option {text:?}. Should be SERVICE=NUM")))?;
        scale.insert(name, count);
    }
    let recreate = match (making.force_recreate, making.no_recreate) {
        (true, _) => Recreate::Always,
        (_, true) => Recreate::Never,
        _ => Recreate::Drifted,
    };
    Ok(UpOptions {
        services: named(services.to_vec()),
        recreate,
        build: making.build,
        no_build: making.no_build,
        pull: pull.to_owned(),
        replace_volumes: making.yes,
        remove_orphans: making.remove_orphans,
        scale,
        ..UpOptions::default()
    })
}

/// Whether containers of unknown services go, by the flag or the variable.
pub(super) fn removes_orphans(flag: bool) -> bool {
    flag || output::is_yes("COMPOSE_REMOVE_ORPHANS")
}

/// Whether nothing is said of them.
pub(super) fn ignores_orphans() -> bool {
    output::is_yes("COMPOSE_IGNORE_ORPHANS")
}

/// The replicas a `scale` asks for.
///
/// # Errors
/// What is no `SERVICE=NUM`.
pub(super) fn of_scale(replicas: &[String]) -> Result<(BTreeMap<String, u32>, BTreeSet<String>), Exit> {
    let mut scale = BTreeMap::new();
    for text in replicas {
        let (name, count) =
            text.split_once('=').ok_or_else(|| Exit::error(format!("invalid scale specifier: {text}")))?;
        let count = count
            .parse()
            .map_err(|_| Exit::error(format!("invalid scale specifier: can't parse replica value as int: {text}")))?;
        scale.insert(name.to_owned(), count);
    }
    let services = scale.keys().cloned().collect();
    Ok((scale, services))
}
