//! Every call of the Engine API that is ever made. What is not here is not sent, whatever a name holds that it was made
//! of: there is no way past this list.

use hyper::Method;

/// By method: the paths below the version, `*` for a name or id, `**` for the reference of an image, which has slashes.
const CALLS: [(Method, &[&str]); 5] = [
    (Method::HEAD, &["containers/*/archive"]),
    (
        Method::GET,
        &[
            "version",
            "info",
            "events",
            "containers/json",
            "containers/*/json",
            "containers/*/archive",
            "containers/*/export",
            "containers/*/logs",
            "containers/*/stats",
            "containers/*/top",
            "exec/*/json",
            "images/json",
            "images/**/json",
            "distribution/**/json",
            "networks",
            "networks/bridge",
            "volumes",
        ],
    ),
    (
        Method::POST,
        &[
            "build",
            "commit",
            "containers/create",
            "containers/*/attach",
            "containers/*/exec",
            "containers/*/kill",
            "containers/*/pause",
            "containers/*/rename",
            "containers/*/resize",
            "containers/*/restart",
            "containers/*/start",
            "containers/*/stop",
            "containers/*/unpause",
            "containers/*/wait",
            "exec/*/resize",
            "exec/*/start",
            "images/create",
            "images/**/push",
            "networks/create",
            "networks/*/connect",
            "networks/*/disconnect",
            "volumes/create",
        ],
    ),
    (Method::PUT, &["containers/*/archive"]),
    (Method::DELETE, &["containers/*", "images/**", "networks/*", "volumes/*"]),
];

/// Whether a call is one of them; the path is encoded, and without its query.
pub(crate) fn is_known(method: &Method, path: &str) -> bool {
    let Some(path) = path.strip_prefix('/') else { return false };
    let parts: Vec<&str> = path.split('/').collect();
    // A part that an engine would take for a way up, or tidy away, is no part of a name.
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return false;
    }
    let known = CALLS.iter().filter(|(of, _)| of == method).flat_map(|(_, shapes)| *shapes);
    known.into_iter().any(|shape| is_shaped(&parts, shape))
}

fn is_shaped(parts: &[&str], shape: &str) -> bool {
    let mut shape = shape.split('/');
    let mut parts = parts;
    while let Some(wanted) = shape.next() {
        let Some((part, rest)) = parts.split_first() else { return false };
        if wanted == "**" {
            let after: Vec<&str> = shape.collect();
            return parts.len() > after.len() && parts[parts.len() - after.len()..] == after;
        }
        if wanted != "*" && wanted != *part {
            return false;
        }
        parts = rest;
    }
    parts.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_no_call() {
        for (method, path, expected) in [
            (Method::GET, "/containers/json", true),
            (Method::GET, "/containers/ab/json", true),
            (Method::DELETE, "/containers/ab", true),
            (Method::GET, "/images/host:5000/a/b@sha256:00/json", true),
            (Method::DELETE, "/images/a/b", true),
            (Method::POST, "/images/a/push", true),
            (Method::GET, "/containers/ab/json/more", false),
            (Method::GET, "/containers/../info", false),
            (Method::GET, "/containers//json", false),
            (Method::GET, "/images/../containers/ab/json", false),
            (Method::GET, "/images/json/json/", false),
            (Method::GET, "/images/json", true),
            (Method::POST, "/images/push", false),
            (Method::DELETE, "/images", false),
            (Method::POST, "/containers/ab/update", false),
            (Method::POST, "/swarm/init", false),
            (Method::POST, "/containers/prune", false),
            (Method::PATCH, "/containers/ab", false),
            (Method::GET, "containers/json", false),
        ] {
            assert_eq!(is_known(&method, path), expected, "{method} {path}");
        }
    }
}
