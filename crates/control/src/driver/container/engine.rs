//! The engine's HTTP API on its Unix socket: requests with bounds on time and size.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::time;

use super::foreign;
use super::wire::Refused;
use crate::driver::DriverTrouble;
use crate::driver::http::{Answer, exchange};

/// How long the engine may take for most things.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The most bytes of an answer: the listing of as many containers as are believed.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// An engine, known by its socket.
#[derive(Debug)]
pub(super) struct Engine {
    socket: Arc<PathBuf>,
}

/// An engine that was asked which version of the API it speaks.
#[derive(Debug, Clone)]
pub(super) struct Session {
    socket: Arc<PathBuf>,
    version: Arc<str>,
}

impl Engine {
    pub(super) fn at(socket: PathBuf) -> Self {
        Self { socket: Arc::new(socket) }
    }

    /// Asks which version it speaks: engines refuse those that are too old or too new, and are replaced while they are
    /// in use.
    pub(super) async fn session(&self) -> Result<Session, DriverTrouble> {
        let unversioned = Session { socket: Arc::clone(&self.socket), version: "".into() };
        let told: Option<super::wire::Version> = unversioned.read("/version").await?;
        let version = told.map(|told| told.api_version).unwrap_or_default();
        let is_version = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if version.is_empty() || version.len() > 16 || !is_version(&version) {
            return Err(DriverTrouble::permanent(format!(
                "what listens on {} speaks neither Docker's API nor Podman's",
                self.socket.display()
            )));
        }
        Ok(Session { version: format!("/v{version}").into(), ..unversioned })
    }
}

impl Session {
    /// Reads a resource; none if it is not there.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, DriverTrouble> {
        let answer = self.fetch(path).await?;
        match answer.status {
            StatusCode::OK => serde_json::from_slice(&answer.body).map(Some).map_err(|error| {
                DriverTrouble::transient(format!("the engine's answer is not understood: {error}"))
            }),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(DriverTrouble::transient(format!(
                "the engine answers {status}: {}",
                message(&answer)
            ))),
        }
    }

    /// The answer to a GET.
    pub(super) async fn fetch(&self, path: &str) -> Result<Answer, DriverTrouble> {
        self.send(Method::GET, path, Bytes::new(), ANSWER_WITHIN).await
    }

    /// Sends a document.
    pub(super) async fn post<T: Serialize>(
        &self,
        path: &str,
        document: &T,
    ) -> Result<Answer, DriverTrouble> {
        let body = serde_json::to_vec(document)
            .map_err(DriverTrouble::while_doing("writing to the engine"))?;
        self.send(Method::POST, path, body.into(), ANSWER_WITHIN).await
    }

    /// A POST without a document.
    pub(super) async fn act(&self, path: &str) -> Result<Answer, DriverTrouble> {
        self.act_within(path, ANSWER_WITHIN).await
    }

    /// The same where the engine itself waits for something.
    pub(super) async fn act_within(
        &self,
        path: &str,
        within: Duration,
    ) -> Result<Answer, DriverTrouble> {
        self.send(Method::POST, path, Bytes::new(), within).await
    }

    /// The answer to a DELETE.
    pub(super) async fn delete(&self, path: &str) -> Result<Answer, DriverTrouble> {
        self.send(Method::DELETE, path, Bytes::new(), ANSWER_WITHIN).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        within: Duration,
    ) -> Result<Answer, DriverTrouble> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.version))
            .header(HOST, "engine")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(DriverTrouble::while_doing("asking the engine"))?;
        let socket = self.socket.display();
        let asked = async {
            let stream = UnixStream::connect(&*self.socket).await.map_err(|error| {
                DriverTrouble::transient(format!(
                    "no container engine listens on {socket}: {error}; start Docker or Podman's service"
                ))
            })?;
            exchange(stream, request, MAX_ANSWER)
                .await
                .map_err(DriverTrouble::while_doing(format!("the engine on {socket}")))
        };
        time::timeout(within, asked).await.unwrap_or_else(|_| {
            Err(DriverTrouble::transient(format!(
                "the engine on {socket} did not answer within {within:?}"
            )))
        })
    }
}

/// What an engine says of a failure.
pub(super) fn message(answer: &Answer) -> String {
    let refused = serde_json::from_slice::<Refused>(&answer.body);
    let words = refused.map(|refused| refused.message);
    foreign(&words.unwrap_or_else(|_| answer.status.to_string()))
}

/// Text as part of a path or a query (RFC 3986 §2.1).
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
