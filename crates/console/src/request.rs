//! Requests of a page to the API, in process and in the visitor's name. What a page shows as the equivalent of a form
//! is the very value that is sent here.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use elbow_api::authentication::Authenticated;
use elbow_api::problem::Problem;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::path;
use crate::visitor::Visitor;

/// A request that changes something.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Submission {
    pub(crate) method: Method,
    /// Its path, without query.
    pub(crate) path: String,
    /// Its body, if it has one.
    pub(crate) body: Option<Value>,
    /// What distinguishes it from the same request made on purpose a second time.
    pub(crate) key: Option<String>,
    /// `?force=true` and the like.
    pub(crate) flag: Option<&'static str>,
    /// Another query parameter.
    pub(crate) value: Option<(&'static str, String)>,
}

/// Whether a request is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    CarryOut,
    /// The API only says what would be.
    Rehearse,
}

impl Submission {
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    pub(crate) fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PATCH, path, Some(body))
    }

    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method, path: path.into(), body, key: None, flag: None, value: None }
    }

    /// Makes a form that is sent twice create once.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned()).filter(|key| !key.is_empty());
        self
    }

    /// With this query parameter set.
    pub(crate) fn with_flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// With this query parameter, unless it is empty.
    pub(crate) fn with_value(mut self, name: &'static str, value: &str) -> Self {
        self.value = (!value.is_empty()).then(|| (name, value.to_owned()));
        self
    }

    /// Its path with its query.
    pub(crate) fn address(&self) -> String {
        let flag = self.flag.map(|flag| (flag, "true"));
        let value = self.value.as_ref().map(|(name, value)| (*name, value.as_str()));
        let query: Vec<(&str, &str)> = flag.into_iter().chain(value).collect();
        path::with_query(&self.path, &query)
    }

    fn target(&self, mode: Mode) -> String {
        let address = self.address();
        match mode {
            Mode::CarryOut => address,
            Mode::Rehearse if address.contains('?') => address + "&dry_run=true",
            Mode::Rehearse => address + "?dry_run=true",
        }
    }
}

impl Visitor {
    /// What the API answers to a GET.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, target: &str) -> Result<T, Problem> {
        let response = self.send(Method::GET, target, Body::empty(), None).await?;
        read(response).await
    }

    /// The answer itself, for streams.
    pub(crate) async fn follow(&self, target: &str) -> Result<Response, Problem> {
        self.send(Method::GET, target, Body::empty(), None).await
    }

    /// Sends what a form asks for; the answer is null if it has no body.
    pub(crate) async fn submit(
        &self,
        submission: &Submission,
        mode: Mode,
    ) -> Result<Value, Problem> {
        let body = match &submission.body {
            Some(value) => Body::from(value.to_string()),
            None => Body::empty(),
        };
        let key = submission.key.as_deref().filter(|_| mode == Mode::CarryOut);
        let target = submission.target(mode);
        let response = self.send(submission.method.clone(), &target, body, key).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        read(response).await
    }

    async fn send(
        &self,
        method: Method,
        target: &str,
        body: Body,
        key: Option<&str>,
    ) -> Result<Response, Problem> {
        let mut request =
            Request::builder().method(method).uri(target).body(body).map_err(|_| {
                Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such page")
            })?;
        request.extensions_mut().insert(Authenticated(self.caller.clone()));
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        if let Some(key) = key.and_then(|key| HeaderValue::from_str(key).ok()) {
            request.headers_mut().insert("idempotency-key", key);
        }
        send(&self.console.dialects, request).await
    }
}

/// Sends a request to the API in process; every refusal is a problem.
pub(crate) async fn send(
    dialects: &axum::Router,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let response = dialects.clone().oneshot(request).await;
    let mut response = response.unwrap_or_else(|infallible| match infallible {});
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => Err(problem),
        None if response.status().is_success() => Ok(response),
        None => {
            let detail = "the console and the API do not fit together; Elbow's log says more";
            tracing::error!(status = %response.status(), "the API refused the console without reason");
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail))
        }
    }
}

/// Reads an answer of the API.
pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let body = response.into_body().collect().await;
    let body = body.map_err(|error| not_understood(&error.to_string()))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| not_understood(&error.to_string()))
}

/// Reads an answer that is already JSON.
pub(crate) fn understand<T: DeserializeOwned>(answer: Value) -> Result<T, Problem> {
    serde_json::from_value(answer).map_err(|error| not_understood(&error.to_string()))
}

fn not_understood(reason: &str) -> Problem {
    tracing::error!(%reason, "an answer of the API could not be read by the console");
    let detail = "the page could not be put together; Elbow's log says more";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail)
}

impl Drop for Submission {
    /// A body may hold secrets.
    fn drop(&mut self) {
        if let Some(body) = &mut self.body {
            elbow_api::intake::wipe(body);
        }
    }
}
