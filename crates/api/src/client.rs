//! A client: one connection a request, over whatever the caller can open.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame as BodyFrame, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, UPGRADE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;

use crate::frames::PROTOCOL;
use crate::{PATH_STAT, PREFIX, PathStat, Problem};

/// A connection: anything that reads and writes.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// What opens a connection.
pub type Connect = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = io::Result<Box<dyn Connection>>> + Send>> + Send + Sync>;

/// How long a plain answer may take, from the connect to the last byte.
const DEADLINE: Duration = Duration::from_secs(30);
/// The longest event that is taken in.
const LONGEST_EVENT: usize = 8 << 20;

/// What a request carries.
type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Server-sent events as they come; the first error is the last item.
pub type Events<T> = Pin<Box<dyn Stream<Item = Result<T, ClientError>> + Send>>;

/// An archive as it comes, and what stands at its path where the daemon says so.
pub struct Download {
    /// What stands at the path.
    pub stat: Option<PathStat>,
    /// The bytes; the first error is the last item.
    pub bytes: BoxStream<'static, Result<Bytes, ClientError>>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("stat", &self.stat).finish_non_exhaustive()
    }
}

/// Speaks to one daemon.
#[derive(Clone)]
pub struct Client {
    connect: Connect,
    place: String,
}

/// Why a request was not answered with success.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers there.
    #[error("cannot connect to composed at {place}")]
    Unreachable {
        /// The socket.
        place: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The daemon said no.
    #[error("{}", .0.title)]
    Refused(Problem),
    /// The connection broke, or what came is no answer.
    #[error("the connection to composed at {place} failed: {reason}")]
    Broken {
        /// The socket.
        place: String,
        /// What happened.
        reason: String,
    },
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the daemon behind a unix socket.
    #[must_use]
    pub fn unix(path: PathBuf) -> Self {
        let place = path.display().to_string();
        let connect: Connect = Arc::new(move || {
            let path = path.clone();
            Box::pin(async move { Ok(Box::new(UnixStream::connect(path).await?) as Box<dyn Connection>) })
        });
        Self { connect, place }
    }

    /// A client over connections that the caller opens, such as in-memory pipes.
    #[must_use]
    pub fn over(connect: Connect, place: impl Into<String>) -> Self {
        Self { connect, place: place.into() }
    }

    /// Gets a document.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.answer(self.request(Method::GET, path, empty())).await
    }

    /// Posts a document and gets one back.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub async fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(error.to_string()))?;
        self.answer(self.request(Method::POST, path, whole(body.into()))).await
    }

    /// The same, of what takes as long as it takes.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub async fn post_patiently<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(error.to_string()))?;
        self.read(self.request(Method::POST, path, whole(body.into()))).await
    }

    /// Puts bytes as they come.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        bytes: BoxStream<'static, io::Result<Bytes>>,
    ) -> Result<T, ClientError> {
        let body = StreamBody::new(bytes.map(|piece| piece.map(BodyFrame::data))).boxed_unsync();
        self.read(self.request(Method::PUT, path, body)).await
    }

    /// Gets bytes as they come.
    ///
    /// # Errors
    /// [`ClientError`], as for every call; items carry it too.
    pub async fn download(&self, path: &str) -> Result<Download, ClientError> {
        let response = self.request(Method::GET, path, empty()).await?;
        let response = self.successful(response).await?;
        let stat = response.headers().get(PATH_STAT).and_then(|value| serde_json::from_slice(value.as_bytes()).ok());
        let start = Some((response.into_body(), self.clone()));
        let bytes = futures_util::stream::unfold(start, |state| async {
            let (mut body, this) = state?;
            loop {
                match body.frame().await? {
                    Err(error) => return Some((Err(this.broken(error.to_string())), None)),
                    Ok(frame) => {
                        if let Ok(piece) = frame.into_data() {
                            return Some((Ok(piece), Some((body, this))));
                        }
                    }
                }
            }
        });
        Ok(Download { stat, bytes: bytes.boxed() })
    }

    /// Posts a document and takes the connection over, for [`frames`](crate::frames).
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub async fn upgrade<B: Serialize>(&self, path: &str, body: &B) -> Result<Box<dyn Connection>, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(error.to_string()))?;
        let mut request = self.head(Method::POST, path, whole(body.into()))?;
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        request.headers_mut().insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
        let response = self.send(request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let response = self.successful(response).await?;
            return Err(self.broken(format!("{} where streams were asked for", response.status())));
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(|error| self.broken(error.to_string()))?;
        Ok(Box::new(TokioIo::new(upgraded)))
    }

    /// Opens a stream of server-sent events.
    ///
    /// # Errors
    /// [`ClientError`], as for every call; items carry it too, and the first error is the last item.
    pub async fn stream<T: DeserializeOwned + 'static>(&self, path: &str) -> Result<Events<T>, ClientError> {
        self.events(self.request(Method::GET, path, empty()).await?).await
    }

    /// Posts a document, and opens a stream of server-sent events that tell what comes of it.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub async fn post_stream<B: Serialize, T: DeserializeOwned + 'static>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Events<T>, ClientError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(error.to_string()))?;
        self.events(self.request(Method::POST, path, whole(body.into())).await?).await
    }

    async fn events<T: DeserializeOwned + 'static>(
        &self,
        response: Response<Incoming>,
    ) -> Result<Events<T>, ClientError> {
        let response = self.successful(response).await?;
        let state = (response.into_body(), BytesMut::new(), self.clone());
        Ok(Box::pin(futures_util::stream::unfold(Some(state), |state| async {
            let (mut body, mut buffer, this) = state?;
            match next_event::<T>(&mut body, &mut buffer, &this).await {
                Ok(Some(event)) => Some((Ok(event), Some((body, buffer, this)))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })))
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        response: impl Future<Output = Result<Response<Incoming>, ClientError>>,
    ) -> Result<T, ClientError> {
        match tokio::time::timeout(DEADLINE, self.read(response)).await {
            Ok(result) => result,
            Err(_) => Err(self.broken(format!("no answer within {} s", DEADLINE.as_secs()))),
        }
    }

    async fn read<T: DeserializeOwned>(
        &self,
        response: impl Future<Output = Result<Response<Incoming>, ClientError>>,
    ) -> Result<T, ClientError> {
        let response = self.successful(response.await?).await?;
        let body = response.into_body().collect().await.map_err(|error| self.broken(error.to_string()))?;
        serde_json::from_slice(&body.to_bytes()).map_err(|error| self.broken(error.to_string()))
    }

    async fn successful(&self, response: Response<Incoming>) -> Result<Response<Incoming>, ClientError> {
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| self.broken(error.to_string()))?;
        let problem = serde_json::from_slice(&body.to_bytes()).unwrap_or_else(|_| unexplained(status));
        Err(ClientError::Refused(problem))
    }

    async fn request(&self, method: Method, path: &str, body: Body) -> Result<Response<Incoming>, ClientError> {
        self.send(self.head(method, path, body)?).await
    }

    fn head(&self, method: Method, path: &str, body: Body) -> Result<Request<Body>, ClientError> {
        Request::builder()
            .method(method)
            .uri(format!("{PREFIX}{path}"))
            .header(HOST, "composed")
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|error| self.broken(error.to_string()))
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, ClientError> {
        let stream =
            (self.connect)().await.map_err(|source| ClientError::Unreachable { place: self.place.clone(), source })?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(error.to_string()))?;
        // The connection's task ends with the response's body, or hands the connection over.
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await.map_err(|error| self.broken(error.to_string()))
    }

    fn broken(&self, reason: String) -> ClientError {
        ClientError::Broken { place: self.place.clone(), reason }
    }
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn empty() -> Body {
    whole(Bytes::new())
}

fn unexplained(status: StatusCode) -> Problem {
    Problem {
        kind: "internal".to_owned(),
        status: status.as_u16(),
        title: format!("composed answered {status}"),
        ..Problem::default()
    }
}

/// The next event of a stream; `None` at its end. Comments and other fields than `data` are skipped.
async fn next_event<T: DeserializeOwned>(
    body: &mut Incoming,
    buffer: &mut BytesMut,
    client: &Client,
) -> Result<Option<T>, ClientError> {
    loop {
        if let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event = buffer.split_to(end);
            buffer.advance(2);
            let data: Vec<&[u8]> = event[..]
                .split(|byte| *byte == b'\n')
                .filter_map(|line| line.strip_prefix(b"data:"))
                .map(|data| data.strip_prefix(b" ").unwrap_or(data))
                .collect();
            if data.is_empty() {
                continue;
            }
            return serde_json::from_slice(&data.join(&b'\n'))
                .map(Some)
                .map_err(|error| client.broken(error.to_string()));
        }
        if buffer.len() > LONGEST_EVENT {
            return Err(client.broken("an event is too long".to_owned()));
        }
        match body.frame().await {
            None => return Ok(None),
            Some(Err(error)) => return Err(client.broken(error.to_string())),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    buffer.extend_from_slice(data);
                }
            }
        }
    }
}
