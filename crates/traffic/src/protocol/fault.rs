//! Traffic that failed: on whose side, how, and whether another try is safe. It must hold the one
//! mapping from what happened to what the client is told.

/// Whose side failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Member,
    Balancer,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    ClientClosed,
    ClientTooSlow,
    ClientBody(&'static str),
    NoHealthyMember,
    NoPool,
    /// Nobody is there to serve it, and somebody may be soon.
    Vacant,
    /// Nobody is there to serve it, and what could be started can't be now.
    CannotStart,
    /// Nobody could serve it before its wait was over.
    StartTimeout,
    Overloaded,
    QueueTimeout,
    ConnectFailed,
    ConnectTimeout,
    /// A connection came about, but not TLS over it.
    TlsFailed,
    ClosedBeforeResponse,
    ResponseTimeout,
    BadResponse(&'static str),
    Truncated,
    OutOfResources,
    Internal,
}

/// Whether the request may go to another member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Safe,
    Unsafe,
}

/// A failed exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub retry: Retry,
}

impl Fault {
    /// A fault after which the request must not be sent again.
    #[must_use]
    pub fn terminal(kind: FaultKind) -> Self {
        Self { kind, retry: Retry::Unsafe }
    }

    /// Whose side failed.
    #[must_use]
    pub fn side(self) -> Side {
        match self.kind {
            FaultKind::ClientClosed | FaultKind::ClientTooSlow | FaultKind::ClientBody(_) => {
                Side::Client
            }
            FaultKind::NoHealthyMember
            | FaultKind::ConnectFailed
            | FaultKind::ConnectTimeout
            | FaultKind::TlsFailed
            | FaultKind::ClosedBeforeResponse
            | FaultKind::ResponseTimeout
            | FaultKind::BadResponse(_)
            | FaultKind::Truncated => Side::Member,
            FaultKind::NoPool
            | FaultKind::Vacant
            | FaultKind::CannotStart
            | FaultKind::StartTimeout
            | FaultKind::Overloaded
            | FaultKind::QueueTimeout
            | FaultKind::OutOfResources
            | FaultKind::Internal => Side::Balancer,
        }
    }

    /// The status of the answer, if one can still be given.
    #[must_use]
    pub fn status(self) -> u16 {
        match self.kind {
            FaultKind::ClientClosed | FaultKind::ClientBody(_) => 400,
            FaultKind::ClientTooSlow => 408,
            FaultKind::NoHealthyMember
            | FaultKind::NoPool
            | FaultKind::Vacant
            | FaultKind::CannotStart
            | FaultKind::StartTimeout
            | FaultKind::Overloaded
            | FaultKind::QueueTimeout
            | FaultKind::OutOfResources => 503,
            FaultKind::ConnectFailed
            | FaultKind::TlsFailed
            | FaultKind::ClosedBeforeResponse
            | FaultKind::BadResponse(_)
            | FaultKind::Truncated => 502,
            FaultKind::ConnectTimeout | FaultKind::ResponseTimeout => 504,
            FaultKind::Internal => 500,
        }
    }

    /// The sentence of the answer.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self.kind {
            FaultKind::ClientClosed => "the client closed the connection",
            FaultKind::ClientTooSlow => "the request came too slowly",
            FaultKind::ClientBody(reason) | FaultKind::BadResponse(reason) => reason,
            FaultKind::NoHealthyMember => "no healthy server is available for this request",
            FaultKind::NoPool => "nothing is configured to serve this request",
            FaultKind::Vacant => "no server is running yet",
            FaultKind::CannotStart => "no server is running, and none can be started now",
            FaultKind::StartTimeout => "no server could be started in time",
            FaultKind::Overloaded => "too many requests are waiting already",
            FaultKind::QueueTimeout => "no server became free in time",
            FaultKind::ConnectFailed => "the server refused the connection or was not reachable",
            FaultKind::TlsFailed => "no secure connection to the server came about",
            FaultKind::ConnectTimeout => "the server did not accept the connection in time",
            FaultKind::ClosedBeforeResponse => {
                "the server closed the connection before it answered"
            }
            FaultKind::ResponseTimeout => "the server did not answer in time",
            FaultKind::Truncated => "the server's answer was cut off",
            FaultKind::OutOfResources => "the load balancer is out of resources",
            FaultKind::Internal => "the load balancer failed on this request",
        }
    }

    /// Seconds after which another try makes sense.
    #[must_use]
    pub fn retry_after_s(self) -> Option<u32> {
        match (self.status(), self.kind) {
            (_, FaultKind::CannotStart | FaultKind::StartTimeout) => Some(5),
            (503, _) => Some(1),
            _ => None,
        }
    }
}
