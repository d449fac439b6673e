//! A small engine on a unix socket: it remembers what was created, and refuses what it is told to refuse. It
//! knows what `up` of a plain stack asks for, and nothing of how an engine works.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_URL_SAFE, Engine as _};
use serde_json::{Value, json};
use support::folder::Folder;

/// A refusal: the method and path of the call (names in place of ids), the status, what the engine says.
#[derive(Clone, Copy)]
pub(crate) struct Refusal(pub(crate) &'static str, pub(crate) &'static str, pub(crate) u16, pub(crate) &'static str);

/// What is streamed in answer to a call of this method and path, an object a line.
#[derive(Clone, Copy)]
pub(crate) struct Streamed(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

/// A container of this engine.
#[derive(Clone)]
struct Container {
    id: String,
    labels: Value,
    image: String,
    is_running: bool,
}

#[derive(Default)]
struct State {
    containers: BTreeMap<String, Container>,
    networks: BTreeMap<String, Value>,
    volumes: BTreeMap<String, Value>,
    calls: Vec<String>,
    /// Calls that carry credentials, and those.
    callers: Vec<(String, Value)>,
    queries: Vec<(String, String)>,
}

/// The engine; it answers as long as the test runs.
#[derive(Clone)]
pub(crate) struct FakeEngine {
    state: Arc<Mutex<State>>,
    refusals: Arc<Vec<Refusal>>,
    streams: Arc<Vec<Streamed>>,
    api: &'static str,
    /// In `DOCKER_HOST` form.
    pub(crate) address: String,
}

struct Asked {
    method: String,
    path: String,
    query: String,
    body: Value,
    /// What a header says of who asks.
    caller: Option<Value>,
}

impl FakeEngine {
    /// An empty engine with a socket in a folder. It has every image but those it refuses to inspect.
    pub(crate) fn start(folder: &Folder, refusals: &[Refusal]) -> Self {
        Self::speaking(folder, "1.47", refusals)
    }

    /// The same with an API version of its own.
    pub(crate) fn speaking(folder: &Folder, api: &'static str, refusals: &[Refusal]) -> Self {
        Self::serving(folder, api, refusals, &[])
    }

    /// An empty engine that streams some answers.
    pub(crate) fn streaming(folder: &Folder, refusals: &[Refusal], streams: &[Streamed]) -> Self {
        Self::serving(folder, "1.47", refusals, streams)
    }

    fn serving(folder: &Folder, api: &'static str, refusals: &[Refusal], streams: &[Streamed]) -> Self {
        let socket = folder.join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let state = Arc::default();
        let address = format!("unix://{}", socket.display());
        let (refusals, streams) = (Arc::new(refusals.to_vec()), Arc::new(streams.to_vec()));
        let this = Self { state, refusals, streams, api, address };
        let server = this.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream));
            }
        });
        this
    }

    /// Puts a container there that nobody of a test made.
    pub(crate) fn put(&self, name: &str, labels: Value) {
        let containers = &mut self.state.lock().unwrap().containers;
        let before = containers.values().filter(|container| container.image == "theirs").count();
        let id = format!("{:064x}", 0xf0e + before);
        let container = Container { id, labels, image: "theirs".to_owned(), is_running: true };
        containers.insert(name.to_owned(), container);
    }

    /// The names of the containers that run.
    pub(crate) fn running(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.containers.iter().filter(|(_, container)| container.is_running).map(|(name, _)| name.clone()).collect()
    }

    /// Every call, as `METHOD /path`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Every call that would change something, as `METHOD /path`.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.calls().into_iter().filter(|call| !call.starts_with("GET ")).collect()
    }

    /// The credentials of every call that carried some, `METHOD /path` before them.
    pub(crate) fn callers(&self) -> Vec<(String, Value)> {
        self.state.lock().unwrap().callers.clone()
    }

    /// The query of the first call of a path.
    pub(crate) fn query(&self, path: &str) -> String {
        let state = self.state.lock().unwrap();
        state.queries.iter().find(|(asked, _)| asked == path).map(|(_, query)| query.clone()).unwrap_or_default()
    }

    fn serve(&self, mut stream: UnixStream) -> Option<()> {
        let mut asked = read(&stream)?;
        // Who asks no more than that has something to ask on the same connection.
        while asked.path == "/_ping" {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()?;
            asked = read(&stream)?;
        }
        let is_refused = self.refusals.iter().any(|Refusal(_, path, ..)| *path == "/events");
        if asked.path == "/events" && !is_refused {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n").ok()?;
            if let Some(Streamed(_, _, lines)) = self.streams.iter().find(|Streamed(_, path, _)| *path == "/events") {
                return stream.write_all(lines.as_bytes()).ok();
            }
            // Nothing ever happens here; the connection ends when the client's does.
            let _ = stream.read(&mut [0]);
            return None;
        }
        let (status, body) = self.answer(&asked);
        let found =
            self.streams.iter().find(|Streamed(method, path, _)| asked.method == *method && asked.path == *path);
        if let Some(Streamed(_, _, lines)) = found.filter(|_| status == 501) {
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n";
            return stream.write_all(format!("{head}{lines}").as_bytes()).ok();
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n");
        stream.write_all(format!("{head}Content-Type: application/json\r\n\r\n{body}").as_bytes()).ok()
    }

    fn answer(&self, asked: &Asked) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let parts: Vec<&str> = asked.path.trim_start_matches('/').splitn(2, '/').collect();
        let (kind, rest) = (parts[0], parts.get(1).copied().unwrap_or_default());
        let (name, verb) = rest.rsplit_once('/').unwrap_or((rest, ""));
        let by_id = state.containers.iter().find(|(_, c)| c.id == name || c.id == rest).map(|(name, _)| name.clone());
        let path = by_id.as_ref().map_or_else(|| asked.path.clone(), |by_id| asked.path.replace(name, by_id));
        state.calls.push(format!("{} {path}", asked.method));
        state.queries.push((asked.path.clone(), asked.query.clone()));
        state.callers.extend(asked.caller.clone().map(|caller| (format!("{} {path}", asked.method), caller)));
        let refusal =
            self.refusals.iter().find(|Refusal(method, refused, ..)| asked.method == *method && path == *refused);
        if let Some(Refusal(_, _, status, message)) = refusal {
            return (*status, json!({ "message": message }));
        }
        let name = by_id.unwrap_or_else(|| name.to_owned());
        let missing = |what: &str| (404, json!({ "message": format!("No such {what}: {name}") }));
        match (asked.method.as_str(), kind, name.as_str(), verb) {
            ("GET", "version", ..) => (
                200,
                json!({ "Version": "28.0.0", "ApiVersion": self.api, "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64" }),
            ),
            ("GET", "networks", ..) if rest == "bridge" => missing("network"),
            ("GET", "distribution", image, "json") => {
                (200, json!({ "Descriptor": { "digest": format!("sha256:{}", image.replace(['/', ':'], "")) } }))
            }
            ("GET", "images", _, "json") => (200, json!({ "Id": "sha256:0a" })),
            ("GET", "containers", "json", "") => (
                200,
                state
                    .containers
                    .iter()
                    .filter(|(_, c)| is_labelled(c, asked))
                    .map(|(name, c)| listed(name, c))
                    .collect(),
            ),
            ("GET", "containers", _, "json") => {
                state.containers.get(&name).map_or_else(|| missing("container"), |c| (200, inspected(&name, c)))
            }
            ("POST", "containers", "create", _) => {
                let name = asked.query.split('&').find_map(|pair| pair.strip_prefix("name=")).unwrap_or_default();
                if state.containers.contains_key(name) {
                    return (
                        409,
                        json!({ "message": format!("Conflict. The container name \"/{name}\" is already in use") }),
                    );
                }
                let id = format!("{:064x}", state.containers.len() + 1);
                let image = asked.body["Image"].as_str().unwrap_or_default().to_owned();
                let container =
                    Container { id: id.clone(), labels: asked.body["Labels"].clone(), image, is_running: false };
                state.containers.insert(name.to_owned(), container);
                (201, json!({ "Id": id, "Warnings": [] }))
            }
            ("POST", "containers", _, verb) => match state.containers.get_mut(&name) {
                Some(container) => {
                    container.is_running = verb != "stop";
                    (204, Value::Null)
                }
                None => missing("container"),
            },
            ("GET", "networks", ..) => (200, state.networks.values().cloned().collect()),
            ("POST", "networks", "create", _) => {
                let name = asked.body["Name"].as_str().unwrap_or_default().to_owned();
                let network = json!({ "Id": format!("net-{name}"), "Name": name, "Labels": asked.body["Labels"] });
                state.networks.insert(name, network.clone());
                (201, json!({ "Id": network["Id"], "Warning": "" }))
            }
            ("GET", "volumes", ..) => (200, json!({ "Volumes": state.volumes.values().collect::<Vec<_>>() })),
            ("POST", "volumes", "create", _) => {
                let name = asked.body["Name"].as_str().unwrap_or_default().to_owned();
                let volume = json!({ "Name": name, "Labels": asked.body["Labels"] });
                state.volumes.insert(name, volume.clone());
                (201, volume)
            }
            _ => (501, json!({ "message": format!("this engine cannot {} {}", asked.method, asked.path) })),
        }
    }
}

fn read(stream: &UnixStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    reader.read_line(&mut head).ok()?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut is_chunked, mut caller) = (0, false, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok()?,
            Some((name, _)) if name.eq_ignore_ascii_case("transfer-encoding") => is_chunked = true,
            Some((name, value)) if name.to_ascii_lowercase().starts_with("x-registry-") => {
                caller = Some(serde_json::from_slice(&BASE64_URL_SAFE.decode(value.trim()).ok()?).ok()?);
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    while is_chunked {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        reader.read_exact(&mut vec![0; size + 2]).ok()?;
        is_chunked = size > 0;
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    // `/v1.47/containers/json` and `/version` alike.
    let path = path.strip_prefix("/v1.").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(path);
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { method, path: path.to_owned(), query: query.to_owned(), body, caller })
}

/// Whether a list's filter lets a container through: the only filters here are those of a project.
fn is_labelled(container: &Container, asked: &Asked) -> bool {
    let project = container.labels["com.docker.compose.project"].as_str();
    let is_any = asked.query.contains("com.docker.compose.project%22");
    is_any || project.is_some_and(|project| asked.query.contains(&format!("com.docker.compose.project%3D{project}%22")))
}

fn listed(name: &str, container: &Container) -> Value {
    json!({
        "Id": container.id,
        "Names": [format!("/{name}")],
        "Image": container.image,
        "Command": "sleep 'a very long while'",
        "Created": 1,
        "State": state(container),
        "Status": if container.is_running { "Up 3 seconds" } else { "Created" },
        "Labels": container.labels,
        "Ports": [
            { "IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp" },
            { "PrivatePort": 81, "Type": "tcp" },
        ],
        "NetworkSettings": { "Networks": { "shop_default": {} } },
    })
}

fn state(container: &Container) -> &'static str {
    if container.is_running { "running" } else { "created" }
}

fn inspected(name: &str, container: &Container) -> Value {
    json!({
        "Id": container.id,
        "Name": format!("/{name}"),
        "Created": "2026-01-01T00:00:00Z",
        "State": {
            "Status": state(container),
            "Running": container.is_running,
            "StartedAt": "2026-01-01T00:00:01Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
        },
        "Config": { "Image": container.image, "Labels": container.labels },
        "HostConfig": { "RestartPolicy": { "Name": "no" } },
        "NetworkSettings": { "Networks": { "shop_default": { "NetworkID": "net-shop_default" } } },
    })
}
