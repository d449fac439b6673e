//! The names a container reaches others by beside their own (Compose Specification, `links` and `external_links`).

use model::{Service, ServiceName};

use crate::action::Replica;
use crate::observed::Observed;
use crate::{Desired, container, labels, waits};

/// `container:name` for every name: of each container of a linked service the alias, `<service>-<number>` and
/// `<project>-<service>-<number>`; of one outside the project its alias.
pub(crate) fn of(desired: &Desired, observed: &Observed, service: &Service) -> Vec<String> {
    let mut links = Vec::new();
    for link in &service.links {
        let (target, alias) = link.split_once(':').unwrap_or((link, link));
        let Some((name, other)) = desired.project.services.get_key_value(target) else { continue };
        for number in numbers(observed, name, other) {
            let place = format!("{name}-{number}");
            let container = container::name(desired, other, &Replica { service: name.clone(), number });
            links.push(format!("{container}:{alias}"));
            links.push(format!("{container}:{place}"));
            links.push(format!("{container}:{}-{place}", desired.project.name));
        }
    }
    for link in &service.external_links {
        let (container, alias) = link.split_once(':').unwrap_or((link, link));
        links.push(format!("{container}:{alias}"));
    }
    links
}

/// The numbers of the containers a service has, or will have where none is seen yet.
fn numbers(observed: &Observed, name: &ServiceName, service: &Service) -> Vec<u32> {
    let mut seen: Vec<u32> = waits::containers(observed, name).filter_map(labels::number).collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.is_empty() { (1..=service.replicas()).collect() } else { seen }
}
