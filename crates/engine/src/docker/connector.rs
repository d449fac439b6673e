//! Opens connections to an engine for the pool above, which speaks HTTP over them. A way that may end short of the
//! engine is tried out first, by a question that changes nothing: only then is a request risked on it, and whoever
//! cannot get there is told what stands in the way.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::dial::Dialled;
use crate::Address;
use crate::address::{REMEDY, TlsAddress};

/// A socket that is there answers at once or not at all; another machine may take a moment.
const PATIENCE: Duration = Duration::from_secs(5);
/// A login may take as long as ssh itself is told to try, and a little more so that it can say so.
const LOGIN: Duration = Duration::from_secs(35);
/// Logins at a time: servers drop them at random beyond ten (`MaxStartups`).
const LOGINS: usize = 4;
/// Asks whether somebody is there; the answer is a head and nothing else.
const QUESTION: &[u8] = b"HEAD /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";
/// No answer to that is longer.
const LONGEST_HEAD: usize = 16 << 10;

/// What reaching an address may take beyond an answer itself.
pub(crate) fn detour(address: &Address) -> Duration {
    match address {
        Address::Ssh(_) => LOGIN,
        Address::Unix(_) | Address::Tcp(_) | Address::Tls(_) => Duration::ZERO,
    }
}

/// What to try where an address cannot be reached, if the way there may be at fault.
pub(crate) fn remedy(address: &Address) -> Option<String> {
    match address {
        Address::Ssh(ssh) => Some(format!("`ssh {} docker version` must work without asking anything", ssh.login())),
        Address::Tls(_) => Some(REMEDY.to_owned()),
        Address::Unix(_) | Address::Tcp(_) => None,
    }
}

#[derive(Clone)]
pub(crate) struct Connector {
    address: Address,
    logins: Arc<Semaphore>,
}

impl Connector {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, logins: Arc::new(Semaphore::new(LOGINS)) }
    }

    async fn connect(self) -> io::Result<Socket> {
        match &self.address {
            Address::Unix(path) => in_time(PATIENCE, UnixStream::connect(path)).await.map(Socket::Unix),
            Address::Tcp(host) => in_time(PATIENCE, tcp(host)).await.map(Socket::Tcp),
            Address::Tls(address) => in_time(PATIENCE, tls(address)).await.map(Socket::Tls),
            Address::Ssh(ssh) => {
                let _turn = self.logins.acquire().await.ok(); // nobody closes it
                let mut dialled = Dialled::ssh(ssh)?;
                match in_time(LOGIN, prove(&mut dialled)).await {
                    Ok(()) => Ok(Socket::Dialled(Box::new(dialled))),
                    Err(error) => Err(dialled.explain(error).await),
                }
            }
        }
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Socket>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connecting = self.clone().connect();
        Box::pin(async move { connecting.await.map(TokioIo::new) })
    }
}

async fn in_time<T>(patience: Duration, connecting: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(patience, connecting).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn tcp(host: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// An engine that wants to know this side says so only after the handshake: hence the question.
async fn tls(address: &TlsAddress) -> io::Result<Box<TlsStream<TcpStream>>> {
    let connector = TlsConnector::from(Arc::clone(&address.config));
    let mut stream = connector.connect(address.name.clone(), tcp(&address.host).await?).await?;
    prove(&mut stream).await?;
    Ok(Box::new(stream))
}

/// Whether an engine answers. Any answer will do; what it means is for the calls to find out.
async fn prove(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.write_all(QUESTION).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    // A byte at a time: what follows the head is not ours.
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
        let start = head.len().min(5);
        if head[..start] != b"HTTP/"[..start] || head.len() > LONGEST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "what answers there is no engine"));
        }
    }
    Ok(())
}

/// Finds the system's own error under those of the layers above it.
pub(crate) fn io_error(error: &(dyn StdError + 'static)) -> Option<io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(match (io.raw_os_error(), io.get_ref()) {
                (Some(code), _) => io::Error::from_raw_os_error(code),
                (None, Some(words)) => io::Error::new(io.kind(), words.to_string()),
                (None, None) => io.kind().into(),
            });
        }
        next = error.source();
    }
    None
}

pub(crate) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Dialled(Box<Dialled>),
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

macro_rules! either {
    ($self:ident, $socket:ident => $call:expr) => {
        match $self.get_mut() {
            Socket::Unix($socket) => $call,
            Socket::Tcp($socket) => $call,
            Socket::Tls($socket) => $call,
            Socket::Dialled($socket) => $call,
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, socket => Pin::new(socket).poll_read(cx, into))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, socket => Pin::new(socket).poll_write(cx, from))
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, socket => Pin::new(socket).poll_flush(cx))
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, socket => Pin::new(socket).poll_shutdown(cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(answer: &[u8], rest: &[u8], expected: Result<(), io::ErrorKind>) {
        let (mut here, mut there) = tokio::io::duplex(64 << 10);
        there.write_all(answer).await.unwrap();
        there.write_all(rest).await.unwrap();
        there.shutdown().await.unwrap();
        let proven = prove(&mut here).await.map_err(|error| error.kind());
        assert_eq!(proven, expected, "{}", String::from_utf8_lossy(answer));
        let mut left = Vec::new();
        here.read_to_end(&mut left).await.unwrap();
        assert!(expected.is_err() || left == rest, "only the head is taken");
    }

    #[tokio::test]
    async fn an_engine_is_who_answers_in_http() {
        check(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", b"more", Ok(())).await;
        check(b"HTTP/1.1 403 Forbidden\r\n\r\n", b"", Ok(())).await;
        check(b"HTTP/1.1 200 OK\r\nA", b"", Err(io::ErrorKind::UnexpectedEof)).await;
        check(b"", b"", Err(io::ErrorKind::UnexpectedEof)).await;
        check(b"Last login: today\r\n\r\n", b"", Err(io::ErrorKind::InvalidData)).await;
        check(&[b"HTTP/".as_slice(), &[b'x'; LONGEST_HEAD]].concat(), b"", Err(io::ErrorKind::InvalidData)).await;
    }
}
