//! Relative paths of a tree, joined to the folder they are relative to (compose-go, `paths`).
//!
//! That folder may itself be relative: what an include holds is joined to the include's folder first, and to the
//! project's with all the rest.

use std::path::Path;

use crate::Files;
use crate::paths::{absolute, expand_home, is_windows_absolute};
use crate::tree::edit::{for_services, items, mapping, mappings, value};
use crate::tree::{Map, Node, Text, Value};

/// Where relative paths start, and what `~` stands for.
pub(crate) struct Base<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) home: Option<&'a Path>,
    pub(crate) files: &'a dyn Files,
}

/// Joins every path of a file. Volumes of the local driver are told apart by their options.
pub(crate) fn paths(root: &mut Node, base: &Base<'_>) {
    for_services(root, |_, _, service| base.service(service));
    let Some(file) = root.as_map_mut() else { return };
    for section in ["configs", "secrets"] {
        for entry in mapping(file, &[section]).into_iter().flat_map(|map| map.values_mut()) {
            if let Some(path) = entry.node.as_map_mut().and_then(|map| value(map, "file")) {
                base.host_path(path);
            }
        }
    }
    for entry in mapping(file, &["volumes"]).into_iter().flat_map(|map| map.values_mut()) {
        if let Some(volume) = entry.node.as_map_mut() {
            base.bound_volume(volume);
        }
    }
}

impl Base<'_> {
    fn service(&self, service: &mut Map) {
        if let Some(build) = mapping(service, &["build"]) {
            if let Some(context) = value(build, "context") {
                self.context(context);
            }
            for entry in mapping(build, &["additional_contexts"]).into_iter().flat_map(|map| map.values_mut()) {
                self.context(&mut entry.node.value);
            }
            for entry in mapping(build, &["ssh"]).into_iter().flat_map(|map| map.values_mut()) {
                self.host_path(&mut entry.node.value);
            }
        }
        if let Some(extends) = mapping(service, &["extends"])
            && let Some(file) = value(extends, "file")
        {
            self.path(file);
        }
        for file in mappings(service, "env_file") {
            if let Some(path) = value(file, "path") {
                self.path(path);
            }
        }
        for item in items(service, "label_file") {
            self.path(&mut item.value);
        }
        for mount in mappings(service, "volumes") {
            let is_bind = mount.get("type").and_then(|entry| entry.node.as_str()) == Some("bind");
            if let Some(source) = value(mount, "source").filter(|_| is_bind) {
                self.host_path(source);
            }
        }
        if let Some(develop) = mapping(service, &["develop"]) {
            for rule in mappings(develop, "watch") {
                if let Some(path) = value(rule, "path") {
                    self.path(path);
                    self.without_links(path);
                }
            }
        }
    }

    /// A path of this machine.
    fn path(&self, value: &mut Value) {
        let Value::String(text) = value else { return };
        let path = expand_home(self.home, text);
        *text = match path.as_str() {
            "" => path.into(),
            _ if path.starts_with('/') => path.into(),
            _ => self.join(&path),
        };
    }

    /// A path of the engine's host, which may be another kind of machine.
    fn host_path(&self, value: &mut Value) {
        let Value::String(text) = value else { return };
        let path = expand_home(self.home, text);
        *text = if path.starts_with('/') || is_windows_absolute(&path) { path.into() } else { self.join(&path) };
    }

    /// A build context, unless it is fetched from somewhere.
    fn context(&self, value: &mut Value) {
        let Value::String(text) = value else { return };
        let fetched = ["https://", "http://", "git://", "ssh://", "github.com/", "git@", "service:"];
        if !text.contains("://") && !fetched.iter().any(|start| text.starts_with(start)) {
            self.path(value);
        }
    }

    fn bound_volume(&self, volume: &mut Map) {
        let is_local = volume.get("driver").and_then(|entry| entry.node.as_str()) == Some("local");
        let Some(options) = mapping(volume, &["driver_opts"]).filter(|_| is_local) else { return };
        if options.get("o").and_then(|entry| entry.node.as_str()) == Some("bind")
            && let Some(device) = value(options, "device")
        {
            self.host_path(device);
        }
    }

    fn without_links(&self, value: &mut Value) {
        if let Value::String(text) = value
            && let Some(real) = self.files.real(Path::new(text.as_str()))
        {
            *text = real.display().to_string().into();
        }
    }

    fn join(&self, path: &str) -> Text {
        absolute(self.folder, Path::new(path)).display().to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryFiles;
    use crate::tree::tests::{parse, show};

    fn check(folder: &str, text: &str, expected: &str) {
        let mut root = parse(text);
        let files = MemoryFiles::default();
        paths(&mut root, &Base { folder: Path::new(folder), home: Some(Path::new("/home/u")), files: &files });
        assert_eq!(show(&root), expected);
    }

    #[test]
    fn contexts_are_paths_unless_they_are_fetched() {
        check(
            "/p",
            "services: {a: {build: {context: ./x, additional_contexts: {b: ../y, c: 'service:z', d: 'docker-image://i'}}}}",
            "{services: {a: {build: {additional_contexts: {b: \"/y\", c: \"service:z\", d: \"docker-image://i\"}, context: \"/p/x\"}}}}",
        );
        check("/p", "services: {a: {build: {context: 'git@h:r'}}}", "{services: {a: {build: {context: \"git@h:r\"}}}}");
    }

    #[test]
    fn an_include_is_joined_to_its_own_folder_first() {
        check("sub", "secrets: {s: {file: ./x}}", "{secrets: {s: {file: \"sub/x\"}}}");
        check(".", "configs: {s: {file: ./x}}", "{configs: {s: {file: \"x\"}}}");
    }

    #[test]
    fn mounts_and_volumes_that_bind() {
        check(
            "/p",
            "services: {a: {volumes: [{type: bind, source: '~/d'}, {type: bind, source: 'C:\\d'}, {type: volume, source: v}]}}",
            "{services: {a: {volumes: [{source: \"/home/u/d\", type: \"bind\"}, {source: \"C:\\\\d\", type: \"bind\"}, {source: \"v\", type: \"volume\"}]}}}",
        );
        check(
            "/p",
            "volumes: {v: {driver: local, driver_opts: {o: bind, device: d}}, w: {driver_opts: {o: bind, device: d}}}",
            "{volumes: {v: {driver: \"local\", driver_opts: {device: \"/p/d\", o: \"bind\"}}, w: {driver_opts: {device: \"d\", o: \"bind\"}}}}",
        );
    }
}
