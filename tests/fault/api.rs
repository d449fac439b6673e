//! The engine as the oracle sees and disturbs it, around everything of ours and around the proxy.

use serde_json::{Value, json};
use support::http;

use crate::engine::BOX;

/// What every call is spoken in: engines from 20.10 on know it.
const API: &str = "/v1.41";

/// An engine to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Api(String);

impl Api {
    pub(crate) fn new(address: &str) -> Self {
        Self(address.to_owned())
    }

    fn call(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let answered = http::call(&self.0, method, &format!("{API}{path}"), body);
        let (status, body) = answered.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// What a call answers; null when there is no such thing.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, "");
        assert!(status == 200 || status == 404, "GET {path}: {status} {body}");
        if status == 404 { Value::Null } else { body }
    }

    /// Does something; "already so" and "gone" are as good as done.
    pub(crate) fn act(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, answer) = self.call(method, path, body);
        let is_done = (200..300).contains(&status) || status == 304 || status == 404;
        assert!(is_done, "{method} {path}: {status} {answer}");
        answer
    }

    /// Names and ids of all containers.
    pub(crate) fn names(&self) -> Vec<(String, String)> {
        let all = self.get("/containers/json?all=1");
        let all = all.as_array().into_iter().flatten();
        all.map(|found| (text(&found["Names"][0]).trim_start_matches('/').to_owned(), text(&found["Id"]))).collect()
    }

    pub(crate) fn networks(&self) -> Vec<Value> {
        self.get("/networks").as_array().cloned().unwrap_or_default()
    }

    pub(crate) fn volumes(&self) -> Vec<Value> {
        self.get("/volumes")["Volumes"].as_array().cloned().unwrap_or_default()
    }

    /// A container by name or id; null when there is none.
    pub(crate) fn container(&self, name: &str) -> Value {
        self.get(&format!("/containers/{name}/json"))
    }

    /// A container that is none of ours; its id.
    pub(crate) fn create(&self, name: &str, labels: &Value) -> String {
        let body = json!({ "Image": BOX, "Labels": labels, "HostConfig": { "NetworkMode": "none" } });
        text(&self.act("POST", &format!("/containers/create?name={name}"), &body.to_string())["Id"])
    }

    pub(crate) fn start(&self, container: &str) {
        self.act("POST", &format!("/containers/{container}/start"), "");
    }

    /// `docker rm -f -v`; one that is being removed already may go on so.
    pub(crate) fn remove(&self, container: &str) {
        let _ = self.call("DELETE", &format!("/containers/{container}?force=1&v=1"), "");
    }

    /// `docker network disconnect -f`.
    pub(crate) fn disconnect(&self, network: &str, container: &str) {
        let body = json!({ "Container": container, "Force": true });
        self.act("POST", &format!("/networks/{network}/disconnect"), &body.to_string());
    }

    /// Everything whose name has a text in it.
    pub(crate) fn remove_all(&self, part: &str) {
        for (_, id) in self.names().iter().filter(|(name, _)| name.contains(part)) {
            self.remove(id);
        }
        let named = |all: Vec<Value>, key: &str| {
            let names: Vec<String> = all.iter().map(|found| text(&found[key])).collect();
            names.into_iter().filter(|name| name.contains(part))
        };
        let is_own = |name: &String| !matches!(name.as_str(), "bridge" | "host" | "none");
        for name in named(self.networks(), "Name").filter(is_own) {
            let _ = self.call("DELETE", &format!("/networks/{name}"), "");
        }
        for name in named(self.volumes(), "Name") {
            let _ = self.call("DELETE", &format!("/volumes/{name}?force=1"), "");
        }
    }

    /// Everything.
    pub(crate) fn remove_everything(&self) {
        self.remove_all("");
    }
}

/// A JSON text, or nothing.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
