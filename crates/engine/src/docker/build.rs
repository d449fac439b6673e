//! Builds an image by the engine's classic builder, from a context that is sent along.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{self, Component, PathBuf};

use hyper::Method;
use model::Build;
use plan::action::BuildSpec;

use super::chunks::Chunks;
use super::container::extra_host;
use super::context::{self, Context};
use super::credentials;
use super::observe;
use super::path::Path;
use super::resources::ulimit;
use super::transport::{Transport, deadline};
use super::wire;
use crate::error::{Error, Kind};
use crate::{Building, Done, Progress};

pub(crate) async fn build(
    http: &Transport,
    spec: &BuildSpec,
    given: &Building,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Done, Error> {
    let what = &format!("build image {}", spec.tag);
    let context = gather(what, &spec.build).await?;
    let mut path = query(spec, &context.dockerfile);
    if given.memory != 0 {
        path = path.with("memory", &given.memory.to_string());
    }
    let _permit = http.fetches.acquire().await;
    let (body, sender) = context::stream(context);
    let header = credentials::of_all(&given.registries);
    let opening = http.open_as(what, Method::POST, &path, Some(body), None, header);
    let built = match patiently(http, what, Box::pin(opening)).await {
        Ok(mut steps) => follow(http, what, &mut steps, progress).await,
        Err(error) => Err(error),
    };
    let id = match built {
        // A context that cannot be read breaks the connection: that is the reason, not the connection.
        Err(error) if error.kind() == Kind::Lost => {
            let sent = tokio::time::timeout(http.limits.read, sender).await;
            return Err(match sent {
                Ok(Ok(Err(reason))) if reason.kind() != std::io::ErrorKind::BrokenPipe => {
                    Error::new(what, Kind::Local, false, "the build context cannot be read").caused_by(reason)
                }
                _ => error,
            });
        }
        Err(error) => return Err(error),
        Ok(Some(id)) => Some(id),
        Ok(None) => observe::image(http, &spec.tag).await?,
    };
    Ok(Done { id, changed: true, warnings: Vec::new() })
}

/// Follows the build to its end; the image's id, if the engine tells.
async fn follow(
    http: &Transport,
    what: &str,
    steps: &mut Chunks,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Option<String>, Error> {
    let mut id = None;
    let mut said = Said::default();
    while let Some(step) = patiently(http, what, Box::pin(steps.object::<wire::Step>())).await? {
        if let Some(text) = &step.stream {
            said.take(text, progress);
        }
        if let Some(message) = step.error {
            said.end(progress);
            return Err(Error::new(what, Kind::Failed, true, message.trim_end()));
        }
        if let Some(made) = step.aux.as_ref().and_then(|aux| aux.get("ID")).and_then(|id| id.as_str()) {
            id = Some(made.to_owned());
        }
        tell(&step, progress);
    }
    said.end(progress);
    Ok(id)
}

/// The longest line that is held back until its end comes.
const LONGEST_LINE: usize = 64 << 10;

/// What a build says: it comes in pieces, and is told in lines.
#[derive(Default)]
struct Said(String);

impl Said {
    fn take(&mut self, text: &str, progress: &(dyn Fn(Progress) + Send + Sync)) {
        self.0.push_str(text);
        while let Some(end) = self.0.find('\n') {
            let rest = self.0.split_off(end + 1);
            line(&std::mem::replace(&mut self.0, rest), progress);
        }
        if self.0.len() > LONGEST_LINE {
            self.end(progress);
        }
    }

    fn end(&mut self, progress: &(dyn Fn(Progress) + Send + Sync)) {
        line(&std::mem::take(&mut self.0), progress);
    }
}

fn line(text: &str, progress: &(dyn Fn(Progress) + Send + Sync)) {
    let text = text.trim_end_matches(['\r', '\n']);
    if !text.is_empty() {
        progress(Progress::Line(text.to_owned()));
    }
}

fn tell(step: &wire::Step, progress: &(dyn Fn(Progress) + Send + Sync)) {
    if let Some(status) = &step.status {
        let detail = step.detail.as_ref();
        progress(match &step.id {
            Some(id) => Progress::Layer {
                id: id.clone(),
                status: status.clone(),
                current: detail.and_then(|detail| detail.current),
                total: detail.and_then(|detail| detail.total),
            },
            None => Progress::Line(status.clone()),
        });
    }
}

/// Waits for a build, which may be silent for hours while a compiler works: silence is no fault as long as
/// the engine answers other calls.
async fn patiently<T>(
    http: &Transport,
    what: &str,
    mut build: impl Future<Output = Result<T, Error>> + Unpin,
) -> Result<T, Error> {
    let idle = http.limits.idle;
    loop {
        if let Ok(result) = tokio::time::timeout(idle, &mut build).await {
            return result;
        }
        http.ask_version(what).await.map_err(|error| deadline(what, true, idle).caused_by(error))?;
    }
}

/// Finds the Dockerfile: in the context, given as text, or elsewhere on the disk.
async fn gather(what: &str, build: &Build) -> Result<Context, Error> {
    let folder = PathBuf::from(&build.context);
    let local = |message: String| Error::new(what, Kind::Local, false, message);
    if !tokio::fs::metadata(&folder).await.is_ok_and(|about| about.is_dir()) {
        return Err(local(format!("the build context {} is no folder", folder.display())));
    }
    if !build.dockerfile_inline.is_empty() {
        let added = Some(build.dockerfile_inline.clone().into_bytes());
        return Ok(Context { folder, dockerfile: context::ADDED.to_owned(), added });
    }
    let name = if build.dockerfile.is_empty() { "Dockerfile" } else { build.dockerfile.as_str() };
    let file = folder.join(name);
    if let Some(dockerfile) = inside(&folder, &file) {
        if !tokio::fs::metadata(&file).await.is_ok_and(|about| about.is_file()) {
            return Err(local(format!("there is no Dockerfile at {}", file.display())));
        }
        return Ok(Context { folder, dockerfile, added: None });
    }
    let text = tokio::fs::read(&file)
        .await
        .map_err(|error| local(format!("the Dockerfile {} cannot be read", file.display())).caused_by(error))?;
    Ok(Context { folder, dockerfile: context::ADDED.to_owned(), added: Some(text) })
}

/// The path of a file relative to a folder it is in, with slashes.
fn inside(folder: &path::Path, file: &path::Path) -> Option<String> {
    let mut clean = PathBuf::new();
    for part in file.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            part => clean.push(part),
        }
    }
    clean.strip_prefix(folder).ok()?.to_str().map(str::to_owned)
}

fn query(spec: &BuildSpec, dockerfile: &str) -> Path {
    let build = &spec.build;
    let mut path = Path::new("/build").with("version", "1").with("rm", "1").with("dockerfile", dockerfile);
    // The container of a step that failed is nobody's either.
    path = path.with("forcerm", "1");
    for tag in std::iter::once(&spec.tag).chain(build.tags.iter().filter(|tag| **tag != spec.tag)) {
        path = path.with("t", tag);
    }
    // A variable that was found nowhere is not sent: the Dockerfile's own default holds.
    let args: BTreeMap<&String, &String> =
        build.args.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
    if !args.is_empty() {
        path = path.with_json("buildargs", &args);
    }
    if !spec.labels.is_empty() {
        path = path.with_json("labels", &spec.labels);
    }
    if !build.cache_from.is_empty() {
        path = path.with_json("cachefrom", &build.cache_from);
    }
    for line in &build.extra_hosts {
        path = path.with("extrahosts", &extra_host(line));
    }
    if !build.ulimits.is_empty() {
        let limits: Vec<_> = build.ulimits.iter().map(ulimit).collect();
        path = path.with_json("ulimits", &limits);
    }
    if build.shm_size.0 != 0 {
        path = path.with("shmsize", &build.shm_size.to_string());
    }
    for (key, value) in [
        ("target", &build.target),
        ("networkmode", &build.network),
        ("isolation", &build.isolation),
        ("platform", &spec.platform),
    ] {
        if !value.is_empty() {
            path = path.with(key, value);
        }
    }
    for (key, is_set) in [("nocache", build.no_cache), ("pull", build.pull)] {
        if is_set {
            path = path.with(key, "1");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_carries_what_the_file_says() {
        let mut spec = BuildSpec {
            build: Build {
                args: BTreeMap::from([("A".into(), Some("x y".into())), ("B".into(), None)]),
                target: "run".into(),
                tags: vec!["t:1".into(), "shop-web".into()],
                no_cache: true,
                ..Build::default()
            },
            tag: "shop-web".into(),
            labels: BTreeMap::new(),
            platform: String::new(),
        };
        assert_eq!(
            query(&spec, "a/Dockerfile").as_str(),
            "/build?version=1&rm=1&dockerfile=a/Dockerfile&forcerm=1&t=shop-web&t=t:1&buildargs=%7B%22A%22:%22x%20y%22%7D&target=run&nocache=1"
        );
        spec.build = Build { pull: true, network: "host".into(), ..Build::default() };
        spec.platform = "linux/arm64".into();
        assert_eq!(
            query(&spec, "Dockerfile").as_str(),
            "/build?version=1&rm=1&dockerfile=Dockerfile&forcerm=1&t=shop-web&networkmode=host&platform=linux/arm64&pull=1"
        );
    }

    #[test]
    fn the_query_carries_what_the_build_may_use() {
        let spec = BuildSpec {
            build: Build {
                cache_from: vec!["a:1".into()],
                extra_hosts: vec!["h=1.2.3.4".into(), "v=::1".into()],
                shm_size: model::Size(64),
                ulimits: [("nproc".into(), model::Ulimit::Single(5))].into(),
                ..Build::default()
            },
            tag: "t".into(),
            labels: BTreeMap::new(),
            platform: String::new(),
        };
        assert_eq!(
            query(&spec, "D").as_str(),
            "/build?version=1&rm=1&dockerfile=D&forcerm=1&t=t&cachefrom=%5B%22a:1%22%5D&extrahosts=h:1.2.3.4&extrahosts=v:::1\
             &ulimits=%5B%7B%22Name%22:%22nproc%22,%22Soft%22:5,%22Hard%22:5%7D%5D&shmsize=64"
        );
    }

    #[test]
    fn what_comes_in_pieces_is_told_in_lines() {
        let told = std::sync::Mutex::new(Vec::new());
        let progress = |progress| {
            if let Progress::Line(line) = progress {
                told.lock().unwrap().push(line);
            }
        };
        let mut said = Said::default();
        ["Step 1\n", " ---> ", "ab\n\nx", "", "y\r\nthe ", "end"].iter().for_each(|text| said.take(text, &progress));
        said.end(&progress);
        assert_eq!(told.into_inner().unwrap(), ["Step 1", " ---> ab", "xy", "the end"]);
    }

    #[test]
    fn a_dockerfile_is_inside_the_context_or_not() {
        let folder = path::Path::new("/a/b");
        for (file, expected) in [
            ("/a/b/Dockerfile", Some("Dockerfile")),
            ("/a/b/./c/../D", Some("D")),
            ("/a/b/../D", None),
            ("/a/bc/D", None),
        ] {
            assert_eq!(inside(folder, path::Path::new(file)).as_deref(), expected, "{file}");
        }
    }
}
