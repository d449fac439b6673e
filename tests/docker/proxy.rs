//! A way to the engine that can be cut: a unix socket of the test, copied to the engine's own both ways.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use support::folder::Folder;

use crate::engine;

/// The way; gone with the test.
pub(crate) struct Proxy {
    socket: PathBuf,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    /// Grows with each cut: a listener of an older one ends.
    generation: u32,
    streams: Vec<UnixStream>,
}

impl Proxy {
    pub(crate) fn start(folder: &Folder) -> Self {
        let this = Self { socket: folder.join("engine.sock"), open: Arc::default() };
        this.mend();
        this
    }

    /// In `DOCKER_HOST` form.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Every connection ends at once, and nobody gets in any more.
    pub(crate) fn cut(&self) {
        let mut open = self.open.lock().expect("nobody fails with it");
        open.generation += 1;
        let _ = std::fs::remove_file(&self.socket);
        for stream in open.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// The way is there again.
    pub(crate) fn mend(&self) {
        let listener = UnixListener::bind(&self.socket).expect("a socket can be made");
        let open = Arc::clone(&self.open);
        let generation = open.lock().expect("nobody fails with it").generation;
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut open = open.lock().expect("nobody fails with it");
                if open.generation != generation {
                    return;
                }
                open.streams.extend(client.try_clone());
                drop(open);
                std::thread::spawn(move || copy(client));
            }
        });
    }
}

fn copy(client: UnixStream) -> Option<()> {
    let address = engine::address();
    let from_client = client.try_clone().ok()?;
    match address.split_once("://")? {
        ("unix", path) => {
            let server = UnixStream::connect(path).ok()?;
            let back = server.try_clone().ok()?;
            let up = std::thread::spawn(move || pour(from_client, &server, || server.shutdown(Shutdown::Write)));
            pour(back, &client, || client.shutdown(Shutdown::Write));
            up.join().ok()
        }
        (_, host) => {
            let server = TcpStream::connect(host).ok()?;
            let back = server.try_clone().ok()?;
            let up = std::thread::spawn(move || pour(from_client, &server, || server.shutdown(Shutdown::Write)));
            pour(back, &client, || client.shutdown(Shutdown::Write));
            up.join().ok()
        }
    }
}

/// Copies until one side ends, and hands the end on.
fn pour(mut from: impl Read, mut to: impl Write, end: impl FnOnce() -> std::io::Result<()>) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = end();
}
