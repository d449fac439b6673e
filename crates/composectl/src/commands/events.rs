//! `events`: what happens to the containers of services, as it happens.

use api::Happening;
use futures_util::StreamExt as _;
use serde_json::json;

use super::{escaped, interruptible};
use crate::args::{Events, Global};
use crate::connect::connect;
use crate::exit::Exit;
use crate::output::stdout;
use crate::source::Place;

pub(super) async fn run(global: &Global, events: Events) -> Result<(), Exit> {
    let place = Place::at_hand(global)?;
    let connection = connect(global).await?;
    let mut path = format!("/stacks/{}/happenings?services={}", place.stack, escaped(&events.services.join(",")));
    for (key, moment) in [("since", &events.since), ("until", &events.until)] {
        if let Some(moment) = moment {
            path += &format!("&{key}={}", escaped(moment));
        }
    }
    let paint = stdout();
    interruptible(async {
        let mut happenings = connection.client.stream::<Happening>(&path).await?;
        while let Some(happening) = happenings.next().await {
            let happening = happening?;
            paint.line(&if events.json { object(&happening) } else { sentence(&happening) });
        }
        // As docker compose: the end of the stream, wanted by `--until` or not, is an error.
        Err(Exit::error("EOF"))
    })
    .await
}

fn zoned(happening: &Happening) -> jiff::Zoned {
    let at = jiff::Timestamp::from_nanosecond(happening.at.into()).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::system())
}

fn object(happening: &Happening) -> String {
    let at = zoned(happening);
    // Go writes no zeros at the end of a fraction, and `Z` for no offset.
    let time = at.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string();
    let zone = if at.offset().is_zero() { "Z".to_owned() } else { at.strftime("%:z").to_string() };
    let object = json!({
        "action": happening.action,
        "attributes": happening.attributes,
        "id": happening.id,
        "service": happening.service,
        "time": time + &zone,
        "type": "container",
    });
    crate::template::json(&object)
}

fn sentence(happening: &Happening) -> String {
    let attributes: Vec<String> = happening.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let time = zoned(happening).strftime("%Y-%m-%d %H:%M:%S%.6f").to_string();
    format!("{time} container {} {} ({})\n", happening.action, happening.id, attributes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happening() -> Happening {
        Happening {
            at: 1_767_225_600_120_000_000,
            action: "exec_create: sh -c <x".into(),
            id: "ab".into(),
            service: "web".into(),
            attributes: [("image".to_owned(), "box".to_owned()), ("name".to_owned(), "p-web-1".to_owned())].into(),
        }
    }

    #[test]
    fn json_has_the_keys_of_docker_compose() {
        let text = object(&happening());
        assert!(text.starts_with(r#"{"action":"exec_create: sh -c \u003cx","attributes":{"image":"box","name":"p-web-1"},"id":"ab","service":"web","time":""#), "{text}");
        assert!(text.ends_with(r#"","type":"container"}"#), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let time: jiff::Timestamp = value["time"].as_str().unwrap().parse().unwrap();
        assert_eq!(time.as_nanosecond(), i128::from(happening().at));
    }

    #[test]
    fn a_sentence_ends_with_an_empty_line() {
        let text = sentence(&happening());
        assert!(text.ends_with(" container exec_create: sh -c <x ab (image=box, name=p-web-1)\n"), "{text}");
        assert!(text.contains(":00.120000 "), "{text}");
    }
}
