//! The engine as a test sees and disturbs it: one call a connection, in the words of the Engine API. It goes
//! around everything of ours, so that what is checked is checked against the engine itself.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use support::http;

/// What every call is spoken in: engines from 20.10 on know it.
const API: &str = "/v1.41";

/// The engine's address in `DOCKER_HOST` form.
pub(crate) fn address() -> String {
    let named = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    named.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned())
}

/// Status and body of one call.
fn call(method: &str, path: &str) -> (u16, Vec<u8>) {
    call_with(method, path, "")
}

fn call_with(method: &str, path: &str, body: &str) -> (u16, Vec<u8>) {
    http::call(&address(), method, &format!("{API}{path}"), body).expect("an engine answers")
}

/// What a daemon of ours answers to a question; `None` when it says no. A process a question would keep a
/// whole core busy wherever something is waited for.
pub(crate) fn ask_daemon(socket: &Path, path: &str) -> Option<Value> {
    let address = format!("unix://{}", socket.display());
    let (status, body) = http::call(&address, "GET", path, "").ok()?;
    (status == 200).then(|| serde_json::from_slice(&body).expect("composed answers JSON"))
}

/// What a call answers; `None` when there is no such thing.
fn get(path: &str) -> Option<Value> {
    let (status, body) = call("GET", path);
    if status == 404 {
        return None;
    }
    assert_eq!(status, 200, "GET {path}: {}", String::from_utf8_lossy(&body));
    Some(serde_json::from_slice(&body).expect("the engine answers JSON"))
}

/// Does something; "already so" and "gone" are as good as done.
fn act(method: &str, path: &str) {
    act_with(method, path, "");
}

fn act_with(method: &str, path: &str, body: &str) {
    let (status, body) = call_with(method, path, body);
    let is_done = (200..300).contains(&status) || status == 304 || status == 404;
    assert!(is_done, "{method} {path}: {status} {}", String::from_utf8_lossy(&body));
}

/// A container, as the engine inspects it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Container(pub(crate) Value);

impl Container {
    pub(crate) fn id(&self) -> &str {
        self.0["Id"].as_str().unwrap_or_default()
    }

    pub(crate) fn label(&self, name: &str) -> &str {
        self.0["Config"]["Labels"][name].as_str().unwrap_or_default()
    }

    /// The id of what it was made from.
    pub(crate) fn image(&self) -> &str {
        self.0["Image"].as_str().unwrap_or_default()
    }

    pub(crate) fn status(&self) -> &str {
        self.0["State"]["Status"].as_str().unwrap_or_default()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status() == "running"
    }

    /// RFC 3339 with nanoseconds in UTC: moments compare as their texts do, fractions aside.
    pub(crate) fn started(&self) -> Moment {
        Moment::of(&self.0["State"]["StartedAt"])
    }

    /// The end of the first probe that went well.
    pub(crate) fn first_healthy(&self) -> Option<Moment> {
        let probes = self.0["State"]["Health"]["Log"].as_array()?;
        probes.iter().find(|probe| probe["ExitCode"] == 0).map(|probe| Moment::of(&probe["End"]))
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let all = self.0["Config"]["Env"].as_array()?;
        let mut pairs = all.iter().filter_map(|pair| pair.as_str()?.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// Which life of which container this is: equal means untouched.
    pub(crate) fn life(&self) -> (String, String) {
        (self.id().to_owned(), self.0["State"]["StartedAt"].as_str().unwrap_or_default().to_owned())
    }
}

/// A moment by the engine's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(String, String);

impl Moment {
    /// Seconds as text compare; the fraction is filled up to nine digits. Zones other than UTC would not
    /// compare, and the engine of a test runs in UTC or in the zone of the test's machine throughout.
    fn of(value: &Value) -> Self {
        let text = value.as_str().unwrap_or_default();
        let (seconds, rest) = text.split_at(19.min(text.len()));
        let digits: String = rest.chars().skip(1).take_while(char::is_ascii_digit).collect();
        Self(seconds.to_owned(), format!("{digits:0<9}"))
    }
}

/// A container by name or id.
pub(crate) fn container(name: &str) -> Option<Container> {
    get(&format!("/containers/{name}/json")).map(Container)
}

/// The names of everything with a project's label: containers (running or not), networks, volumes.
pub(crate) struct Belongings {
    pub(crate) containers: Vec<String>,
    pub(crate) networks: Vec<String>,
    pub(crate) volumes: Vec<String>,
}

pub(crate) fn belongings(project: &str) -> Belongings {
    let filter = format!("filters=%7B%22label%22%3A%5B%22com.docker.compose.project%3D{project}%22%5D%7D");
    let names = |list: Value, name: fn(&Value) -> Option<&str>| {
        let list = list.as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = list.iter().filter_map(name).map(str::to_owned).collect();
        names.sort();
        names
    };
    let containers = get(&format!("/containers/json?all=1&{filter}")).unwrap_or_default();
    let networks = get(&format!("/networks?{filter}")).unwrap_or_default();
    let volumes = get(&format!("/volumes?{filter}")).unwrap_or_default()["Volumes"].clone();
    Belongings {
        containers: names(containers, |found| Some(found["Names"][0].as_str()?.trim_start_matches('/'))),
        networks: names(networks, |found| found["Name"].as_str()),
        volumes: names(volumes, |found| found["Name"].as_str()),
    }
}

pub(crate) fn has_volume(name: &str) -> bool {
    get(&format!("/volumes/{name}")).is_some()
}

pub(crate) fn has_network(name: &str) -> bool {
    get(&format!("/networks/{name}")).is_some()
}

/// The text of a network's label.
pub(crate) fn network_label(name: &str, label: &str) -> String {
    let network = get(&format!("/networks/{name}")).unwrap_or_default();
    network["Labels"][label].as_str().unwrap_or_default().to_owned()
}

/// `docker network create`
pub(crate) fn create_network(name: &str) {
    act_with("POST", "/networks/create", &serde_json::json!({ "Name": name }).to_string());
}

/// A second network of a name, with the labels of the first, as engines before API 1.44 make one for two who ask at
/// once; whether this one does.
pub(crate) fn twin_network(name: &str) -> bool {
    let labels = get(&format!("/networks/{name}")).unwrap_or_default()["Labels"].clone();
    let body = serde_json::json!({ "Name": name, "Labels": labels, "CheckDuplicate": false });
    let (status, answer) = call_with("POST", "/networks/create", &body.to_string());
    assert!(matches!(status, 201 | 409), "create {name}: {status} {}", String::from_utf8_lossy(&answer));
    status == 201
}

/// `docker create`; the id.
pub(crate) fn create(name: &str, image: &str) -> String {
    let body = serde_json::json!({ "Image": image }).to_string();
    let (status, answer) = call_with("POST", &format!("/containers/create?name={name}"), &body);
    assert_eq!(status, 201, "create {name}: {}", String::from_utf8_lossy(&answer));
    let made: Value = serde_json::from_slice(&answer).expect("the engine answers JSON");
    made["Id"].as_str().unwrap_or_default().to_owned()
}

/// An image by its reference.
pub(crate) fn image(reference: &str) -> Option<Value> {
    get(&format!("/images/{reference}/json"))
}

/// The commands of all containers, running or not.
pub(crate) fn commands() -> Vec<String> {
    let list = get("/containers/json?all=1").unwrap_or_default();
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|found| found["Command"].as_str()).map(str::to_owned).collect()
}

/// Removes every image that was built for a project.
pub(crate) fn remove_images(project: &str) {
    let filter = format!("filters=%7B%22label%22%3A%5B%22com.docker.compose.project%3D{project}%22%5D%7D");
    let list = get(&format!("/images/json?{filter}")).unwrap_or_default();
    for found in list.as_array().into_iter().flatten() {
        act("DELETE", &format!("/images/{}?force=1", found["Id"].as_str().unwrap_or_default()));
    }
}

pub(crate) fn image_id(reference: &str) -> String {
    let image =
        get(&format!("/images/{reference}/json")).unwrap_or_else(|| panic!("no {reference}: scripts/images.sh tiny"));
    image["Id"].as_str().unwrap_or_default().to_owned()
}

/// `docker rm -f`
pub(crate) fn remove(container: &str) {
    act("DELETE", &format!("/containers/{container}?force=1"));
}

/// `docker rm -f -v`
pub(crate) fn remove_with_volumes(container: &str) {
    act("DELETE", &format!("/containers/{container}?force=1&v=1"));
}

/// `docker stop -t 0`
pub(crate) fn stop(container: &str) {
    act("POST", &format!("/containers/{container}/stop?t=0"));
}

/// `docker network disconnect -f`
pub(crate) fn disconnect(network: &str, container: &str) {
    let body = serde_json::json!({ "Container": container, "Force": true }).to_string();
    act_with("POST", &format!("/networks/{network}/disconnect"), &body);
}

/// `docker network connect`
pub(crate) fn connect(network: &str, container: &str) {
    let body = serde_json::json!({ "Container": container });
    act_with("POST", &format!("/networks/{network}/connect"), &body.to_string());
}

/// `docker start`
pub(crate) fn start(container: &str) {
    act("POST", &format!("/containers/{container}/start"));
}

/// `docker rename`
pub(crate) fn rename(container: &str, to: &str) {
    act("POST", &format!("/containers/{container}/rename?name={to}"));
}

/// `docker pause`
pub(crate) fn pause(container: &str) {
    act("POST", &format!("/containers/{container}/pause"));
}

/// `docker unpause`
pub(crate) fn unpause(container: &str) {
    act("POST", &format!("/containers/{container}/unpause"));
}

/// `docker kill`
pub(crate) fn kill(container: &str) {
    act("POST", &format!("/containers/{container}/kill"));
}

/// `docker exec`
pub(crate) fn exec(container: &str, command: &[&str]) {
    let body = serde_json::json!({ "Cmd": command }).to_string();
    let (status, answer) = call_with("POST", &format!("/containers/{container}/exec"), &body);
    assert_eq!(status, 201, "exec in {container}: {}", String::from_utf8_lossy(&answer));
    let made: Value = serde_json::from_slice(&answer).expect("the engine answers JSON");
    act_with("POST", &format!("/exec/{}/start", made["Id"].as_str().unwrap_or_default()), r#"{"Detach":true}"#);
}

pub(crate) fn remove_network(name: &str) {
    // By their ids: two may have the name.
    let filter = format!("filters=%7B%22name%22%3A%5B%22%5E{name}%24%22%5D%7D");
    for found in get(&format!("/networks?{filter}")).unwrap_or_default().as_array().into_iter().flatten() {
        act("DELETE", &format!("/networks/{}", found["Id"].as_str().unwrap_or_default()));
    }
}

pub(crate) fn remove_volume(name: &str) {
    act("DELETE", &format!("/volumes/{name}?force=1"));
}

/// `docker tag`
pub(crate) fn tag(image: &str, repository: &str, tag: &str) {
    act("POST", &format!("/images/{image}/tag?repo={repository}&tag={tag}"));
}

/// `docker rmi`: of a tag, the name alone where there is another.
pub(crate) fn untag(reference: &str) {
    act("DELETE", &format!("/images/{reference}"));
}

/// The whole log of a container, both streams, with their frames taken off.
pub(crate) fn log(container: &str) -> Vec<String> {
    let (status, body) = call("GET", &format!("/containers/{container}/logs?stdout=1&stderr=1"));
    assert_eq!(status, 200, "the log of {container}");
    let (mut text, mut at) = (Vec::new(), 0);
    while let Some(head) = body.get(at..at + 8) {
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        text.extend_from_slice(&body[at + 8..(at + 8 + length).min(body.len())]);
        at += 8 + length;
    }
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}

/// What happened to a project's containers and networks since a moment, oldest first, as `action name`.
pub(crate) fn events(project: &str, since: Duration) -> Vec<String> {
    let until = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let span = format!("since={}.{:09}&until={}", since.as_secs(), since.subsec_nanos(), until.as_secs() + 1);
    let (status, body) = call("GET", &format!("/events?{span}"));
    assert_eq!(status, 200, "events");
    let text = String::from_utf8_lossy(&body).into_owned();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events
        .filter(|event| {
            let attributes = &event["Actor"]["Attributes"];
            let is_labelled = attributes["com.docker.compose.project"] == project;
            let is_named = attributes["name"].as_str().is_some_and(|name| name.starts_with(&format!("{project}_")));
            is_labelled || is_named
        })
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {}", text(&event["Action"]), text(&event["Actor"]["Attributes"]["name"]))
        })
        .collect()
}
