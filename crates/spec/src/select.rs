//! Some services of a project, as `config SERVICE…` shows them: the named ones, what they depend on, and what these
//! use.

use std::collections::BTreeSet;

use model::{Project, ServiceName};

/// Leaves the named services, what they depend on, and what all these use; the others count as disabled.
///
/// # Errors
/// The first name that no enabled service has.
pub fn select(project: &mut Project, names: &[String]) -> Result<(), String> {
    let mut named = BTreeSet::new();
    for name in names {
        let known = ServiceName::new(name.as_str()).ok().filter(|key| project.services.contains_key(key));
        named.insert(known.ok_or_else(|| name.clone())?);
    }
    let kept = with_dependencies(project, &named);
    let (mut enabled, rest): (std::collections::BTreeMap<_, _>, _) =
        std::mem::take(&mut project.services).into_iter().partition(|(name, _)| kept.contains(name));
    for service in enabled.values_mut() {
        service.depends_on.retain(|name, _| kept.contains(name));
    }
    project.services = enabled;
    project.disabled_services.extend(rest);
    crate::references::retain(project);
    Ok(())
}

/// Some services and everything they depend on.
#[must_use]
pub fn with_dependencies(project: &Project, named: &BTreeSet<ServiceName>) -> BTreeSet<ServiceName> {
    let mut open: Vec<&ServiceName> = named.iter().collect();
    let mut kept = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some((name, service)) = project.services.get_key_value(name) else { continue };
        if kept.insert(name.clone()) {
            open.extend(service.depends_on.keys());
        }
    }
    kept
}

/// The names of the enabled services, each after those it depends on, else in the order of names.
#[must_use]
pub fn dependency_order(project: &Project) -> Vec<&ServiceName> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    // A name is met twice: to look at what it depends on, and to take it once that is taken.
    let mut open: Vec<(&ServiceName, bool)> = project.services.keys().rev().map(|name| (name, false)).collect();
    while let Some((name, is_ready)) = open.pop() {
        if is_ready {
            order.push(name);
        } else if seen.insert(name) {
            open.push((name, true));
            let dependencies = project.services[name].depends_on.keys().rev();
            open.extend(dependencies.filter(|name| project.services.contains_key(*name)).map(|name| (name, false)));
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::project;

    const STACK: &str = "
services:
  a: {image: x, depends_on: [z, b], volumes: ['data:/d']}
  b: {image: x, networks: [n]}
  c: {image: x, volumes: ['more:/d']}
  z: {image: x}
networks: {n: {}}
volumes: {data: {}, more: {}}
";

    fn check(names: &[&str], expected: &str) {
        let mut project = project(STACK);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let shown = match select(&mut project, &names) {
            Ok(()) => {
                let services = project.services.keys().map(|key| key.as_str());
                let networks = project.networks.keys().map(|key| key.as_str());
                let volumes = project.volumes.keys().map(|key| key.as_str());
                let joined = |names: Vec<&str>| names.join(" ");
                format!(
                    "{} / {} / {}",
                    joined(services.collect()),
                    joined(networks.collect()),
                    joined(volumes.collect())
                )
            }
            Err(name) => format!("no {name}"),
        };
        assert_eq!(shown, expected, "{names:?}");
    }

    #[test]
    fn the_named_ones_stay_with_what_they_need() {
        check(&["a"], "a b z / default n / data");
        check(&["b"], "b / n / ");
        check(&["b", "c"], "b c / default n / more");
        check(&["nope"], "no nope");
    }

    #[test]
    fn a_service_comes_after_those_it_depends_on() {
        let project = project(STACK);
        let order: Vec<&str> = dependency_order(&project).into_iter().map(|name| name.as_str()).collect();
        assert_eq!(order, ["b", "z", "a", "c"]);
    }
}
