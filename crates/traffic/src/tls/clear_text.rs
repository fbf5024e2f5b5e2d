//! Clients that speak HTTP in clear where TLS was expected. It must be sure: what it claims is
//! answered in clear.

/// Whether the first bytes of a connection are a request in clear: a method's letters, where TLS
/// begins with a record's type, a control character (RFC 8446 §5.1).
#[must_use]
pub fn is_request_in_clear(first: &[u8]) -> bool {
    let method = first.split(|byte| *byte == b' ').next().unwrap_or_default();
    !method.is_empty() && method.iter().all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_from_handshakes() {
        for clear in ["GET / HTTP/1.1\r\n", "POST /x", "G", "PRI * HTTP/2.0\r\n"] {
            assert!(is_request_in_clear(clear.as_bytes()), "{clear}");
        }
        for other in
            [&b"\x16\x03\x01\x02\x00"[..], b"", b"SSH-2.0", b" GET", b"\x80\x2e\x01", b"\n"]
        {
            assert!(!is_request_in_clear(other), "{other:?}");
        }
    }
}
