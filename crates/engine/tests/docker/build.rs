//! Builds from real folders.

use std::collections::BTreeMap;
use std::sync::Mutex;

use engine::{Engine, Error, Progress};
use model::Build;
use plan::Action;
use plan::action::BuildSpec;
use tempfile::TempDir;

use crate::world::{BOX, World, docker};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Builds; the image's id and the lines of its progress.
async fn build(
    world: &World,
    folder: &TempDir,
    change: impl FnOnce(&mut Build),
) -> Result<(String, Vec<String>), Error> {
    let mut build = Build { context: folder.path().display().to_string(), ..Build::default() };
    change(&mut build);
    let tag = format!("{}-image", world.project);
    let spec = BuildSpec { build, tag, labels: world.labels(&[("own", "label")]), platform: String::new() };
    let lines = Mutex::new(Vec::new());
    let told = |progress| {
        if let Progress::Line(line) = progress {
            lines.lock().unwrap().push(line);
        }
    };
    let done = world.engine.apply(&Action::BuildImage(Box::new(spec)), &told).await?;
    Ok((done.id.unwrap(), lines.into_inner().unwrap()))
}

#[tokio::test]
async fn an_image_is_built_from_what_is_not_ignored() {
    let world = World::new();
    let folder = folder(&[
        ("Dockerfile", &format!("FROM {BOX}\nARG WHO=nobody\nCOPY . /context\nENV WHO=$WHO\nCMD [\"true\"]\n")),
        (".dockerignore", "Dockerfile\n.dockerignore\nlarge\n!large/kept\n"),
        ("a", "a"),
        ("large/x", "x"),
        ("large/kept", "kept"),
    ]);
    std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
    let args = BTreeMap::from([("WHO".to_owned(), Some("me".to_owned()))]);
    let (id, lines) = build(&world, &folder, |build| build.args = args).await.unwrap();
    assert!(lines.iter().any(|line| line.contains("COPY . /context")), "{lines:?}");
    let told = docker(&[
        "image",
        "inspect",
        "-f",
        "{{.Id}} {{.Config.Labels.own}} {{.Config.Env}}",
        &format!("{}-image", world.project),
    ]);
    assert!(told.starts_with(&id) && told.contains("label") && told.contains("WHO=me"), "{told}");
    let container = world.run("web", &["ls", "-A", "/context", "/context/large"], |spec| spec.image = id).await;
    let lines =
        world.engine.logs(&container.id, engine::LogOptions { follow: true, ..Default::default() }).await.unwrap();
    let lines: Vec<_> = futures_util::StreamExt::collect(lines).await;
    let lines: Vec<_> =
        lines.into_iter().map(|line| String::from_utf8(line.unwrap().bytes.to_vec()).unwrap()).collect();
    assert_eq!(lines, ["/context:", "a", "large", "link", "", "/context/large:", "kept"]);
}

#[tokio::test]
async fn a_dockerfile_may_be_text_or_lie_elsewhere() {
    let world = World::new();
    let elsewhere = folder(&[("Other", &format!("FROM {BOX}\nCOPY . /context\nENV FROM=elsewhere\n"))]);
    let own = folder(&[("a", "a")]);
    let text = format!("FROM {BOX}\nCOPY . /context\nENV FROM=text\n");
    build(&world, &own, |build| build.dockerfile_inline = text).await.unwrap();
    let path = elsewhere.path().join("Other").display().to_string();
    let (id, _) = build(&world, &own, |build| build.dockerfile = path).await.unwrap();
    let container = world.run("web", &["ls", "-A", "/context"], |spec| spec.image = id).await;
    let lines =
        world.engine.logs(&container.id, engine::LogOptions { follow: true, ..Default::default() }).await.unwrap();
    let lines: Vec<_> = futures_util::StreamExt::collect(lines).await;
    let lines: Vec<_> = lines.into_iter().map(|line| line.unwrap().bytes).collect();
    assert_eq!(lines, [&b"a"[..]], "what was sent along is not copied");
}

#[tokio::test]
async fn a_failing_step_is_the_error() {
    let world = World::new();
    let folder = folder(&[("Dockerfile", &format!("FROM {BOX}\nCOPY absent /\n"))]);
    let error = build(&world, &folder, |_| {}).await.unwrap_err();
    assert!(!error.is_unknown_outcome() && error.to_string().contains("absent"), "{error}");
    let error = build(&world, &folder, |build| build.dockerfile = "None".into()).await.unwrap_err();
    assert!(error.to_string().contains("there is no Dockerfile at"), "{error}");
}

#[tokio::test]
async fn a_large_context_is_streamed() {
    let world = World::new();
    let folder = folder(&[("Dockerfile", &format!("FROM {BOX}\nCOPY large /\n"))]);
    std::fs::File::create(folder.path().join("large")).unwrap().set_len(64 << 20).unwrap();
    build(&world, &folder, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_a_failure_and_no_hang() {
    let world = World::new();
    let pull = Action::PullImage { reference: "127.0.0.1:1/absent:1".into(), platform: String::new() };
    let error = world.apply(&pull).await.unwrap_err();
    assert!(error.is_transient() && !error.is_unknown_outcome(), "{error}");
}
