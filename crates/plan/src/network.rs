//! Networks: made when missing, replaced when their definition changed.

use std::collections::BTreeMap;

use model::{NetworkKey, Project, ServiceName, hash};

use crate::action::{Action, NetworkSpec};
use crate::cause::{Cause, Drift, Hold, Subject};
use crate::labels;
use crate::observed::{self, Observed};
use crate::steps::{Builder, StepId};
use crate::{Desired, drift};

/// Plans the networks that the selected services use.
pub(crate) fn plan(desired: &Desired, observed: &Observed, out: &mut Builder) {
    let selected = desired.supplied();
    let served = desired.served(observed);
    for (key, network) in &desired.project.networks {
        let is_wanted = |services| desired.project.all_resources || is_used(&desired.project, key, services);
        if !is_wanted(&selected) {
            continue;
        }
        let spec = || NetworkSpec { network: network.clone(), labels: own_labels(&desired.project, key) };
        let found = observed.networks.get(&network.name);
        let mut gone: Vec<StepId> = match found {
            Some(found) if !network.external => remove_twins(observed, &network.name, found, out),
            _ => Vec::new(),
        };
        match found {
            None if network.external => {
                let hold = Hold::External { name: network.name.clone() };
                out.hold(Subject::Network(network.name.clone()), hold.clone());
                out.blocked.insert(network.name.clone(), hold);
            }
            None if !is_wanted(&served) => {}
            None => {
                let step = out.step(Action::CreateNetwork(spec()), Cause::Missing, Vec::new());
                out.networks.insert(network.name.clone(), step);
            }
            Some(found) if drift::is_to_be_replaced(found, network) => {
                let cause = Cause::Drifted(vec![Drift::Config(Vec::new())]);
                gone.push(remove(observed, &network.name, &found.id, &cause, Vec::new(), out));
                let created = out.step(Action::CreateNetwork(spec()), cause, gone);
                out.networks.insert(network.name.clone(), created);
            }
            // It could not be removed, so nobody is taken off it.
            Some(found) if drift::is_changed(found, network) => {
                let by = found.guests.iter().next().cloned().unwrap_or_default();
                out.hold(Subject::Network(network.name.clone()), Hold::InUse { by });
            }
            Some(found) => {
                if let Some(hold) = labels::unmanaged(&desired.project, network.external, &found.labels) {
                    out.hold(Subject::Network(network.name.clone()), hold);
                }
            }
        }
    }
}

/// All but one of the networks of a name go, one after another; the steps that take them away.
fn remove_twins(observed: &Observed, name: &str, found: &observed::Network, out: &mut Builder) -> Vec<StepId> {
    let mut gone = Vec::new();
    for twin in &found.twins {
        let removed = remove(observed, name, twin, &Cause::Twin, gone, out);
        out.networks.insert(name.to_owned(), removed);
        gone = vec![removed];
    }
    gone
}

/// Takes the project's containers off a network and the network away; the last step of it.
fn remove(
    observed: &Observed,
    name: &str,
    id: &str,
    cause: &Cause,
    mut after: Vec<StepId>,
    out: &mut Builder,
) -> StepId {
    for container in observed.containers.values() {
        if container.networks.get(name).is_some_and(|on| on == id) {
            let action = Action::DisconnectNetwork {
                id: id.to_owned(),
                network: name.to_owned(),
                container: container.id.clone(),
                name: container.name.clone(),
            };
            after.push(out.step(action, cause.clone(), Vec::new()));
        }
    }
    out.step(Action::RemoveNetwork { id: id.to_owned(), name: name.to_owned() }, cause.clone(), after)
}

fn is_used(project: &Project, key: &NetworkKey, selected: &std::collections::BTreeSet<ServiceName>) -> bool {
    selected.iter().any(|name| project.services[name].networks.contains_key(key))
}

fn own_labels(project: &Project, key: &NetworkKey) -> BTreeMap<String, String> {
    let network = &project.networks[key];
    let mut all = network.labels.clone();
    all.extend([
        (labels::PROJECT.to_owned(), project.name.to_string()),
        (labels::NETWORK.to_owned(), key.to_string()),
        (labels::VERSION.to_owned(), labels::DIALECT.to_owned()),
        (labels::CONFIG_HASH.to_owned(), hash::network(network)),
    ]);
    all
}
