//! Networks that have one name: engines before API 1.44 make a second one when two ask for it at once, as when somebody
//! is killed while the engine makes it and comes back before it is to be seen. A container that is to join it by name
//! then starts on neither ("network … is ambiguous").

use std::cmp::Reverse;

use plan::{labels, observed};

use super::owner;
use super::transport::Transport;
use super::wire;
use crate::error::Error;

/// The one that stays of the networks of one name with the project's label, with those that were made for the same.
pub(super) async fn one_of(http: &Transport, mut all: Vec<wire::Network>) -> Result<observed::Network, Error> {
    let mut used = Vec::new();
    if all.len() > 1 {
        for network in &all {
            if owner::is_used(http, &network.id).await? {
                used.push(network.id.clone());
            }
        }
    }
    sort(&mut all, &used);
    let mut all = all.into_iter();
    let Some(stays) = all.next() else { return Ok(observed::Network::default()) };
    let made_for = stays.labels.get(labels::NETWORK);
    let is_twin = |other: &wire::Network| made_for.is_some() && other.labels.get(labels::NETWORK) == made_for;
    let twins = all.filter(is_twin).map(|other| other.id).collect();
    Ok(observed::Network { id: stays.id, labels: stays.labels, twins, ..Default::default() })
}

/// One that somebody runs on could not be removed; of the others the oldest stays, as whoever makes one sees to.
fn sort(all: &mut [wire::Network], used: &[String]) {
    all.sort_by(|one, other| {
        let rank = |network: &wire::Network| (Reverse(used.contains(&network.id)), network.created);
        (rank(one), &one.id).cmp(&(rank(other), &other.id))
    });
}

#[cfg(test)]
mod tests {
    use plan::Stamp;

    use super::*;

    #[test]
    fn the_one_in_use_stays_and_then_the_oldest() {
        let network = |id: &str, created| wire::Network {
            id: id.into(),
            name: "shop_default".into(),
            created: Stamp(created),
            labels: Default::default(),
        };
        let mut all = [network("young", 3), network("b", 1), network("a", 1), network("used", 4)];
        sort(&mut all, &["used".into()]);
        assert_eq!(all.map(|network| network.id), ["used", "a", "b", "young"]);
    }
}
