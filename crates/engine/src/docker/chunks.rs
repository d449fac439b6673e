//! An answer that comes in pieces, and its JSON objects or lines, each bounded.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::transport::deadline;
use super::wire;
use crate::error::{Error, Kind};

/// The longest JSON object of a stream. Events carry every label of their container.
const LONGEST: usize = 4 << 20;

/// The pieces of an answer, as they come.
pub(crate) struct Chunks {
    what: String,
    mutates: bool,
    body: Incoming,
    rest: BytesMut,
    /// How much of `rest` is known to hold no end of a line.
    scanned: usize,
    ended: bool,
}

impl Chunks {
    pub(crate) fn new(what: &str, mutates: bool, body: Incoming) -> Self {
        Self { what: what.to_owned(), mutates, body, rest: BytesMut::new(), scanned: 0, ended: false }
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let frame = frame.map_err(|error| {
                Error::new(&self.what, Kind::Lost, self.mutates, "the engine's stream broke off").caused_by(error)
            })?;
            if let Ok(chunk) = frame.into_data() {
                return Ok(Some(chunk));
            }
        }
    }

    /// The next JSON object, one a line; `None` at the end. It may be cancelled and called again.
    pub(crate) async fn object<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        loop {
            if let Some(end) = self.rest[self.scanned..].iter().position(|byte| *byte == b'\n') {
                let line = self.rest.split_to(self.scanned + end + 1);
                self.scanned = 0;
                // RFC 7464 puts a record separator before each object; newer engines may speak it.
                let line = line.trim_ascii().strip_prefix(b"\x1e").unwrap_or(line.trim_ascii());
                if !line.is_empty() {
                    return wire::decode(&self.what, self.mutates, line).map(Some);
                }
                continue;
            }
            if self.ended {
                let line = self.rest.split();
                self.scanned = 0;
                return match line.trim_ascii() {
                    [] => Ok(None),
                    line => wire::decode(&self.what, self.mutates, line).map(Some),
                };
            }
            self.scanned = self.rest.len();
            if self.rest.len() > LONGEST {
                return Err(Error::new(
                    &self.what,
                    Kind::Garbled,
                    self.mutates,
                    "a line of the engine's stream has no end",
                ));
            }
            match self.next().await? {
                Some(chunk) => self.rest.extend_from_slice(&chunk),
                None => self.ended = true,
            }
        }
    }

    /// The same, but silence longer than `patience` is an error.
    pub(crate) async fn object_within<T: DeserializeOwned>(&mut self, patience: Duration) -> Result<Option<T>, Error> {
        match tokio::time::timeout(patience, self.object()).await {
            Ok(result) => result,
            Err(_) => Err(deadline(&self.what, self.mutates, patience)),
        }
    }
}
