//! What goes over a connection that was handed over to a process's streams: one byte of kind, four of length
//! (big-endian), then that many bytes. No frame is longer than [`LONGEST`].
//!
//! A process that does not read must not hold back signals behind its input: of input no more than [`WINDOW`]
//! frames are under way at a time, and the daemon says of each when the process has taken it.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The protocol's name in the head `Upgrade`.
pub const PROTOCOL: &str = "composed-streams";
/// The longest body of a frame.
pub const LONGEST: usize = 64 << 10;
/// Frames of input that may be under way.
pub const WINDOW: usize = 16;
/// Kind and length.
const HEAD: usize = 5;

/// What a client says to a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToProcess {
    /// Input; one frame of the window.
    Input(Bytes),
    /// The end of the input.
    InputEnd,
    /// The size of its terminal: columns, rows.
    Resize(u16, u16),
    /// A signal, by its name.
    Signal(String),
}

/// What a client is told of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromProcess {
    /// What it wrote to standard output, or to its terminal.
    Output(Bytes),
    /// What it wrote to standard error.
    ErrorOutput(Bytes),
    /// It has taken a frame of input.
    Taken,
    /// It ended, with this exit code. Nothing follows.
    Exit(i64),
    /// The streams are over, and it runs on. Nothing follows.
    LeftRunning,
    /// The streams broke off, and why. Nothing follows.
    Broken(String),
}

/// A frame's kind and body.
pub trait Frame: Sized {
    /// The byte that stands for its kind, and its body.
    fn parts(self) -> (u8, Bytes);
    /// Reads it back; `None` when there is no such frame.
    fn of(kind: u8, body: Bytes) -> Option<Self>;
}

impl Frame for ToProcess {
    fn parts(self) -> (u8, Bytes) {
        match self {
            Self::Input(bytes) => (1, bytes),
            Self::InputEnd => (2, Bytes::new()),
            Self::Resize(columns, rows) => {
                let mut body = BytesMut::with_capacity(4);
                body.put_u16(columns);
                body.put_u16(rows);
                (3, body.freeze())
            }
            Self::Signal(name) => (4, name.into()),
        }
    }

    fn of(kind: u8, mut body: Bytes) -> Option<Self> {
        match (kind, body.len()) {
            (1, _) => Some(Self::Input(body)),
            (2, 0) => Some(Self::InputEnd),
            (3, 4) => Some(Self::Resize(body.get_u16(), body.get_u16())),
            (4, _) => Some(Self::Signal(text(&body)?)),
            _ => None,
        }
    }
}

impl Frame for FromProcess {
    fn parts(self) -> (u8, Bytes) {
        match self {
            Self::Output(bytes) => (1, bytes),
            Self::ErrorOutput(bytes) => (2, bytes),
            Self::Taken => (3, Bytes::new()),
            Self::Exit(code) => (4, Bytes::copy_from_slice(&code.to_be_bytes())),
            Self::LeftRunning => (5, Bytes::new()),
            Self::Broken(why) => (6, why.into()),
        }
    }

    fn of(kind: u8, mut body: Bytes) -> Option<Self> {
        match (kind, body.len()) {
            (1, _) => Some(Self::Output(body)),
            (2, _) => Some(Self::ErrorOutput(body)),
            (3, 0) => Some(Self::Taken),
            (4, 8) => Some(Self::Exit(body.get_i64())),
            (5, 0) => Some(Self::LeftRunning),
            (6, _) => Some(Self::Broken(text(&body)?)),
            _ => None,
        }
    }
}

fn text(body: &Bytes) -> Option<String> {
    std::str::from_utf8(body).ok().map(str::to_owned)
}

/// Reads frames.
#[derive(Debug)]
pub struct FrameReader<R> {
    from: R,
    rest: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// A reader with nothing read.
    pub fn new(from: R) -> Self {
        Self { from, rest: BytesMut::new() }
    }

    /// The next frame; `None` at the end. It may be cancelled and called again.
    ///
    /// # Errors
    /// When the connection breaks, ends within a frame, or carries what is none.
    pub async fn next<F: Frame>(&mut self) -> io::Result<Option<F>> {
        loop {
            if let Some(head) = self.rest.get(..HEAD) {
                let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
                if length > LONGEST {
                    return Err(garbled("a frame is too long"));
                }
                if self.rest.len() >= HEAD + length {
                    let kind = self.rest[0];
                    self.rest.advance(HEAD);
                    let body = self.rest.split_to(length).freeze();
                    return F::of(kind, body).map(Some).ok_or_else(|| garbled("a frame is of no known kind"));
                }
            }
            if self.from.read_buf(&mut self.rest).await? == 0 {
                return if self.rest.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }
}

fn garbled(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes a frame. What is longer than a frame may be is written as several, so only streams may be.
///
/// # Errors
/// When the connection breaks.
pub async fn write_frame<F: Frame>(to: &mut (impl AsyncWrite + Unpin), frame: F) -> io::Result<()> {
    let (kind, mut body) = frame.parts();
    loop {
        let piece = body.split_to(body.len().min(LONGEST));
        let mut head = [kind, 0, 0, 0, 0];
        head[1..].copy_from_slice(&u32::try_from(piece.len()).unwrap_or(u32::MAX).to_be_bytes());
        to.write_all(&head).await?;
        to.write_all(&piece).await?;
        if body.is_empty() {
            return to.flush().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn crossed<F: Frame>(frames: Vec<F>) -> Vec<F> {
        // Smaller than a frame, so that both ends have to wait for each other.
        let (mut ours, theirs) = tokio::io::duplex(7);
        let writing = async move {
            for frame in frames {
                write_frame(&mut ours, frame).await.unwrap();
            }
        };
        let reading = async move {
            let mut reader = FrameReader::new(theirs);
            let mut read = Vec::new();
            while let Some(frame) = reader.next().await.unwrap() {
                read.push(frame);
            }
            read
        };
        tokio::join!(writing, reading).1
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let to = vec![
            ToProcess::Input(Bytes::from_static(b"a\0b")),
            ToProcess::Input(Bytes::new()),
            ToProcess::Resize(80, 24),
            ToProcess::Signal("INT".to_owned()),
            ToProcess::InputEnd,
        ];
        assert_eq!(crossed(to.clone()).await, to);
        let from = vec![
            FromProcess::Output(Bytes::from_static(b"x")),
            FromProcess::ErrorOutput(Bytes::from_static(b"y")),
            FromProcess::Taken,
            FromProcess::LeftRunning,
            FromProcess::Broken("why".to_owned()),
            FromProcess::Exit(-1),
        ];
        assert_eq!(crossed(from.clone()).await, from);
    }

    #[tokio::test]
    async fn what_is_too_long_comes_as_several() {
        let long = Bytes::from(vec![7; LONGEST + 3]);
        let read = crossed(vec![FromProcess::Output(long)]).await;
        let lengths = read.iter().map(|frame| match frame {
            FromProcess::Output(bytes) => bytes.len(),
            other => panic!("{other:?}"),
        });
        assert_eq!(lengths.collect::<Vec<_>>(), [LONGEST, 3]);
    }

    async fn refused(bytes: &'static [u8]) -> io::ErrorKind {
        FrameReader::new(bytes).next::<FromProcess>().await.unwrap_err().kind()
    }

    #[tokio::test]
    async fn what_is_no_frame_is_refused() {
        assert_eq!(refused(b"\x01\xff\xff\xff\xff").await, io::ErrorKind::InvalidData);
        assert_eq!(refused(b"\x63\0\0\0\0").await, io::ErrorKind::InvalidData);
        assert_eq!(refused(b"\x04\0\0\0\x01x").await, io::ErrorKind::InvalidData);
        assert_eq!(refused(b"\x06\0\0\0\x01\xff").await, io::ErrorKind::InvalidData);
        assert_eq!(refused(b"\x01\0\0\0\x02x").await, io::ErrorKind::UnexpectedEof);
    }
}
