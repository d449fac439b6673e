//! One HTTP call a connection, for tests that look past everything of ours: HTTP/1.0, so that an answer ends with
//! its connection and is not chunked.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;

/// A connection to an address in `DOCKER_HOST` form.
#[derive(Debug)]
pub enum Stream {
    /// `unix://`
    Unix(UnixStream),
    /// `tcp://`
    Tcp(TcpStream),
}

impl Stream {
    /// Connects.
    ///
    /// # Errors
    /// When the address has no scheme, or nobody listens there.
    pub fn connect(address: &str) -> io::Result<Self> {
        match address.split_once("://") {
            Some(("unix", path)) => UnixStream::connect(path).map(Self::Unix),
            Some((_, host)) => TcpStream::connect(host).map(Self::Tcp),
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{address} has no scheme"))),
        }
    }

    /// The same connection once more.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
        }
    }

    /// Ends it, one way or both.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.shutdown(how),
            Self::Tcp(stream) => stream.shutdown(how),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(buffer),
            Self::Tcp(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.flush(),
            Self::Tcp(stream) => stream.flush(),
        }
    }
}

/// Status and body of one call.
///
/// # Errors
/// When nobody listens, or the connection ends before the answer's head does.
pub fn call(address: &str, method: &str, path: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: test\r\nContent-Type: application/json\r\n");
    let mut stream = Stream::connect(address)?;
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let torn = || io::Error::new(io::ErrorKind::UnexpectedEof, format!("{method} {path}: an answer without a head"));
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(torn)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).ok_or_else(torn)?;
    Ok((status, answer.split_off(end + 4)))
}
