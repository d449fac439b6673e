//! A terminal for a program: everything it writes there, as a terminal would get it.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::deadline::PATIENCE;
use crate::programs::wait;

/// Runs a program on a terminal of its own; its exit code, and what it wrote, on either stream.
///
/// # Panics
/// When there are no terminals, or the program cannot be run or does not end.
pub fn run(command: &mut Command) -> (i32, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal can be opened");
    grantpt(&controller).expect("it is ours");
    unlockpt(&controller).expect("it is ours");
    let name = ptsname(&controller, Vec::new()).expect("it has a name");
    let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let side = || File::options().read(true).write(true).open(path).expect("its other side can be opened");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(side())
        .stderr(side())
        .env("TERM", "xterm")
        .spawn()
        .expect("a program can be run");
    // Only the program holds the other side from now on: the end of what is read is its end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut screen = File::from(controller);
    let reading = std::thread::spawn(move || {
        let (mut all, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = screen.read(&mut part) {
            all.extend_from_slice(&part[..read]);
        }
        all
    });
    let code = wait(&mut child, PATIENCE);
    let written = reading.join().expect("reading does not panic");
    let written = String::from_utf8_lossy(&written).into_owned();
    (code.unwrap_or_else(|| panic!("no end within {} s:\n{written:?}", PATIENCE.as_secs())), written)
}
