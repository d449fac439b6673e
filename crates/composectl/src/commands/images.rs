//! `images`: which image each container was made from.

use api::ImageListing;
use serde_json::{Value, json};

use super::ls::unknown_format;
use super::{escaped, interruptible};
use crate::args::{Global, Images};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::ages::{human, since};
use crate::output::sizes;
use crate::output::stdout;
use crate::output::table::table;
use crate::source::Place;

pub(super) async fn run(global: &Global, images: Images) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let path = format!("/stacks/{}/images?services={}", place.stack, escaped(&images.services.join(",")));
    let listed: Vec<ImageListing> = interruptible(async { Ok(connection.client.get(&path).await?) }).await?;
    let paint = stdout();
    if images.quiet {
        let mut ids: Vec<&str> = Vec::new();
        for image in &listed {
            let id = bare(&image.id);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids.iter().for_each(|id| paint.line(id));
        return Ok(());
    }
    match images.format.as_str() {
        "json" => paint.line(&Value::from(listed.iter().map(object).collect::<Vec<_>>()).to_string()),
        "" | "table" | "pretty" => {
            let rows: Vec<Vec<String>> = listed.iter().map(row).collect();
            paint.text(&table(&["CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED"], &rows));
        }
        other => return Err(unknown_format(other)),
    }
    Ok(())
}

fn object(image: &ImageListing) -> Value {
    let (repository, tag) = parts(&image.reference);
    let moment = |at: i64| jiff::Timestamp::from_nanosecond(at.into()).unwrap_or_default().to_string();
    let mut object = json!({
        "ID": image.id,
        "ContainerName": image.container,
        "Repository": repository,
        "Tag": tag,
        "Platform": platform(image),
        "Size": image.size,
    });
    if let Some(at) = image.created {
        object["Created"] = moment(at).into();
    }
    if let Some(at) = image.tagged {
        object["LastTagTime"] = moment(at).into();
    }
    object
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn row(image: &ImageListing) -> Vec<String> {
    let (repository, tag) = parts(&image.reference);
    let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { text.to_owned() };
    let id = bare(&image.id);
    vec![
        image.container.clone(),
        or_none(repository),
        or_none(tag),
        platform(image),
        id.get(..12).unwrap_or(id).to_owned(),
        sizes::decimal(image.size as f64),
        image.created.map_or_else(|| "N/A".to_owned(), |at| format!("{} ago", human(since(at)))),
    ]
}

/// Repository and tag; a tag has no slash, the port of a registry is followed by one.
fn parts(reference: &str) -> (&str, &str) {
    reference.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((reference, ""))
}

fn platform(image: &ImageListing) -> String {
    if image.os.is_empty() {
        return "unknown".to_owned();
    }
    let parts = [&image.os, &image.architecture, &image.variant];
    parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("/")
}

fn bare(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, digits)| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_port_is_no_tag() {
        assert_eq!(parts("host:5000/a/b"), ("host:5000/a/b", ""));
        assert_eq!(parts("host:5000/a:1"), ("host:5000/a", "1"));
        assert_eq!(parts(""), ("", ""));
    }

    #[test]
    fn an_image_that_is_gone_is_listed_all_the_same() {
        let image =
            ImageListing { container: "a".into(), id: "sha256:0123456789abcdef".into(), ..ImageListing::default() };
        assert_eq!(row(&image), ["a", "<none>", "<none>", "unknown", "0123456789ab", "0B", "N/A"]);
        assert_eq!(object(&image).as_object().unwrap().len(), 6);
    }
}
