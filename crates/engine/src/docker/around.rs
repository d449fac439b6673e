//! What is done around a container's life beside the engine's own part: files written into it, commands run in it,
//! containers run before it. Each may take as long as it takes; what it says last is told when it fails.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use hyper::Method;
use model::{Hook, ServiceName};
use plan::ContainerId;
use plan::action::ContainerSpec;
use plan::around::InnerFile;

use super::path::Path;
use super::transport::{Call, Class, Transport};
use super::{archive, container, session, wire};
use crate::error::{Error, Kind};
use crate::session::{ExecSpec, Session, Until};

/// How many of its last lines are told of a hook that failed.
const LAST_LINES: usize = 10;
/// A longer line is cut.
const LONGEST_LINE: usize = 500;

/// Writes files into a container that is there, whether it runs or not.
pub(crate) async fn write(http: &Transport, container: &str, files: &[InnerFile]) -> Result<(), Error> {
    for file in files {
        let what = format!("write {} into container {container}", file.path);
        let tar = packed(file)
            .map_err(|error| Error::new(&what, Kind::Local, false, "the file cannot be packed").caused_by(error))?;
        let keep_owner = !file.uid.is_empty() || !file.gid.is_empty();
        let pieces = stream::once(async move { Ok(Bytes::from(tar)) }).boxed();
        archive::write(http, &ContainerId(container.to_owned()), "/", keep_owner, pieces).await?;
    }
    Ok(())
}

/// One file as an archive.
fn packed(file: &InnerFile) -> std::io::Result<Vec<u8>> {
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    let content = file.content.reveal().as_bytes();
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(file.mode);
    header.set_uid(number(&file.uid));
    header.set_gid(number(&file.gid));
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, file.path.trim_start_matches('/'), content)?;
    builder.into_inner()
}

/// Runs the commands in a running container, one after the other.
pub(crate) async fn commands(
    http: &Transport,
    service: Option<&ServiceName>,
    container: &str,
    hooks: &[Hook],
) -> Result<(), Error> {
    for hook in hooks {
        let spec = ExecSpec {
            command: hook.command.clone().unwrap_or_default(),
            environment: environment(hook),
            user: hook.user.clone(),
            workdir: hook.working_dir.clone(),
            privileged: hook.privileged,
            ..ExecSpec::default()
        };
        let exec = session::create(http, &ContainerId(container.to_owned()), &spec).await?;
        let said = last_lines(session::start(http, &exec, false, None).await?).await?;
        let code = session::state(http, &exec).await?.code;
        if code != 0 {
            let service = service.map_or(container, ServiceName::as_str);
            return Err(failed(container, format!("{service} hook exited with status {code}"), &said));
        }
    }
    Ok(())
}

fn environment(hook: &Hook) -> Vec<String> {
    let text = |(name, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    };
    hook.environment.iter().map(text).collect()
}

/// Runs containers to their end, one after the other; the engine removes each.
pub(crate) async fn containers(http: &Transport, name: &str, specs: &[ContainerSpec]) -> Result<(), Error> {
    for (index, spec) in specs.iter().enumerate() {
        let service = &spec.replica.service;
        let what = format!("run pre_start[{index}] of service {service}");
        let version = http.version(&what).await?;
        let mut body = container::body(&what, spec, version).await?;
        body.remove_at_end();
        let json = serde_json::to_vec(&body)
            .map_err(|error| Error::new(&what, Kind::Local, false, "the request cannot be written").caused_by(error))?;
        let mut path = Path::new("/containers/create");
        if !spec.service.platform.is_empty() {
            path = path.with("platform", &spec.service.platform);
        }
        let call = Call { what: &what, class: Class::Act, method: Method::POST, path, json: Some(json) };
        let made: wire::Created = wire::decode(&what, true, &http.send(call).await?.body)?;
        let id = ContainerId(made.id);
        let ran = run(http, &what, &id).await;
        if ran.is_err() {
            // One that was never started is not removed by its end.
            let path = Path::of("containers", &id.0, "").with("force", "1");
            let call = Call { what: &what, class: Class::Act, method: Method::DELETE, path, json: None };
            let _ = http.send(call).await;
        }
        let (code, said) = ran?;
        if code != 0 {
            let message = format!("service \"{service}\" pre_start[{index}] exited with code {code}");
            return Err(failed(name, message, &said));
        }
    }
    Ok(())
}

/// Starts a container that is removed at its end, and waits for that; its exit code and its last words.
async fn run(http: &Transport, what: &str, id: &ContainerId) -> Result<(i64, Vec<String>), Error> {
    let ended = session::wait(http, id, Until::Removed).await?;
    let session = session::attach(http, id, false, false, "").await?;
    let path = Path::of("containers", &id.0, "start");
    http.send(Call { what, class: Class::Act, method: Method::POST, path, json: None }).await?;
    let (code, said) = tokio::join!(ended, last_lines(session));
    Ok((code?, said?))
}

/// Reads a process to its end, and keeps what it said last.
async fn last_lines(mut session: Session) -> Result<Vec<String>, Error> {
    let mut lines: VecDeque<String> = VecDeque::new();
    let mut rest = Vec::new();
    while let Some(piece) = session.output.next().await {
        let (_, bytes) = piece?;
        for byte in bytes {
            if byte == b'\n' || rest.len() >= LONGEST_LINE {
                keep(&mut lines, &mut rest);
            }
            if byte != b'\n' {
                rest.push(byte);
            }
        }
    }
    keep(&mut lines, &mut rest);
    Ok(lines.into())
}

fn keep(lines: &mut VecDeque<String>, rest: &mut Vec<u8>) {
    let line = String::from_utf8_lossy(rest).trim_end().to_owned();
    rest.clear();
    if line.is_empty() {
        return;
    }
    if lines.len() == LAST_LINES {
        lines.pop_front();
    }
    lines.push_back(line);
}

fn failed(container: &str, message: String, said: &[String]) -> Error {
    let message = if said.is_empty() { message } else { format!("{message}\n  {}", said.join("\n  ")) };
    Error::new(format!("hook of container {container}"), Kind::Hook, true, message)
}

#[cfg(test)]
mod tests {
    use model::Hidden;

    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let (mut lines, mut rest) = (VecDeque::new(), Vec::new());
        for number in 0..15 {
            rest.extend_from_slice(format!("line {number}\r").as_bytes());
            keep(&mut lines, &mut rest);
            keep(&mut lines, &mut rest);
        }
        assert_eq!((lines.len(), lines[0].as_str(), lines[9].as_str()), (10, "line 5", "line 14"));
    }

    #[test]
    fn a_file_is_packed_with_its_path_owner_and_permissions() {
        let (uid, gid) = ("1000".to_owned(), "44".to_owned());
        let file = InnerFile { path: "/run/secrets/a".into(), content: Hidden::new("x"), uid, gid, mode: 0o400 };
        let packed = packed(&file).unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        let header = entry.header();
        assert_eq!(entry.path().unwrap().to_str(), Some("run/secrets/a"));
        assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mode().unwrap()), (1000, 44, 0o400));
    }
}
