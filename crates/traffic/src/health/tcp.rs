//! TCP checks: a connection can be opened. The words for what goes wrong when it can't.

use std::io::ErrorKind;
use std::net::SocketAddr;

/// What a TCP check does, as evidence.
#[must_use]
pub fn attempt(target: SocketAddr) -> String {
    format!("connect to {target}")
}

/// Why a connection could not be opened.
#[must_use]
pub fn connect_failure(kind: ErrorKind, text: &str) -> String {
    match kind {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::ConnectionReset => "connection reset".to_owned(),
        ErrorKind::TimedOut => "the network gave up on the connection".to_owned(),
        ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        _ => super::bounded(&format!("connection failed: {text}")),
    }
}

/// What is said when the time was up before the connection was open.
#[must_use]
pub fn connect_timeout(timeout_ms: u32) -> String {
    format!("no connection within {timeout_ms} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_said_in_words() {
        assert_eq!(connect_failure(ErrorKind::ConnectionRefused, ""), "connection refused");
        let other = connect_failure(ErrorKind::Other, "weird");
        assert_eq!(other, "connection failed: weird");
    }
}
