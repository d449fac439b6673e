//! Published ports: who can reach them, and who else wants them.

use std::collections::BTreeMap;

use diagnostic::{Diagnostic, Span};
use model::{Port, ServiceName};

use super::Subject;

/// A port of a service, and where it is written.
type Published<'a> = (&'a ServiceName, &'a Port, Span);

pub(super) fn lint(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut taken: BTreeMap<(String, String), Vec<Published<'_>>> = BTreeMap::new();
    for (name, service) in &subject.project.services {
        for (index, port) in service.ports.iter().enumerate() {
            let span = subject.place(name, &["ports", &index.to_string()]);
            if is_everywhere(port) {
                found.push(everywhere(name, port, span));
            }
            if !port.published.is_empty() {
                let others = taken.entry((port.published.clone(), port.protocol.clone())).or_default();
                let other = others.iter().find(|(other, held, _)| *other != name && meet(held, port));
                if let Some((other, _, first)) = other {
                    found.push(twice(name, other, port, span, *first));
                }
                others.push((name, port, span));
            }
        }
    }
    found
}

fn is_everywhere(port: &Port) -> bool {
    matches!(port.host_ip.as_str(), "" | "0.0.0.0" | "::")
}

/// Whether two addresses cannot both be bound.
fn meet(a: &Port, b: &Port) -> bool {
    is_everywhere(a) || is_everywhere(b) || a.host_ip == b.host_ip
}

fn everywhere(name: &ServiceName, port: &Port, span: Span) -> Diagnostic {
    let published = if port.published.is_empty() { "a port of the engine's choice" } else { port.published.as_str() };
    let message = format!("{name} is reachable from outside this machine: {published} is bound to every address");
    let help = format!("write `127.0.0.1:{}:{}` if only this machine is to reach it", port.published, port.target);
    Diagnostic::warning("published-everywhere", message)
        .at(span, "no host address")
        .note("the engine opens the port past the firewall rules of most distributions")
        .help(help)
}

fn twice(name: &ServiceName, other: &ServiceName, port: &Port, span: Span, first: Span) -> Diagnostic {
    let message = format!("{name} and {other} both publish port {}/{}", port.published, port.protocol);
    Diagnostic::warning("published-twice", message)
        .at(span, "only one of them can start")
        .related(first, "published here first")
        .help("publish another port, or let a profile choose between them")
}
