//! How long a worker waits for peers where no listener says so. It holds values only; that they can
//! be others than [`elbow_traffic::limits`] names is for tests, which do not wait for minutes.

use std::time::Duration;

use elbow_traffic::limits;

/// A worker's deadlines; the default is what the process runs with.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// See [`limits::HEAD_TIMEOUT`].
    pub head: Duration,
    /// See [`limits::TLS_HANDSHAKE_TIMEOUT`].
    pub handshake: Duration,
    /// Between two requests, in place of what the listener says.
    pub keep_alive: Option<Duration>,
    /// See [`limits::BODY_IDLE_TIMEOUT`].
    pub body_idle: Duration,
    /// See [`limits::BODY_RATE_GRACE`].
    pub body_rate_grace: Duration,
    /// Bytes a second; see [`limits::MIN_BODY_RATE`].
    pub min_body_rate: u64,
    /// See [`limits::WRITE_TIMEOUT`].
    pub write: Duration,
    /// Where no listener says otherwise; see [`limits::CONNECT_TIMEOUT`].
    pub connect: Duration,
    /// See [`limits::LINGER_TIMEOUT`].
    pub linger: Duration,
    /// See [`limits::HALF_CLOSE_GRACE`].
    pub half_close: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: limits::HEAD_TIMEOUT,
            handshake: limits::TLS_HANDSHAKE_TIMEOUT,
            keep_alive: None,
            body_idle: limits::BODY_IDLE_TIMEOUT,
            body_rate_grace: limits::BODY_RATE_GRACE,
            min_body_rate: limits::MIN_BODY_RATE,
            write: limits::WRITE_TIMEOUT,
            connect: limits::CONNECT_TIMEOUT,
            linger: limits::LINGER_TIMEOUT,
            half_close: limits::HALF_CLOSE_GRACE,
        }
    }
}
