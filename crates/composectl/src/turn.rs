//! Whose turn it is on a project where no daemon keeps commands apart: the newest command's. It waits until an
//! older one has let go, and the older one is told. It says nothing to a daemon and nothing to other users.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use composed::settings::Places;

use crate::exit::Exit;
use crate::output::stderr;

/// How often it is looked whether somebody newer came, or somebody older let go.
const LOOK: Duration = Duration::from_millis(25);
/// An older command sees the engine calls it began to their end; one that takes longer than that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The right to change a project; given up when it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Turn {
    number: u64,
    newest: PathBuf,
    stack: String,
    _lock: File,
}

impl Turn {
    /// Announces itself, and waits until nobody older works on the project. Where nothing can be written the
    /// command goes on all the same, and says what it lacks.
    pub(crate) async fn take(stack: &str) -> Result<Option<Self>, Exit> {
        let folder = folder();
        let newest = folder.join(format!("{stack}.newest"));
        let prepared = std::fs::create_dir_all(&folder)
            .and_then(|()| announced(&newest))
            .and_then(|number| Ok((number, opened(&folder.join(format!("{stack}.lock")))?)));
        let (number, lock) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let place = folder.display();
                let note = format!("other commands are not kept off {stack} meanwhile: {place}: {error}");
                stderr().line(&format!("{} {note}", stderr().yellow("note:")));
                return Ok(None);
            }
        };
        let waiting = async {
            while lock.try_lock().is_err() {
                if is_overtaken(&newest, number) {
                    return Err(overtaken(stack));
                }
                tokio::time::sleep(LOOK).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| {
            let message = format!("another composectl works on {stack} and does not let go");
            Err(Exit::error(message).with_help("`ps -C composectl` shows it"))
        })?;
        Ok(Some(Self { number, newest, stack: stack.to_owned(), _lock: lock }))
    }

    /// Comes back when somebody newer wants the project.
    pub(crate) async fn lost(&self) -> Exit {
        while !is_overtaken(&self.newest, self.number) {
            tokio::time::sleep(LOOK).await;
        }
        overtaken(&self.stack)
    }
}

fn overtaken(stack: &str) -> Exit {
    Exit { code: 3, ..Exit::error(format!("superseded: a newer command works on {stack}")) }
        .with_help("`composectl ps` shows what came of it")
}

/// Where the user's own daemon would keep its state.
fn folder() -> PathBuf {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let named = variables.get("COMPOSED_STATE_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
    named.unwrap_or_else(|| Places::of(rustix::process::geteuid().is_root(), &variables).state_dir()).join("turns")
}

fn opened(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Counts itself as the newest; its number.
fn announced(path: &Path) -> io::Result<u64> {
    let mut file = opened(path)?;
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let number = text.trim().parse().unwrap_or(0) + 1;
    file.rewind()?;
    file.write_all(format!("{number}\n").as_bytes())?;
    Ok(number)
}

/// Whether somebody counted on. What cannot be read says nothing.
fn is_overtaken(path: &Path, number: u64) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.trim().parse().is_ok_and(|newest: u64| newest > number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_counts_later_overtakes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.newest");
        let first = announced(&path).unwrap();
        assert!(!is_overtaken(&path, first));
        let second = announced(&path).unwrap();
        assert!(is_overtaken(&path, first) && !is_overtaken(&path, second));
        for _ in 0..20 {
            announced(&path).unwrap();
        }
        assert_eq!(announced(&path).unwrap(), second + 21);
    }
}
