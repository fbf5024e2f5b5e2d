//! What a worker tells the rest of the process as it happens. It must be sent only when something
//! went wrong or ended, never per request.

use std::sync::mpsc::Sender;

use elbow_model::value::{LoadBalancerId, MemberId, PoolId};

/// News from a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A member failed a request or connection, for passive ejection.
    MemberFailed {
        balancer: LoadBalancerId,
        pool: PoolId,
        member: MemberId,
        failure: MemberFailure,
        /// What is known of it, in words.
        evidence: Option<String>,
    },
    /// The first of several began to wait for an instance to start.
    Waits { balancer: LoadBalancerId, pool: PoolId },
    /// Nobody waits so at this worker any more.
    WaitsNoMore { balancer: LoadBalancerId, pool: PoolId },
    /// A worker ended: 0 for the first.
    Ended { worker: usize },
}

/// How a member failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberFailure {
    ConnectFailed,
    ConnectTimeout,
    /// The connection came about, but not TLS over it.
    TlsFailed,
    ClosedBeforeResponse,
    ResponseTimeout,
    BadResponse,
    Truncated,
}

/// Where reports go. A receiver that is gone is no trouble to a worker.
pub type Reports = Sender<Report>;
