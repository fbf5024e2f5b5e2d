//! A refusal of the service (RFC 9457), and the command to try next.

use hyper::StatusCode;
use serde::Deserialize;

use super::{Endpoint, Place};

/// Why the service refused a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) code: String,
    title: String,
    detail: String,
    pub(crate) errors: Vec<FieldProblem>,
    /// The command to try next; known here, not sent.
    #[serde(skip)]
    pub(crate) next: Option<String>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FieldProblem {
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl Problem {
    /// Reads the body of a refusal; anything unreadable becomes a refusal that quotes it.
    pub(crate) fn read(status: StatusCode, body: &[u8], place: &Place) -> Self {
        let mut problem: Self = serde_json::from_slice(body).unwrap_or_default();
        problem.status = status.as_u16();
        if problem.summary().is_empty() {
            let quoted: String = String::from_utf8_lossy(body).chars().take(200).collect();
            problem.title = format!("{status} {quoted}").trim_end().to_owned();
        }
        if status == StatusCode::UNAUTHORIZED {
            problem.next = Some(match place.endpoint {
                Endpoint::Unix(_) => "elbow status".to_owned(),
                Endpoint::Tcp { .. } => format!("elbow login {}", place.shown()),
            });
        }
        problem
    }

    /// What happened, in one sentence.
    pub(crate) fn summary(&self) -> &str {
        if self.detail.is_empty() { &self.title } else { &self.detail }
    }

    /// The fields whose reason the summary does not say already.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldProblem> {
        let is_said = |error: &&FieldProblem| !self.detail.contains(&error.reason);
        self.errors.iter().filter(|error| !error.field.is_empty()).filter(is_said)
    }
}
