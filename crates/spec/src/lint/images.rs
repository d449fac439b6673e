//! Images whose name means another one tomorrow.

use diagnostic::Diagnostic;

use super::Subject;

pub(super) fn lint(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, service) in &subject.project.services {
        // With a build it is the name of what is built.
        if service.image.is_empty() || service.build.is_some() || service.image.contains('@') {
            continue;
        }
        let last = service.image.rsplit('/').next().unwrap_or_default();
        let what = match last.split_once(':') {
            None => "has no tag, which means `latest`",
            Some((_, "latest")) => "is `latest`",
            Some(_) => continue,
        };
        let message = format!("the image of {name} {what}: it changes under you");
        let repository = last.split(':').next().unwrap_or_default();
        found.push(
            Diagnostic::warning("floating-image", message)
                .at(subject.place(name, &["image"]), "another image after the next pull")
                .help(format!("name a version (`{repository}:1.2`), or a digest")),
        );
    }
    found
}
