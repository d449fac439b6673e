//! A connection that is a child process: what goes into it and what comes out of it are the bytes. One child a
//! connection; it ends with it.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::Ssh;

/// How much of what the child complains of is kept, from its end: a server's greeting may stand before it.
const COMPLAINT: usize = 4096;
/// How long a child that gave up may take to say why.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(crate) struct Dialled {
    /// Killed when this is dropped.
    child: Child,
    /// Taken when this side has said everything: only so the other side hears of it.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    complaint: Arc<Mutex<Vec<u8>>>,
    listening: JoinHandle<()>,
}

impl Dialled {
    /// Runs ssh. Whether it gets there shows only in what it answers.
    pub(crate) fn ssh(ssh: &Ssh) -> io::Result<Self> {
        let mut command = Command::new("ssh");
        // As a group of its own, below, it could not read a terminal, and would stand still over a question; so it
        // asks by a window or not at all.
        command.args(ssh.arguments()).env("SSH_ASKPASS_REQUIRE", "force");
        Self::run(command)
    }

    fn run(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // In a group of its own a Ctrl-C does not reach it: what is under way is seen to its end.
        command.process_group(0).kill_on_drop(true);
        let mut child = command
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("the program `ssh` cannot be run: {error}")))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("the child has no pipes"));
        };
        let complaint = Arc::default();
        let listening = tokio::spawn(listen(stderr, Arc::clone(&complaint)));
        Ok(Self { child, stdin: Some(stdin), stdout, complaint, listening })
    }

    /// Why there is no connection, where the child says so; else `error`.
    pub(crate) async fn explain(mut self, error: io::Error) -> io::Error {
        self.stdin = None;
        let ending = async {
            let status = self.child.wait().await;
            let _ = (&mut self.listening).await;
            status
        };
        let status = tokio::time::timeout(LAST_WORDS, ending).await;
        let said = String::from_utf8_lossy(&self.complaint.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
        let lines = said.lines().map(|line| line.trim().trim_start_matches("ssh: "));
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        match (lines.is_empty(), status) {
            (false, _) => io::Error::new(error.kind(), format!("ssh: {}", lines.join("; "))),
            (true, Ok(Ok(status))) => io::Error::new(error.kind(), format!("ssh: {status}")),
            (true, _) => error,
        }
    }
}

impl Drop for Dialled {
    fn drop(&mut self) {
        // Whoever the child left behind may hold the pipe open.
        self.listening.abort();
    }
}

/// Keeps the end of what is said, so that the child never waits for a reader.
async fn listen(mut stderr: ChildStderr, complaint: Arc<Mutex<Vec<u8>>>) {
    let mut piece = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut piece).await {
        tracing::debug!(said = %String::from_utf8_lossy(&piece[..read]).trim(), "ssh");
        let mut kept = complaint.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&piece[..read]);
        let surplus = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..surplus);
    }
}

impl AsyncRead for Dialled {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stdout).poll_read(cx, into)
    }
}

impl Dialled {
    fn with_stdin<T>(
        self: Pin<&mut Self>,
        call: impl FnOnce(Pin<&mut ChildStdin>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut self.get_mut().stdin {
            Some(stdin) => call(Pin::new(stdin)),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.with_stdin(|stdin| stdin.poll_write(cx, from))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stdin.is_none() {
            return Poll::Ready(Ok(()));
        }
        self.with_stdin(|stdin| stdin.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A pipe's end is closed by nothing but dropping it.
        self.get_mut().stdin = None;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn dialled(script: &str) -> Dialled {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Dialled::run(command).unwrap()
    }

    #[tokio::test]
    async fn each_side_ends_alone() {
        let mut dialled = dialled("cat; echo end");
        dialled.write_all(b"in\n").await.unwrap();
        dialled.shutdown().await.unwrap();
        let mut said = String::new();
        dialled.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "in\nend\n");
        assert_eq!(dialled.write(b"more").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn it_dies_with_its_connection() {
        let dialled = dialled("exec sleep 1000");
        let process = format!("/proc/{}", dialled.child.id().unwrap());
        assert!(std::fs::exists(&process).unwrap());
        drop(dialled);
        let gone = async {
            while std::fs::exists(&process).unwrap() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.unwrap();
    }

    #[tokio::test]
    async fn it_says_why_it_gave_up() {
        for (script, expected) in [
            ("echo 'ssh: no  route' >&2; echo >&2; echo nobody >&2; exit 255", "ssh: no  route; nobody"),
            ("exit 255", "ssh: exit status: 255"),
        ] {
            let told = dialled(script).explain(io::ErrorKind::UnexpectedEof.into()).await;
            assert_eq!((told.kind(), told.to_string().as_str()), (io::ErrorKind::UnexpectedEof, expected));
        }
        // However much it complains, nothing stands still, and its end is what is kept.
        let told = dialled("yes long | head -c 1000000 >&2; echo last >&2; exit 1");
        let told = told.explain(io::ErrorKind::UnexpectedEof.into()).await.to_string();
        assert!(told.len() < 2 * COMPLAINT && told.ends_with("; long; last"), "{told}");
    }
}
