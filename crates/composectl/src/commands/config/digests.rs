//! Images pinned by their digests. Registries are asked by the engine, which has the way out and the credentials.

use model::{MountKind, Project, Service};

use crate::args::Global;
use crate::commands::interruptible;
use crate::connect::connect;
use crate::exit::Exit;

/// Writes every image of the services with the digest its registry has for it now.
pub(super) async fn resolve(global: &Global, project: &mut Project) -> Result<(), Exit> {
    let connection = connect(global).await?;
    for image in project.services.values_mut().flat_map(|service| images(service)) {
        let reference = full(image);
        *image = match reference.split_once('@') {
            Some(_) => reference,
            None => {
                let path = format!("/images/digest?reference={reference}");
                let found: api::ImageDigest = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
                format!("{reference}@{}", found.digest)
            }
        };
    }
    connection.close().await;
    Ok(())
}

/// The images a service names: its own, and those it mounts.
fn images(service: &mut Service) -> impl Iterator<Item = &mut String> {
    let own = Some(&mut service.image).filter(|image| !image.is_empty());
    let mounts = service.volumes.iter_mut().filter(|mount| mount.kind == MountKind::Image);
    own.into_iter().chain(mounts.map(|mount| &mut mount.source))
}

/// What an override file needs to pin the images: these, and nothing else.
pub(super) fn lock(project: Project) -> Project {
    let services = project.services.into_iter().map(|(name, service)| {
        let volumes = service.volumes.into_iter().filter(|mount| mount.kind == MountKind::Image).collect();
        (name, Box::new(Service { image: service.image, volumes, ..Service::default() }))
    });
    Project { services: services.collect(), ..Project::named(project.name) }
}

/// A reference with its registry and its tag, as docker spells it out; a tag beside a digest is dropped.
fn full(reference: &str) -> String {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    let is_registry =
        |first: &str| first.contains(['.', ':']) || first == "localhost" || first.contains(char::is_uppercase);
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if is_registry(first) => (first, rest.to_owned()),
        Some(_) => ("docker.io", name.to_owned()),
        None => ("docker.io", format!("library/{name}")),
    };
    let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
    let (path, tag) = match path.rsplit_once(':') {
        Some((path, tag)) => (path.to_owned(), tag.to_owned()),
        None => (path, "latest".to_owned()),
    };
    match digest {
        Some(digest) => format!("{registry}/{path}@{digest}"),
        None => format!("{registry}/{path}:{tag}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_spelled_out_as_docker_does() {
        for (text, expected) in [
            ("redis", "docker.io/library/redis:latest"),
            ("redis:7", "docker.io/library/redis:7"),
            ("me/app:1", "docker.io/me/app:1"),
            ("localhost/app", "localhost/app:latest"),
            ("reg.example:5000/a/b:2", "reg.example:5000/a/b:2"),
            ("redis:7@sha256:ab", "docker.io/library/redis@sha256:ab"),
        ] {
            assert_eq!(full(text), expected);
        }
    }
}
