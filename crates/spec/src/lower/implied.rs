//! Dependencies that nobody wrote down: a service needs those it links to, shares a namespace with or mounts the
//! volumes of (docker compose's normalisation). What `depends_on` says of one of them wins.

use model::{Condition, Dependency, Service, ServiceName};

use super::Lowering;
use super::fields::Fields;

pub(super) fn add(lowering: &mut Lowering<'_, '_>, fields: &Fields<'_>, name: &str, service: &mut Service) {
    let first = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    let mut implied: Vec<(String, &str, bool)> = Vec::new();
    implied.extend(service.links.iter().map(|link| (first(link), "links", true)));
    for (key, mode) in [
        ("network_mode", &service.network_mode),
        ("ipc", &service.ipc),
        ("pid", &service.pid),
        ("uts", &service.uts),
        ("cgroup", &service.cgroup),
    ] {
        implied.extend(mode.strip_prefix("service:").map(|other| (other.to_owned(), key, true)));
    }
    let mounted = service.volumes_from.iter().filter(|from| !from.starts_with("container:"));
    implied.extend(mounted.map(|from| (first(from), "volumes_from", false)));
    for (other, key, restart) in implied {
        match ServiceName::new(other.as_str()) {
            Ok(other) => {
                let dependency = Dependency { condition: Condition::Started, restart, required: true };
                service.depends_on.entry(other).or_insert(dependency);
            }
            Err(_) => {
                let span = fields.node(key).map_or(fields.span, |node| node.span);
                let message =
                    format!("service \"{name}\" depends on undefined service \"{other}\": invalid compose project");
                lowering.problem("undefined-service", message, span);
            }
        }
    }
}
