//! HTTPS checks: the words for what goes wrong in TLS. What the answer means is [`super::http`]'s.
//! It must not speak TLS.

use std::net::SocketAddr;

use elbow_model::health_monitor::HttpCheck;

use super::{bounded, http};

/// What an HTTPS check does, as evidence.
#[must_use]
pub fn attempt(check: &HttpCheck, target: SocketAddr) -> String {
    bounded(&format!("{} over TLS", http::attempt(check, target)))
}

/// Why a handshake failed. `first` are the first bytes that the member sent: they tell a server
/// that does not speak TLS at all.
#[must_use]
pub fn handshake_failure(first: &[u8], text: &str) -> String {
    if first.starts_with(b"HTTP/") {
        return "TLS handshake failed: the member answers in plain HTTP on this port".to_owned();
    }
    // A record begins with its type, alert to application data, and version 3.x (RFC 8446 §5.1).
    let is_record = matches!(first, [] | [20..=23] | [20..=23, 3, ..]);
    if is_record {
        bounded(&format!("TLS handshake failed: {text}"))
    } else {
        "TLS handshake failed: the member does not speak TLS on this port".to_owned()
    }
}

/// Why TLS failed after the handshake.
#[must_use]
pub fn failure(text: &str) -> String {
    bounded(&format!("TLS failed: {text}"))
}

/// What is said when the time was up within the handshake.
#[must_use]
pub fn handshake_timeout(timeout_ms: u32) -> String {
    format!("TLS handshake failed: not done within {timeout_ms} ms")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::MAX_OUTCOME_CHARS;

    #[test]
    fn servers_without_tls_are_told_from_broken_tls() {
        for (first, expected) in [
            (&b"HTTP/1.1 400 Bad Request"[..], "the member answers in plain HTTP on this port"),
            (b"SSH-2.0-OpenSSH", "the member does not speak TLS on this port"),
            (&[22, 3, 3, 0, 9], "bad"),
            (&[21], "bad"),
            (b"", "bad"),
        ] {
            let text = handshake_failure(first, "bad");
            assert_eq!(text, format!("TLS handshake failed: {expected}"), "{first:?}");
        }
    }

    #[test]
    fn evidence_is_bounded() {
        let long = "é".repeat(2 * MAX_OUTCOME_CHARS);
        assert_eq!(handshake_failure(b"", &long).chars().count(), MAX_OUTCOME_CHARS);
        assert_eq!(failure(&long).chars().count(), MAX_OUTCOME_CHARS);
    }
}
