//! A small registry of images on loopback (OCI Distribution Specification): it keeps what is pushed in memory, and
//! lets in whoever knows its one password. The engine has to share the loopback of the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

/// Whom it knows; the secret is one that base64 writes with letters of its own.
const KNOWN: &str = "somebody:a?b~~~>";

/// The registry; it answers as long as the test process runs.
#[derive(Clone)]
pub(crate) struct Registry {
    /// As images are named by: `127.0.0.1:PORT`.
    pub(crate) name: String,
    kept: Arc<Mutex<BTreeMap<String, Kept>>>,
}

/// A blob or manifest, or a part of one.
#[derive(Clone, Default)]
struct Kept {
    kind: String,
    bytes: Vec<u8>,
}

struct Asked {
    method: String,
    path: String,
    query: String,
    kind: String,
    is_known: bool,
    body: Vec<u8>,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self { name: listener.local_addr().unwrap().to_string(), kept: Arc::default() };
        let server = this.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                std::thread::spawn(move || server.serve(&stream));
            }
        });
        this
    }

    /// What docker's settings say of whom it knows.
    pub(crate) fn settings(&self) -> String {
        let auth = BASE64_STANDARD.encode(KNOWN);
        serde_json::json!({ "auths": { self.name.clone(): { "auth": auth } } }).to_string()
    }

    /// Whether an image was pushed.
    pub(crate) fn has(&self, name: &str, tag: &str) -> bool {
        self.kept.lock().unwrap().contains_key(&format!("/v2/{name}/manifests/{tag}"))
    }

    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let asked = read(stream)?;
        let (status, headers, body) = self.answer(&asked);
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
        let mut stream = stream;
        stream.write_all(head.as_bytes()).ok()?;
        if asked.method != "HEAD" {
            stream.write_all(&body).ok()?;
        }
        Some(())
    }

    fn answer(&self, asked: &Asked) -> (u16, String, Vec<u8>) {
        if !asked.is_known {
            return (401, "WWW-Authenticate: Basic realm=\"test\"\r\n".to_owned(), Vec::new());
        }
        let mut kept = self.kept.lock().unwrap();
        let path = asked.path.as_str();
        let (place, _) = path.split_once("/uploads/").unwrap_or((path, ""));
        let digest = |bytes: &[u8]| {
            let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("sha256:{hex}")
        };
        let stands = |bytes: &[u8]| format!("Docker-Content-Digest: {}\r\n", digest(bytes));
        match asked.method.as_str() {
            "POST" => {
                let upload = format!("{place}/uploads/{}", kept.len());
                kept.insert(upload.clone(), Kept::default());
                (202, format!("Location: {upload}\r\nRange: 0-0\r\n"), Vec::new())
            }
            "PATCH" => {
                let part = kept.entry(path.to_owned()).or_default();
                part.bytes.extend_from_slice(&asked.body);
                let last = part.bytes.len().saturating_sub(1);
                (202, format!("Location: {path}\r\nRange: 0-{last}\r\n"), Vec::new())
            }
            "PUT" if path.contains("/uploads/") => {
                let mut whole = kept.get(path).cloned().unwrap_or_default();
                whole.bytes.extend_from_slice(&asked.body);
                whole.kind = "application/octet-stream".to_owned();
                let named = asked.query.split('&').find_map(|pair| pair.strip_prefix("digest=")).unwrap_or_default();
                let found = digest(&whole.bytes);
                if named.replace("%3A", ":") != found {
                    return (400, String::new(), Vec::new());
                }
                kept.insert(format!("{place}/{found}"), whole);
                (201, format!("Location: {place}/{found}\r\nDocker-Content-Digest: {found}\r\n"), Vec::new())
            }
            "PUT" => {
                let (folder, _) = path.rsplit_once('/').unwrap_or_default();
                let manifest = Kept { kind: asked.kind.clone(), bytes: asked.body.clone() };
                kept.insert(format!("{folder}/{}", digest(&asked.body)), manifest.clone());
                kept.insert(path.to_owned(), manifest);
                (201, stands(&asked.body), Vec::new())
            }
            _ if path == "/v2/" => (200, String::new(), b"{}".to_vec()),
            _ => match kept.get(path) {
                Some(found) => {
                    let headers = format!("Content-Type: {}\r\n{}", found.kind, stands(&found.bytes));
                    (200, headers, found.bytes.clone())
                }
                None => (404, "Content-Type: application/json\r\n".to_owned(), b"{\"errors\":[]}".to_vec()),
            },
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    while headers.contains_key("transfer-encoding") {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).ok()?;
        body.extend_from_slice(&chunk[..size]);
        if size == 0 {
            break;
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let is_known =
        headers.get("authorization").is_some_and(|told| *told == format!("Basic {}", BASE64_STANDARD.encode(KNOWN)));
    let kind = headers.remove("content-type").unwrap_or_default();
    Some(Asked { method, path: path.to_owned(), query: query.to_owned(), kind, is_known, body })
}
