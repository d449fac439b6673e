//! Settings as docker writes them, and programs that keep secrets.

use super::*;

fn settings(text: &str) -> Settings {
    serde_json::from_str(text).unwrap()
}

/// The user and the password, or the token, that settings have for an image.
async fn of(settings: &Settings, image: &str) -> String {
    let image = image.to_owned();
    match settings.of_images(&BTreeSet::from([image.clone()])).await {
        Ok(mut found) => found.remove(&image).map_or_else(|| "nobody".to_owned(), |found| shown(&found)),
        Err(exit) => exit.message.unwrap(),
    }
}

fn shown(found: &Credentials) -> String {
    let Credentials { username, password, identity_token, server } = found;
    format!("{username}/{password}/{identity_token} at {server}")
}

#[test]
fn an_image_without_a_host_is_docker_hubs() {
    for (image, expected) in [
        ("box", HUB),
        ("somebody/box:1", HUB),
        ("docker.io/library/box", HUB),
        ("localhost/box", "localhost"),
        ("host:5000/box:1", "host:5000"),
        ("registry.example/a/b@sha256:00", "registry.example"),
    ] {
        assert_eq!(server_of(image), expected, "{image}");
    }
}

#[tokio::test]
async fn what_stands_in_the_settings_is_found_by_host() {
    // u:a:b? and, as docker once wrote it, v:c with NULs behind it.
    let settings = settings(
        r#"{"auths": {
            "https://index.docker.io/v1/": {"auth": "dTphOmI/"},
            "https://registry.example/v2/": {"auth": "djpjAAA="},
            "host:5000": {"identitytoken": "t", "auth": ""},
            "empty.example": {}
        }}"#,
    );
    assert_eq!(of(&settings, "box").await, format!("u/a:b?/ at {HUB}"));
    assert_eq!(of(&settings, "registry.example/box").await, "v/c/ at registry.example");
    assert_eq!(of(&settings, "host:5000/box").await, "//t at host:5000");
    assert_eq!(of(&settings, "empty.example/box").await, "nobody");
    assert_eq!(of(&settings, "other.example/box").await, "nobody");
    assert_eq!(settings.all().await.0.len(), 3);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let settings = settings(r#"{"credHelpers": {"registry.example": "none-such"}}"#);
    let said = of(&settings, "registry.example/box").await;
    assert!(said.starts_with("error getting credentials: docker-credential-none-such: "), "{said}");
    assert_eq!(settings.all().await, (BTreeMap::new(), BTreeSet::from([said])));
    assert_eq!(of(&settings, "box").await, "nobody", "others are not asked of it");
}
