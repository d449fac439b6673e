//! A project as text: what `config` prints.
//!
//! The result is a Compose file that loads to the same project again, `$` doubled.

mod order;
mod scalar;
mod tree;
mod yaml;
mod yaml_form;

pub use self::tree::Tree;

use std::io::{self, BufWriter, Write};

use model::{Project, ServiceName, canonical};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use self::yaml::Emitter;

/// How many bytes of JSON are written at once.
const CHUNK: usize = 1 << 14;

/// The project as YAML, with a line break at the end.
#[must_use]
pub fn yaml(project: &Project) -> String {
    text(|out| write_yaml(project, out))
}

/// The project as JSON, indented by two, without a line break at the end. As in docker compose's, extension keys
/// are there at the top level only, and language models only in the services that use them.
#[must_use]
pub fn json(project: &Project) -> String {
    text(|out| write_json(project, out))
}

/// Writes what [`json`] gives, some service after the other.
///
/// # Errors
/// What the writer refuses.
pub fn write_json(project: &Project, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(CHUNK, Escaped(out));
    canonical::write_pretty(&Document(project), &mut out)?;
    out.flush()
}

/// Writes what [`yaml`] gives. One service after the other goes through it: of a thousand all at once would be most
/// of the memory of the program.
///
/// # Errors
/// What the writer refuses.
pub fn write_yaml(project: &Project, out: &mut dyn Write) -> io::Result<()> {
    let out = &mut Escaped(out);
    let mut emitter = Emitter::default();
    emitter.entry("name", &Value::String(project.name.to_string()), 0);
    if project.services.is_empty() {
        emitter.entry("services", &Value::Object(Map::new()), 0);
    } else {
        emitter.key("services", 0);
        let mut names: Vec<&ServiceName> = project.services.keys().collect();
        names.sort_by(|a, b| order::natural(a.as_str(), b.as_str()));
        for name in names {
            let mut service = value(&project.services[name]);
            if let Value::Object(service) = &mut service {
                yaml_form::service(service);
                order::maps(service);
            }
            let prefix = format!("services/{name}/");
            extend(&mut service, &prefix, project);
            emitter.entry(name.as_str(), &service, 2);
            out.write_all(emitter.take().as_bytes())?;
        }
    }
    for (section, members) in [
        ("networks", value(&project.networks)),
        ("volumes", value(&project.volumes)),
        ("secrets", value(&project.secrets)),
        ("configs", value(&project.configs)),
        ("models", value(&project.models)),
    ] {
        if is_empty(&members) {
            continue;
        }
        let mut document = Map::from_iter([(section.to_owned(), members)]);
        for member in document.values_mut().filter_map(Value::as_object_mut).flat_map(|members| members.values_mut()) {
            if let Some(network) = member.as_object_mut().filter(|_| section == "networks") {
                network.retain(|key, value| !(is_empty(value) && key == "ipam"));
            }
        }
        order::maps(&mut document);
        for (_, mut members) in document {
            extend(&mut members, &format!("{section}/"), project);
            emitter.entry(section, &members, 0);
        }
    }
    for (name, value) in project.extensions.iter().filter(|(path, _)| !path.contains('/')) {
        emitter.entry(name, &order::sorted(value.clone()), 0);
    }
    out.write_all(emitter.end().as_bytes())
}

fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    write(&mut text).expect("memory takes everything");
    String::from_utf8(text).expect("texts were put into it")
}

/// Puts the extension keys below a path into what stands there.
fn extend(node: &mut Value, prefix: &str, project: &Project) {
    let below = project.extensions.range(prefix.to_owned()..).take_while(|(path, _)| path.starts_with(prefix));
    for (path, value) in below {
        let path = &path[prefix.len()..];
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = parents.split('/').filter(|step| !step.is_empty()).try_fold(&mut *node, |node, step| match node {
            Value::Object(map) => map.get_mut(step),
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        });
        if let Some(Value::Object(parent)) = parent {
            parent.insert(name.to_owned(), order::sorted(value.clone()));
        }
    }
}

/// The sections of a project in the order of their names, empty ones left out.
struct Document<'a>(&'a Project);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let project = self.0;
        let mut map = serializer.serialize_map(None)?;
        if !project.configs.is_empty() {
            map.serialize_entry("configs", &project.configs)?;
        }
        map.serialize_entry("name", &project.name)?;
        if !project.networks.is_empty() {
            map.serialize_entry("networks", &project.networks)?;
        }
        if !project.secrets.is_empty() {
            map.serialize_entry("secrets", &project.secrets)?;
        }
        map.serialize_entry("services", &project.services)?;
        if !project.volumes.is_empty() {
            map.serialize_entry("volumes", &project.volumes)?;
        }
        for (name, value) in project.extensions.iter().filter(|(path, _)| !path.contains('/')) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The canonical form as a tree. It goes through the text, because a 32-bit float that is turned into a 64-bit
/// one would show digits that are not its own.
fn value<T: Serialize>(part: &T) -> Value {
    serde_json::from_str(&canonical::compact(part)).expect("the canonical form is JSON")
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// Doubles every `$` on the way, so that reading it again gives the same. It is done last: folding counts the single
/// one.
struct Escaped<'w>(&'w mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        for part in text.split_inclusive(|byte| *byte == b'$') {
            self.0.write_all(part)?;
            if part.ends_with(b"$") {
                self.0.write_all(b"$")?;
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests;
