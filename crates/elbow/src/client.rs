//! The client of the native API, over TCP or the data directory's Unix socket.

mod login;
mod place;
mod problem;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpStream, UnixStream};

use crate::args::Global;
use crate::failure::Failure;
use crate::trust::Trust;

pub(crate) use login::SavedLogin;
pub(crate) use place::{Endpoint, Place, Scheme};
pub(crate) use problem::Problem;

/// The file name of the Unix socket in a data directory.
pub(crate) const SOCKET: &str = "elbow.sock";

/// A connection to the service.
pub(crate) struct Client {
    place: Place,
    project: Option<String>,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects to the service that the arguments, the environment, the data directory or the saved login name.
    pub(crate) async fn connect(global: &Global) -> Result<Self, Failure> {
        Self::connect_to(Place::find(global)?, global.project.clone()).await
    }

    /// Connects to a service.
    pub(crate) async fn connect_to(place: Place, project: Option<String>) -> Result<Self, Failure> {
        let unreachable = |error: std::io::Error| place.unreachable(&error.to_string());
        let sender = match &place.endpoint {
            Endpoint::Unix(path) => {
                handshake(UnixStream::connect(path).await.map_err(unreachable)?).await
            }
            Endpoint::Tcp { scheme, host, port } => {
                let stream =
                    TcpStream::connect((host.as_str(), *port)).await.map_err(unreachable)?;
                stream.set_nodelay(true).map_err(unreachable)?;
                match scheme {
                    Scheme::Http => handshake(stream).await,
                    Scheme::Https => {
                        let trust = Trust::new(place.ca_file.as_deref())?;
                        let stream = trust.connect(stream, host).await;
                        handshake(stream.map_err(|error| place.not_trusted(&error))?).await
                    }
                }
            }
        };
        let sender = sender.map_err(|error| place.unreachable(&error.to_string()))?;
        Ok(Self { place, project, sender })
    }

    /// Reads a resource or a list.
    pub(crate) async fn read(&mut self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Reads a report about the service itself, which comes with another status when it is not well.
    pub(crate) async fn read_report(&mut self, path: &str) -> Result<Value, Failure> {
        let response = self.send(Method::GET, path, None).await?;
        let bytes = self.read_bytes(response).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.place.garbled(&error.to_string()))
    }

    /// Where the service is, in words.
    pub(crate) fn shown(&self) -> String {
        self.place.shown()
    }

    /// Creates something.
    pub(crate) async fn create(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Edits something by a merge patch.
    pub(crate) async fn edit(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// Deletes something.
    pub(crate) async fn delete(&mut self, path: &str) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None).await
    }

    /// Reads all pages of a list, or as many as hold `limit` items.
    pub(crate) async fn read_list(
        &mut self,
        path: &str,
        limit: Option<usize>,
    ) -> Result<Value, Failure> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let size = limit.map_or(PAGE, |limit| PAGE.min(limit - items.len()));
            let page = self.read(&format!("{path}{mark}limit={size}{next}")).await?;
            let Some(more) = page.get("items").and_then(Value::as_array) else {
                return Err(self.place.garbled("a list has no items"));
            };
            items.extend(more.iter().cloned());
            match page.get("next").and_then(Value::as_str) {
                Some(cursor)
                    if limit.is_none_or(|limit| items.len() < limit) && !more.is_empty() =>
                {
                    next = format!("&cursor={}", encode(cursor));
                }
                _ => return Ok(serde_json::json!({ "items": items })),
            }
        }
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let response = self.send(method, path, body).await?;
        let status = response.status();
        let bytes = self.read_bytes(response).await?;
        if !status.is_success() {
            return Err(Failure::Refused(Box::new(Problem::read(status, &bytes, &self.place))));
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| self.place.garbled(&error.to_string()))
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Incoming>, Failure> {
        let kind = if method == Method::PATCH {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.place.host())
            .header(header::USER_AGENT, concat!("elbow/", env!("CARGO_PKG_VERSION")))
            .header(header::ACCEPT, "application/json, application/problem+json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(token) = &self.place.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(project) = &self.project {
            request = request.header("Elbow-Project", project);
        }
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let request = request
            .body(Full::new(Bytes::from(bytes)))
            .map_err(|error| Failure::Usage(format!("`{path}` cannot be asked for: {error}")))?;
        let unreachable = |error: hyper::Error| self.place.unreachable(&error.to_string());
        self.sender.ready().await.map_err(unreachable)?;
        self.sender.send_request(request).await.map_err(unreachable)
    }

    async fn read_bytes(&self, response: Response<Incoming>) -> Result<Bytes, Failure> {
        let body = response.into_body().collect().await;
        Ok(body.map_err(|error| self.place.unreachable(&error.to_string()))?.to_bytes())
    }
}

/// How many items are asked for at once.
const PAGE: usize = 500;

async fn handshake<S>(stream: S) -> Result<http1::SendRequest<Full<Bytes>>, hyper::Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Its errors come out of the requests as well.
    tokio::spawn(connection);
    Ok(sender)
}

/// Percent-encodes a path segment or a query value.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_path_segment_is_encoded() {
        assert_eq!(encode("web-1_a.b"), "web-1_a.b");
        assert_eq!(encode("a/b?c d"), "a%2Fb%3Fc%20d");
        assert_eq!(encode("負"), "%E8%B2%A0");
    }
}
