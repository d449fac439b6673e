//! A container's log, line by line. Whether the stream is framed is a fact of the container (its terminal),
//! asked for beforehand and never guessed from the bytes, which the process chooses.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use hyper::Method;
use plan::{ContainerId, Stamp};

use super::chunks::Chunks;
use super::path::Path;
use super::transport::Transport;
use super::{events, observe};
use crate::error::{Error, Kind};
use crate::{LogLine, LogOptions, LogSource};

/// A longer line comes as several.
const LONGEST: usize = 256 << 10;

pub(crate) async fn open(
    http: &Transport,
    id: &ContainerId,
    options: LogOptions,
) -> Result<BoxStream<'static, Result<LogLine, Error>>, Error> {
    let what = format!("read the log of container {}", id.short());
    let container = observe::inspect(http, &what, &id.0).await?;
    let container = container.ok_or_else(|| Error::new(&what, Kind::Missing, false, "it is gone"))?;
    let mut path = Path::of("containers", &id.0, "logs").with("stdout", "1").with("stderr", "1");
    if options.follow {
        path = path.with("follow", "1");
    }
    if options.timestamps {
        path = path.with("timestamps", "1");
    }
    if let Some(tail) = options.tail {
        path = path.with("tail", &tail.to_string());
    }
    if let Some(since) = options.since {
        path = path.with("since", &events::seconds(since));
    }
    if let Some(until) = options.until {
        path = path.with("until", &events::seconds(until));
    }
    let chunks = http.open(&what, Method::GET, &path, None, Some(http.limits.read)).await?;
    let splitter = Splitter::new(!container.config.tty, options.timestamps);
    let start = Some((chunks, splitter));
    Ok(stream::unfold(start, |reading| async {
        let (mut chunks, mut splitter) = reading?;
        match next(&mut chunks, &mut splitter).await {
            Ok(Some(line)) => Some((Ok(line), Some((chunks, splitter)))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed())
}

async fn next(chunks: &mut Chunks, splitter: &mut Splitter) -> Result<Option<LogLine>, Error> {
    loop {
        if let Some(line) = splitter.lines.pop_front() {
            return Ok(Some(line));
        }
        match chunks.next().await? {
            Some(chunk) => splitter.push(chunk),
            None => {
                splitter.finish();
                return Ok(splitter.lines.pop_front());
            }
        }
    }
}

/// Bytes of the engine become lines. Memory is bounded by the longest line, once a stream: what a frame's
/// header claims is never reserved.
#[derive(Debug)]
struct Splitter {
    framed: bool,
    timestamps: bool,
    header: BytesMut,
    /// The stream of the current frame and what is left of it.
    frame: (LogSource, usize),
    out: Line,
    err: Line,
    lines: VecDeque<LogLine>,
}

/// The line that a stream is writing.
#[derive(Debug, Default)]
struct Line {
    bytes: BytesMut,
    at: Option<Stamp>,
    /// The beginning of a message, until its timestamp is complete.
    stamp: BytesMut,
    /// Whether the next byte belongs to a timestamp.
    in_stamp: bool,
}

impl Splitter {
    fn new(framed: bool, timestamps: bool) -> Self {
        let line = || Line { in_stamp: timestamps, ..Line::default() };
        Self {
            framed,
            timestamps,
            header: BytesMut::new(),
            frame: (LogSource::Stdout, 0),
            out: line(),
            err: line(),
            lines: VecDeque::new(),
        }
    }

    fn push(&mut self, mut chunk: Bytes) {
        if !self.framed {
            return self.write(LogSource::Stdout, &chunk);
        }
        while !chunk.is_empty() {
            if self.frame.1 == 0 {
                let missing = (8 - self.header.len()).min(chunk.len());
                self.header.extend_from_slice(&chunk.split_to(missing));
                if self.header.len() < 8 {
                    return;
                }
                let source = if self.header[0] == 2 { LogSource::Stderr } else { LogSource::Stdout };
                self.header.advance(4);
                self.frame = (source, self.header.get_u32() as usize);
                // Each frame is one message of the log, or a part of a long one, with a timestamp of its own.
                self.line(source).in_stamp = self.timestamps;
                continue;
            }
            let part = chunk.split_to(self.frame.1.min(chunk.len()));
            self.frame.1 -= part.len();
            self.write(self.frame.0, &part);
        }
    }

    fn line(&mut self, source: LogSource) -> &mut Line {
        match source {
            LogSource::Stdout => &mut self.out,
            LogSource::Stderr => &mut self.err,
        }
    }

    fn write(&mut self, source: LogSource, mut bytes: &[u8]) {
        let timestamps = self.timestamps;
        while !bytes.is_empty() {
            let line = self.line(source);
            if line.in_stamp {
                bytes = line.take_stamp(bytes);
                continue;
            }
            let room = LONGEST.saturating_sub(line.bytes.len());
            let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
            line.bytes.extend_from_slice(&bytes[..end.unwrap_or_else(|| room.min(bytes.len()))]);
            bytes = &bytes[end.map_or_else(|| room.min(bytes.len()), |end| end + 1)..];
            if end.is_some() {
                line.in_stamp = timestamps;
            }
            if end.is_some() || line.bytes.len() >= LONGEST {
                let (at, text) = (line.at, line.bytes.split().freeze());
                self.lines.push_back(LogLine { source, at, bytes: text });
            }
        }
    }

    /// The end of the stream ends its lines.
    fn finish(&mut self) {
        for source in [LogSource::Stdout, LogSource::Stderr] {
            let line = self.line(source);
            let stamp = line.stamp.split();
            line.bytes.extend_from_slice(&stamp);
            if !line.bytes.is_empty() {
                let (at, bytes) = (line.at, line.bytes.split().freeze());
                self.lines.push_back(LogLine { source, at, bytes });
            }
        }
    }
}

impl Line {
    /// Reads the timestamp at the beginning of a message, up to its blank. What is none is text.
    fn take_stamp<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        /// `2006-01-02T15:04:05.000000000Z07:00` is 35 bytes.
        const LONGEST_STAMP: usize = 40;
        let room = LONGEST_STAMP - self.stamp.len();
        let end = bytes.iter().take(room).position(|byte| matches!(byte, b' ' | b'\n'));
        let taken = end.unwrap_or_else(|| room.min(bytes.len()));
        self.stamp.extend_from_slice(&bytes[..taken]);
        if end.is_none() && self.stamp.len() < LONGEST_STAMP {
            return &bytes[taken..];
        }
        self.in_stamp = false;
        let text = self.stamp.split();
        let moment = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let Some(moment) = moment else {
            self.bytes.extend_from_slice(&text);
            return &bytes[taken..];
        };
        // A part that goes on with a line does not move its time.
        if self.bytes.is_empty() {
            self.at = i64::try_from(moment.as_nanosecond()).ok().map(Stamp);
        }
        bytes[taken..].strip_prefix(b" ").unwrap_or(&bytes[taken..])
    }
}

#[cfg(test)]
mod tests;
