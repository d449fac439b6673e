//! The config hash as the label has it. docker compose takes it over a service whose references are resolved, so
//! that of a volume's owner loses what only the file needs.

use std::borrow::Cow;

use model::{Service, hash};

/// The hash of a container's label.
pub(crate) fn service(service: &Service) -> String {
    hash::service(&resolved(service))
}

/// The hash docker compose 2.40 wrote there.
pub(crate) fn service_2_40(service: &Service) -> String {
    hash::service_2_40(&resolved(service))
}

/// `container:NAME[:MODE]` of `volumes_from` is the name alone.
fn resolved(service: &Service) -> Cow<'_, Service> {
    if service.volumes_from.is_empty() {
        return Cow::Borrowed(service);
    }
    let mut resolved = service.clone();
    for from in &mut resolved.volumes_from {
        if let Some(container) = from.strip_prefix("container:") {
            *from = container.split(':').next().unwrap_or_default().to_owned();
        }
    }
    Cow::Owned(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_volumes_is_hashed_by_its_name_alone() {
        let from = |text: &str| Service { volumes_from: vec![text.into()], ..Service::default() };
        assert_eq!(service(&from("container:data:ro")), hash::service(&from("data")));
        assert_eq!(service_2_40(&from("container:data")), hash::service_2_40(&from("data")));
    }
}
