//! HTTP checks: the request's bytes, and what the answer's bytes mean. The answer is read as
//! strictly as traffic's is: a member that could not serve is not called healthy.

use std::net::SocketAddr;

use elbow_model::health_monitor::HttpCheck;

use super::{Outcome, bounded};
use crate::http1::framing::Asked;
use crate::http1::request::{Parsed, field_space};
use crate::http1::response::ResponseHead;
use crate::limits::{MAX_HEAD_BYTES, MAX_INTERIM_RESPONSES};

/// The request of a check.
#[must_use]
pub fn request(check: &HttpCheck, target: SocketAddr) -> Vec<u8> {
    let host = check.host.as_ref().map_or_else(|| target.to_string(), ToString::to_string);
    format!(
        "{} {} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: elbow-health-check\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n",
        check.method, check.path
    )
    .into_bytes()
}

/// What an HTTP check does, as evidence.
#[must_use]
pub fn attempt(check: &HttpCheck, target: SocketAddr) -> String {
    bounded(&format!("{} {} to {target}", check.method, check.path))
}

/// What was received so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// More may come.
    Open,
    /// The member closed the connection.
    Ended,
}

/// Judges an answer; none while it is not whole enough to be judged.
#[must_use]
pub fn judge(check: &HttpCheck, bytes: &[u8], received: Received) -> Option<Outcome> {
    let asked = if check.method.as_str() == "HEAD" { Asked::Head } else { Asked::Other };
    let mut rest = bytes;
    for _ in 0..=MAX_INTERIM_RESPONSES {
        let mut space = field_space();
        match ResponseHead::parse(rest, asked, &mut space) {
            Ok(Parsed::Head(head)) if head.is_interim() => {
                rest = rest.get(head.length..).unwrap_or_default();
            }
            Ok(Parsed::Head(head)) => return Some(judge_status(check, head.status)),
            Ok(Parsed::Partial) => return judge_partial(rest, received),
            Err(bad) => return Some(Err(bounded(&format!("no valid answer: {}", bad.reason())))),
        }
    }
    Some(Err("no final answer after many interim ones".to_owned()))
}

/// What is said when the time was up before the answer came.
#[must_use]
pub fn answer_timeout(timeout_ms: u32) -> String {
    format!("no answer within {timeout_ms} ms")
}

fn judge_status(check: &HttpCheck, status: u16) -> Outcome {
    if check.expected_codes.contain(status) {
        Ok(())
    } else {
        Err(bounded(&format!("status {status}, expected {}", check.expected_codes)))
    }
}

fn judge_partial(rest: &[u8], received: Received) -> Option<Outcome> {
    match received {
        Received::Open if rest.len() <= MAX_HEAD_BYTES => None,
        Received::Open => {
            Some(Err(format!("the answer's head has more than {MAX_HEAD_BYTES} bytes")))
        }
        Received::Ended if rest.is_empty() => {
            Some(Err("connection closed without an answer".to_owned()))
        }
        Received::Ended => Some(Err("connection closed within the answer's head".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use elbow_model::health_monitor::ExpectedCodes;
    use elbow_model::value::{HostName, HttpPath, HttpToken};

    use super::*;

    fn check() -> HttpCheck {
        HttpCheck {
            method: HttpToken::new("GET").unwrap(),
            path: HttpPath::new("/healthz").unwrap(),
            host: None,
            expected_codes: ExpectedCodes::default(),
        }
    }

    #[test]
    fn the_request_names_the_host_or_the_member() {
        let target = "[::1]:8080".parse().unwrap();
        let text = String::from_utf8(request(&check(), target)).unwrap();
        assert!(text.starts_with("GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\n"), "{text}");
        let named = HttpCheck { host: Some(HostName::new("a.example").unwrap()), ..check() };
        assert!(
            String::from_utf8(request(&named, target)).unwrap().contains("Host: a.example\r\n")
        );
        assert_eq!(attempt(&named, target), "GET /healthz to [::1]:8080");
    }

    #[test]
    fn answers_are_judged_as_soon_as_they_can_be() {
        let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        for (bytes, received, expected) in [
            (ok, Received::Open, Some(Ok(()))),
            (&ok[..20], Received::Open, None),
            (&ok[..20], Received::Ended, Some(Err("connection closed within the answer's head"))),
            (b"", Received::Open, None),
            (b"", Received::Ended, Some(Err("connection closed without an answer"))),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", Received::Open, Some(Ok(()))),
            (b"HTTP/1.0 500 Oops\r\n\r\n", Received::Open, Some(Err("status 500, expected 200"))),
        ] {
            let found = judge(&check(), bytes, received);
            assert_eq!(found, expected.map(|r| r.map_err(str::to_owned)), "{bytes:?}");
        }
        let other = judge(&check(), b"SSH-2.0-OpenSSH\r\n", Received::Open);
        assert!(matches!(other, Some(Err(_))), "{other:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_can_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = judge(&check(), &bytes, Received::Ended);
        }
    }
}
