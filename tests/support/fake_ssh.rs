//! What a test puts into `PATH` as `ssh`: its standard input and output become a connection to the unix socket
//! `FAKE_SSH_SOCKET`, wherever it is told to log in. It writes what it was called with, a line a call, into
//! `FAKE_SSH_LOG`; with `FAKE_SSH_SAYS` it says that and fails, as ssh does.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var_os(name);
    if let Some(path) = variable("FAKE_SSH_LOG") {
        let line = std::env::args().skip(1).collect::<Vec<_>>().join(" ") + "\n";
        let log = std::fs::OpenOptions::new().append(true).create(true).open(path);
        log.and_then(|mut log| log.write_all(line.as_bytes())).expect("the log can be written");
    }
    if let Some(says) = variable("FAKE_SSH_SAYS") {
        eprintln!("{}", says.display());
        return ExitCode::from(255);
    }
    let socket = PathBuf::from(variable("FAKE_SSH_SOCKET").expect("FAKE_SSH_SOCKET is set"));
    let stream = UnixStream::connect(&socket).expect("an engine listens");
    let engine = stream.try_clone().expect("a socket has two ends");
    std::thread::spawn(move || {
        pass(&mut io::stdin().lock(), &mut &engine);
        let _ = engine.shutdown(Shutdown::Write);
    });
    pass(&mut &stream, &mut io::stdout().lock());
    ExitCode::SUCCESS
}

/// Hands on each piece as it comes, up to the end of either side.
fn pass(from: &mut impl Read, into: &mut impl Write) {
    let mut piece = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        if into.write_all(&piece[..read]).and_then(|()| into.flush()).is_err() {
            return;
        }
    }
}
