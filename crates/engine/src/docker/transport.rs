//! HTTP to the engine: a pool of connections, the API version in every path, a deadline to the last byte of
//! every answer and a bound on the calls in flight. It knows paths and status codes and nothing of what they
//! mean; it never repeats a call that changes something.

use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fmt, future, io};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::Incoming;
use hyper::http::uri::Authority;
use hyper::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::calls;
use super::chunks::Chunks;
use super::connector::{self, Connector};
use super::credentials::Header;
use super::path::Path;
use super::wire;
use crate::address::TlsAddress;
use crate::error::{Error, Kind};
use crate::{Address, Limits};

/// The newest API this crate was written against.
const NEWEST: ApiVersion = ApiVersion(1, 51);
/// The oldest one: engines from 20.10 on.
const OLDEST: ApiVersion = ApiVersion(1, 41);
/// No answer that is read as a whole is larger; an inspect is 10 KiB, a list of 1000 containers 2 MiB.
const LARGEST_ANSWER: usize = 64 << 20;
/// Idle connections are closed before an engine or a proxy in between would.
const IDLE: Duration = Duration::from_secs(30);

/// A version of the Engine API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion(pub(crate) u32, pub(crate) u32);

impl ApiVersion {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Which bound and which deadline a call has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Lists and inspects. Safe to repeat, so a connection lost under it is.
    Read,
    /// Changes that the engine makes at once.
    Act,
    /// Changes that wait for a container: its grace, and the margin; `None` waits as long as it takes.
    Wait(Option<Duration>),
}

/// One call: what it is for people, and what is sent.
pub(crate) struct Call<'a> {
    /// `create container shop-db-1`.
    pub(crate) what: &'a str,
    pub(crate) class: Class,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) json: Option<Vec<u8>>,
}

/// What a request carries.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A complete answer that is no refusal: 2xx or 304.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// The way to one engine.
pub(crate) struct Transport {
    client: Client<Connector, Body>,
    authority: Authority,
    address: Address,
    pub(crate) limits: Limits,
    acts: Semaphore,
    reads: Semaphore,
    waits: Semaphore,
    pub(crate) fetches: Semaphore,
    /// What was agreed on with the engine; forgotten when it cannot be reached, since another version of it
    /// may come back.
    agreed: Mutex<Option<ApiVersion>>,
}

impl Transport {
    pub(crate) fn new(address: Address, limits: Limits) -> Self {
        // Any call may be the one that has to open a connection first.
        let detour = connector::detour(&address);
        let limits = Limits { read: limits.read + detour, act: limits.act + detour, ..limits };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(limits.acts + limits.reads)
            .pool_timer(TokioTimer::new())
            .build(Connector::new(address.clone()));
        let named = match &address {
            Address::Unix(_) | Address::Ssh(_) => None,
            Address::Tcp(host) | Address::Tls(TlsAddress { host, .. }) => host.parse().ok(),
        };
        let authority = named.unwrap_or_else(|| Authority::from_static("docker"));
        Self {
            client,
            authority,
            address,
            acts: Semaphore::new(limits.acts),
            reads: Semaphore::new(limits.reads),
            waits: Semaphore::new(limits.waits),
            fetches: Semaphore::new(limits.fetches),
            limits,
            agreed: Mutex::new(None),
        }
    }

    /// Sends a call and reads its answer to the end.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Answer, Error> {
        let version = self.version(call.what).await?;
        let first = self.attempt(&call, Some(version)).await;
        match first {
            // An idle connection may be closed under the request; asking again harms nobody.
            Err(error) if call.class == Class::Read && error.kind() == Kind::Lost => {
                self.attempt(&call, Some(version)).await
            }
            other => other,
        }
    }

    /// Reads a JSON answer.
    pub(crate) async fn get<T: serde::de::DeserializeOwned>(&self, what: &str, path: Path) -> Result<T, Error> {
        let call = Call { what, class: Class::Read, method: Method::GET, path, json: None };
        let answer = self.send(call).await?;
        wire::decode(what, false, &answer.body)
    }

    /// Sends a call whose answer has no end that could be waited for; `head` is how long its beginning may
    /// take. The body, if any, is a tar archive. It counts in no lane.
    pub(crate) async fn open(
        &self,
        what: &str,
        method: Method,
        path: &Path,
        body: Option<Body>,
        head: Option<Duration>,
    ) -> Result<Chunks, Error> {
        self.open_as(what, method, path, body, head, None).await
    }

    /// The same, with a header that says who asks.
    pub(crate) async fn open_as(
        &self,
        what: &str,
        method: Method,
        path: &Path,
        body: Option<Body>,
        head: Option<Duration>,
        header: Option<Header>,
    ) -> Result<Chunks, Error> {
        let mutates = method != Method::GET;
        let body = body.map(|body| ("application/x-tar", body));
        let mut request = self.streaming(what, method, path, body).await?;
        request.headers_mut().extend(header);
        let response = self.begin(what, mutates, request, head).await?;
        Ok(Chunks::new(what, mutates, response.into_body()))
    }

    /// The same, with the answer's headers.
    pub(crate) async fn open_with_head(
        &self,
        what: &str,
        method: Method,
        path: &Path,
        body: Option<(&'static str, Body)>,
        head: Option<Duration>,
    ) -> Result<(HeaderMap, Chunks), Error> {
        let mutates = method != Method::GET;
        let request = self.streaming(what, method, path, body).await?;
        let response = self.begin(what, mutates, request, head).await?;
        let (head, body) = response.into_parts();
        Ok((head.headers, Chunks::new(what, mutates, body)))
    }

    /// The headers of an answer that has nothing else.
    pub(crate) async fn head(&self, what: &str, path: &Path) -> Result<HeaderMap, Error> {
        let request = self.streaming(what, Method::HEAD, path, None).await?;
        let _permit = self.permit(Class::Read).await;
        Ok(self.begin(what, false, request, Some(self.limits.read)).await?.headers().clone())
    }

    /// Sends a call after which the connection belongs to a process's streams. It counts in no lane.
    pub(crate) async fn upgrade(&self, what: &str, path: &Path, json: Option<Vec<u8>>) -> Result<Upgraded, Error> {
        let body =
            json.map(|json| ("application/json", Full::from(json).map_err(|never| match never {}).boxed_unsync()));
        let mut request = self.streaming(what, Method::POST, path, body).await?;
        request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        request.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("tcp"));
        let response = self.begin(what, true, request, Some(self.limits.act)).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let why = format!("the engine answered {} where it was to hand over the connection", response.status());
            return Err(Error::new(what, Kind::Garbled, true, why));
        }
        hyper::upgrade::on(response).await.map_err(|error| {
            Error::new(what, Kind::Lost, true, "the connection was lost before the engine handed it over")
                .caused_by(error)
        })
    }

    async fn streaming(
        &self,
        what: &str,
        method: Method,
        path: &Path,
        body: Option<(&'static str, Body)>,
    ) -> Result<Request<Body>, Error> {
        let version = self.version(what).await?;
        let (kind, body) = match body {
            Some((kind, body)) => (Some(kind), body),
            None => (None, Empty::new().map_err(|never| match never {}).boxed_unsync()),
        };
        let mut request = self.request(what, method, path, Some(version), body)?;
        if let Some(kind) = kind {
            request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        Ok(request)
    }

    /// Sends a request up to the beginning of its answer, which is no refusal.
    async fn begin(
        &self,
        what: &str,
        mutates: bool,
        request: Request<Body>,
        head: Option<Duration>,
    ) -> Result<Response<Incoming>, Error> {
        let opening =
            async {
                let response = self.client.request(request).await.map_err(|error| self.failed(what, mutates, error))?;
                if response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    return Ok(response);
                }
                // The refusal itself is short, whatever it refuses.
                let refusal = tokio::time::timeout(self.limits.read, self.collect(what, mutates, response));
                Err(refusal.await.map_err(|_| deadline(what, mutates, self.limits.read))?.err().unwrap_or_else(|| {
                    Error::new(what, Kind::Garbled, mutates, "the engine refused without saying why")
                }))
            };
        within(what, mutates, head, opening).await
    }

    /// The API version spoken with the engine, agreed on at the first call.
    pub(crate) async fn version(&self, what: &str) -> Result<ApiVersion, Error> {
        let agreed = *self.agreed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match agreed {
            Some(version) => Ok(version),
            None => Ok(self.ask_version(what).await?.0),
        }
    }

    /// Asks the engine what it is, and agrees on a version.
    pub(crate) async fn ask_version(&self, what: &str) -> Result<(ApiVersion, wire::Version), Error> {
        let path = Path::new("/version");
        let call = Call { what, class: Class::Read, method: Method::GET, path, json: None };
        let mut answer = self.attempt(&call, None).await;
        if answer.as_ref().is_err_and(|error| error.kind() == Kind::Lost) {
            answer = self.attempt(&call, None).await;
        }
        let found: wire::Version = wire::decode(what, false, &answer?.body)?;
        let unsupported = |why: String| Error::unsupported(what, why);
        let theirs = ApiVersion::parse(&found.api_version)
            .ok_or_else(|| unsupported(format!("the engine's API version `{}` is no version", found.api_version)))?;
        if theirs < OLDEST {
            return Err(unsupported(format!("the engine speaks API {theirs}; {OLDEST} (Docker 20.10) is the least")));
        }
        if let Some(least) = found.min_api_version.as_deref().and_then(ApiVersion::parse)
            && least > NEWEST
        {
            return Err(unsupported(format!(
                "the engine speaks API {least} and newer only; {NEWEST} is the newest known"
            )));
        }
        let version = theirs.min(NEWEST);
        *self.agreed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(version);
        Ok((version, found))
    }

    async fn attempt(&self, call: &Call<'_>, version: Option<ApiVersion>) -> Result<Answer, Error> {
        let mutates = call.class != Class::Read;
        let _permit = self.permit(call.class).await;
        let json = call.json.clone();
        let body: Body = match json {
            Some(json) => Full::from(json).map_err(|never| match never {}).boxed_unsync(),
            None => Empty::new().map_err(|never| match never {}).boxed_unsync(),
        };
        let mut request = self.request(call.what, call.method.clone(), &call.path, version, body)?;
        if call.json.is_some() {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        let limit = match call.class {
            Class::Read => Some(self.limits.read),
            Class::Act => Some(self.limits.act),
            Class::Wait(grace) => grace.map(|grace| grace + self.limits.margin),
        };
        let started = Instant::now();
        let answering = async {
            let response = self.client.request(request).await;
            let response = response.map_err(|error| self.failed(call.what, mutates, error))?;
            self.collect(call.what, mutates, response).await
        };
        let result = within(call.what, mutates, limit, answering).await;
        let status = result.as_ref().map_or(0, |answer| answer.status.as_u16());
        let elapsed_ms = started.elapsed().as_millis();
        // Without the query: build arguments are in it.
        tracing::trace!(method = %call.method, path = call.path.bare(), status, %elapsed_ms, "engine call");
        result
    }

    async fn permit(&self, class: Class) -> Option<SemaphorePermit<'_>> {
        let lane = match class {
            Class::Read => &self.reads,
            Class::Act => &self.acts,
            Class::Wait(_) => &self.waits,
        };
        lane.acquire().await.ok() // nobody closes it
    }

    /// The only place where requests are made.
    fn request(
        &self,
        what: &str,
        method: Method,
        path: &Path,
        version: Option<ApiVersion>,
        body: Body,
    ) -> Result<Request<Body>, Error> {
        if !calls::is_known(&method, path.bare()) {
            return Err(Error::unsupported(what, format!("{method} {} is no call that is made", path.bare())));
        }
        let prefix = version.map(|version| format!("/v{version}")).unwrap_or_default();
        let uri = Uri::builder()
            .scheme("http")
            .authority(self.authority.clone())
            .path_and_query(format!("{prefix}{}", path.as_str()))
            .build()
            .expect("the authority is one, and the path is encoded");
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        Ok(request)
    }

    async fn collect(&self, what: &str, mutates: bool, response: Response<Incoming>) -> Result<Answer, Error> {
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                return Error::new(what, Kind::Garbled, mutates, "the engine's answer is too long");
            }
            Error::new(what, Kind::Lost, mutates, "the connection was lost within the engine's answer").caused_by(error)
        })?;
        let answer = Answer { status: head.status, body: body.to_bytes() };
        if answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED {
            return Ok(answer);
        }
        if answer.status == StatusCode::BAD_REQUEST {
            // An older engine came back at the same socket and does not know the version: ask at the next call.
            self.forget_version();
        }
        let kind = match answer.status.as_u16() {
            404 => Kind::Missing,
            409 => Kind::Conflict,
            // It never will.
            501 => Kind::Refused,
            500.. | 429 => Kind::Failed,
            _ => Kind::Refused,
        };
        let message = wire::message(&answer.body).unwrap_or_else(|| format!("the engine answered {}", answer.status));
        Err(Error::new(what, kind, mutates, message))
    }

    fn forget_version(&self) {
        *self.agreed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }

    fn failed(&self, what: &str, mutates: bool, error: legacy::Error) -> Error {
        self.forget_version();
        if error.is_connect() {
            let message = format!("cannot connect to the engine at {}", self.address);
            let unreachable = Error::new(what, Kind::Unreachable, mutates, message);
            let unreachable = match connector::io_error(&error) {
                Some(io) => unreachable.caused_by(io),
                None => unreachable.caused_by(error),
            };
            return match connector::remedy(&self.address) {
                Some(remedy) => unreachable.remedied(remedy),
                None => unreachable,
            };
        }
        Error::new(what, Kind::Lost, mutates, "the connection was lost before the engine answered").caused_by(error)
    }
}

/// Holds a call to its deadline, its answer included.
async fn within<T>(
    what: &str,
    mutates: bool,
    limit: Option<Duration>,
    call: impl future::Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match limit {
        None => call.await,
        Some(limit) => tokio::time::timeout(limit, call).await.unwrap_or_else(|_| Err(deadline(what, mutates, limit))),
    }
}

/// The error of a deadline that passed.
pub(crate) fn deadline(what: &str, mutates: bool, limit: Duration) -> Error {
    Error::new(what, Kind::Deadline, mutates, format!("no answer within {} s", limit.as_secs_f64()))
}
