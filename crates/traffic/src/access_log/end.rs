//! Why a request or byte stream ended, in one word of a closed vocabulary.

use crate::http1::refusal::Refusal;
use crate::protocol::fault::FaultKind;

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The whole response went out, or both sides ended the stream.
    Done,
    /// A rule answered by itself.
    Rule,
    /// Not a request that may be forwarded: refused.
    BadRequest,
    /// The head did not come in time.
    HeadTimeout,
    ClientClosed,
    ClientTooSlow,
    /// The request's body was malformed.
    ClientBody,
    /// Nothing moved for too long.
    IdleTimeout,
    /// A stream's connection broke, on either side.
    Broken,
    NoHealthyMember,
    NoPool,
    /// Nobody was there to serve it.
    Vacant,
    /// Nobody was there to serve it, and nothing could be started.
    CannotStart,
    /// It waited for a server to start, for too long.
    StartTimeout,
    Overloaded,
    QueueTimeout,
    ConnectFailed,
    ConnectTimeout,
    /// TLS with the member did not come about.
    UpstreamTlsFailed,
    ClosedBeforeResponse,
    ResponseTimeout,
    BadResponse,
    /// The response was cut off, by the member or by its time running out.
    Truncated,
    OutOfResources,
    Internal,
}

impl End {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Rule => "rule",
            Self::BadRequest => "bad_request",
            Self::HeadTimeout => "head_timeout",
            Self::ClientClosed => "client_closed",
            Self::ClientTooSlow => "client_too_slow",
            Self::ClientBody => "client_body",
            Self::IdleTimeout => "idle_timeout",
            Self::Broken => "broken",
            Self::NoHealthyMember => "no_healthy_member",
            Self::NoPool => "no_pool",
            Self::Vacant => "vacant",
            Self::CannotStart => "cannot_start",
            Self::StartTimeout => "start_timeout",
            Self::Overloaded => "overloaded",
            Self::QueueTimeout => "queue_timeout",
            Self::ConnectFailed => "connect_failed",
            Self::ConnectTimeout => "connect_timeout",
            Self::UpstreamTlsFailed => "upstream_tls_failed",
            Self::ClosedBeforeResponse => "closed_before_response",
            Self::ResponseTimeout => "response_timeout",
            Self::BadResponse => "bad_response",
            Self::Truncated => "truncated",
            Self::OutOfResources => "out_of_resources",
            Self::Internal => "internal",
        }
    }
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::HeadTimeout => Self::HeadTimeout,
            Refusal::BodyTooSlow => Self::ClientTooSlow,
            Refusal::Malformed(_)
            | Refusal::HeadTooLarge
            | Refusal::TooManyFields
            | Refusal::TargetTooLong
            | Refusal::VersionNotSupported
            | Refusal::MethodNotImplemented
            | Refusal::CodingNotImplemented
            | Refusal::ExpectationFailed
            | Refusal::Misdirected
            | Refusal::Loop => Self::BadRequest,
        }
    }
}

impl From<FaultKind> for End {
    fn from(kind: FaultKind) -> Self {
        match kind {
            FaultKind::ClientClosed => Self::ClientClosed,
            FaultKind::ClientTooSlow => Self::ClientTooSlow,
            FaultKind::ClientBody(_) => Self::ClientBody,
            FaultKind::NoHealthyMember => Self::NoHealthyMember,
            FaultKind::NoPool => Self::NoPool,
            FaultKind::Vacant => Self::Vacant,
            FaultKind::CannotStart => Self::CannotStart,
            FaultKind::StartTimeout => Self::StartTimeout,
            FaultKind::Overloaded => Self::Overloaded,
            FaultKind::QueueTimeout => Self::QueueTimeout,
            FaultKind::ConnectFailed => Self::ConnectFailed,
            FaultKind::ConnectTimeout => Self::ConnectTimeout,
            FaultKind::TlsFailed => Self::UpstreamTlsFailed,
            FaultKind::ClosedBeforeResponse => Self::ClosedBeforeResponse,
            FaultKind::ResponseTimeout => Self::ResponseTimeout,
            FaultKind::BadResponse(_) => Self::BadResponse,
            FaultKind::Truncated => Self::Truncated,
            FaultKind::OutOfResources => Self::OutOfResources,
            FaultKind::Internal => Self::Internal,
        }
    }
}
