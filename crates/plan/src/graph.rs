//! The dependency graph of services.

use std::collections::{BTreeMap, BTreeSet};

use model::{ServiceName, Services};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Who depends on whom, and an order in which dependencies come first.
#[derive(Debug, Clone)]
pub struct Graph {
    order: Vec<ServiceName>,
    dependents: BTreeMap<ServiceName, BTreeSet<ServiceName>>,
}

impl Graph {
    /// The graph of a project's services. Linear in services and edges. A cycle, which loading refuses, is
    /// walked through in the order of names.
    #[must_use]
    pub fn of(services: &Services) -> Self {
        let mut graph: DiGraph<&ServiceName, ()> = DiGraph::with_capacity(services.len(), services.len());
        // Names come sorted, and nothing below depends on hashing: equal input gives an equal order.
        let nodes: BTreeMap<&ServiceName, NodeIndex> =
            services.keys().map(|name| (name, graph.add_node(name))).collect();
        let mut dependents: BTreeMap<ServiceName, BTreeSet<ServiceName>> = BTreeMap::new();
        for (name, service) in services {
            for on in service.depends_on.keys() {
                if let Some(target) = nodes.get(on) {
                    graph.add_edge(nodes[name], *target, ());
                    dependents.entry(on.clone()).or_default().insert(name.clone());
                }
            }
        }
        // Tarjan's components come in reverse topological order: dependencies first.
        let order = tarjan_scc(&graph)
            .into_iter()
            .flat_map(|mut component| {
                component.sort_unstable();
                component
            })
            .map(|node| graph[node].clone())
            .collect();
        Self { order, dependents }
    }

    /// Every service, its dependencies before it.
    #[must_use]
    pub fn order(&self) -> &[ServiceName] {
        &self.order
    }

    /// The services that depend on this one directly.
    pub fn dependents(&self, name: &ServiceName) -> impl Iterator<Item = &ServiceName> {
        self.dependents.get(name).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Condition, Dependency, Service};

    fn services(edges: &[(&str, &[&str])]) -> Services {
        let name = |text: &str| ServiceName::new(text).unwrap();
        edges
            .iter()
            .map(|(from, to)| {
                let edge = Dependency { condition: Condition::Started, restart: false, required: true };
                let depends_on = to.iter().map(|on| (name(on), edge.clone())).collect();
                (name(from), Box::new(Service { depends_on, ..Service::default() }))
            })
            .collect()
    }

    fn order(edges: &[(&str, &[&str])]) -> String {
        let graph = Graph::of(&services(edges));
        graph.order().iter().map(ServiceName::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn dependencies_come_first() {
        assert_eq!(order(&[("a", &["c"]), ("b", &[]), ("c", &["b"])]), "b c a");
    }

    #[test]
    fn a_cycle_does_not_hang_or_lose_a_service() {
        assert_eq!(order(&[("a", &["b"]), ("b", &["a"]), ("c", &["a"])]), "a b c");
    }
}
