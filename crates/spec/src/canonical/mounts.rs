//! Mounts in short form.

use model::{Mount, MountKind};

use super::{Problem, map_at};
use crate::tree::{Entry, Map, Node, Value};

/// A text becomes a mapping; one that cannot be read stays when `lenient`.
pub(super) fn spell_out(item: &mut Node, lenient: bool) -> Result<(), Problem> {
    let Value::String(text) = &item.value else { return Ok(()) };
    match parse_short(text) {
        Ok(mount) => item.value = spelled(mount, item),
        Err(_) if lenient => {}
        Err(message) => return Err(Problem { message, span: item.span }),
    }
    Ok(())
}

fn spelled(mount: Mount, item: &Node) -> Value {
    let kind = if mount.kind == MountKind::Bind { "bind" } else { "volume" };
    let mut long = Map::new();
    let mut put = |key: &str, value: Value| {
        long.insert(key, Entry { key: item.span, node: Node::new(value, item.span) });
    };
    put("type", Value::String(kind.into()));
    put("target", Value::String(crate::normalize::clean(&mount.target).into()));
    if !mount.source.is_empty() {
        put("source", Value::String(mount.source.into()));
    }
    if mount.read_only {
        put("read_only", Value::Bool(true));
    }
    if let Some(bind) = mount.bind {
        let texts = [("selinux", bind.selinux), ("propagation", bind.propagation)];
        let create = Entry { key: item.span, node: Node::new(Value::Bool(true), item.span) };
        let mut options = Map::from([("create_host_path", create)]);
        for (key, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            options.insert(key, Entry { key: item.span, node: Node::string(text, item.span) });
        }
        put("bind", Value::Map(options));
    }
    if let Some(volume) = mount.volume {
        let nocopy = map_at(item.span, [("nocopy", Value::Bool(true))]);
        put("volume", if volume.nocopy { nocopy } else { Value::Map(Map::new()) });
    }
    Value::Map(long)
}

/// `[SOURCE:]TARGET[:OPTIONS]`. A text of one or two characters is a target and nothing else. The error is
/// docker compose's.
pub(crate) fn parse_short(text: &str) -> Result<Mount, String> {
    if text.is_empty() {
        return Err("invalid empty volume spec".to_owned());
    }
    if text.len() <= 2 {
        return Ok(Mount { target: text.to_owned(), ..Mount::default() });
    }
    let sections = sections(text);
    if sections.iter().any(|section| section.is_empty()) {
        return Err(format!("invalid spec: {text}: empty section between colons"));
    }
    let mut mount = Mount::default();
    match sections.as_slice() {
        [target] => mount.target = (*target).to_owned(),
        [source, target, options @ ..] => {
            mount.source = (*source).to_owned();
            mount.target = (*target).to_owned();
            for option in options.first().into_iter().flat_map(|options| options.split(',')) {
                apply(&mut mount, option);
            }
            if options.len() > 1 {
                return Err(format!("invalid spec: {text}: too many colons"));
            }
        }
        [] => {}
    }
    if is_path(&mount.source) {
        mount.kind = MountKind::Bind;
        mount.bind.get_or_insert_default();
    } else {
        mount.kind = MountKind::Volume;
        mount.volume.get_or_insert_default();
    }
    Ok(mount)
}

/// The parts between colons; the colon after a lone letter belongs to a Windows drive, and one between `${` and
/// `}` to a variable that is not filled in.
fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '$' if text[at..].starts_with("${") => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                let section = &text[start..at];
                let mut chars = section.chars();
                let drive = chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none();
                if !drive {
                    sections.push(section);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    sections.push(&text[start..]);
    sections
}

fn apply(mount: &mut Mount, option: &str) {
    match option {
        "ro" => mount.read_only = true,
        "rw" => mount.read_only = false,
        "nocopy" => mount.volume.get_or_insert_default().nocopy = true,
        "z" | "Z" => mount.bind.get_or_insert_default().selinux = option.to_owned(),
        "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
            mount.bind.get_or_insert_default().propagation = option.to_owned();
        }
        // Docker compose ignores what it does not know.
        _ => {}
    }
}

fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    match chars.next() {
        None => false,
        Some('.' | '/' | '~') => true,
        Some(first) => source.starts_with("\\\\") || (first.is_alphabetic() && chars.next() == Some(':')),
    }
}
