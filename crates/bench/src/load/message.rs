//! The bytes that client and origin exchange, built once and stamped with an id per use: an id in
//! the path, echoed by the origin in a header and at both ends of the body, so that an answer which
//! belongs to another request, or was cut or shifted, is seen. Pure.

pub(super) use crate::identity::HOST;

/// Digits of an id on the wire.
pub(super) const ID_LENGTH: usize = 16;
/// What a request's target begins with.
pub(super) const ITEM_PATH: &str = "/shop/items/";
/// Where the health checks of contenders go.
pub(crate) const HEALTH_PATH: &str = "/healthz";
/// The header that echoes the id.
pub(super) const ID_HEADER: &str = "x-bench-id";
/// What a browser sends beside the host.
pub(super) const HEADERS: [(&str, &str); 5] = [
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-GB,en;q=0.7,de;q=0.3"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Cookie", "session=8d1f0c5e2b7a49d3; theme=dark; consent=1"),
];

/// An id as it is on the wire.
pub(super) fn id_text(id: u64) -> [u8; ID_LENGTH] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; ID_LENGTH];
    for (place, digit) in text.iter_mut().rev().enumerate() {
        *digit = DIGITS[(id >> (4 * place) & 15) as usize];
    }
    text
}

/// Whether a connection is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reuse {
    KeepAlive,
    Close,
}

/// A request: about 400 bytes with six headers, as a browser sends them.
pub(super) struct Request {
    bytes: Vec<u8>,
    id_at: usize,
}

impl Request {
    pub(super) fn new(body_length: usize, reuse: Reuse) -> Self {
        let start = format!("GET {ITEM_PATH}{body_length}/");
        let connection = match reuse {
            Reuse::KeepAlive => "",
            Reuse::Close => "Connection: close\r\n",
        };
        let headers: String =
            HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let rest = format!(
            "{} HTTP/1.1\r\nHost: {HOST}\r\n{headers}{connection}\r\n",
            "0".repeat(ID_LENGTH)
        );
        Self { id_at: start.len(), bytes: (start + &rest).into_bytes() }
    }

    /// The request with this id.
    pub(super) fn with_id(&mut self, id: u64) -> &[u8] {
        self.bytes[self.id_at..self.id_at + ID_LENGTH].copy_from_slice(&id_text(id));
        &self.bytes
    }
}

/// What a request asks of the origin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Health,
    Item { length: usize, id: [u8; ID_LENGTH] },
}

/// Reads the head of a request as the origin gets it; `None` if it is none of ours.
pub(super) fn asked(head: &[u8]) -> Option<Asked> {
    let target = head.strip_prefix(b"GET ")?;
    if target.starts_with(HEALTH_PATH.as_bytes()) {
        return Some(Asked::Health);
    }
    let item = target.strip_prefix(ITEM_PATH.as_bytes())?;
    let slash = item.iter().take(10).position(|byte| *byte == b'/')?;
    let length = std::str::from_utf8(&item[..slash]).ok()?.parse().ok()?;
    let id = item.get(slash + 1..slash + 1 + ID_LENGTH)?.try_into().ok()?;
    Some(Asked::Item { length, id })
}

/// An answer of the origin, head and body in one piece.
pub(super) struct Answer {
    length: usize,
    bytes: Vec<u8>,
    id_at: [usize; 3],
}

impl Answer {
    /// `length` is at least twice an id's, or zero for the health check's answer.
    pub(super) fn new(length: usize) -> Self {
        let start = format!(
            "HTTP/1.1 200 OK\r\n\
             Server: origin\r\n\
             Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Length: {length}\r\n\
             Cache-Control: max-age=60\r\n\
             {ID_HEADER}: "
        );
        let mut bytes = start.clone().into_bytes();
        bytes.extend_from_slice(&[b'0'; ID_LENGTH]);
        bytes.extend_from_slice(b"\r\n\r\n");
        let body_at = bytes.len();
        bytes.extend((0..length).map(|at| b'a' + (at % 23) as u8));
        let last = if length >= 2 * ID_LENGTH { bytes.len() - ID_LENGTH } else { start.len() };
        let first = if length >= 2 * ID_LENGTH { body_at } else { start.len() };
        Self { length, id_at: [start.len(), first, last], bytes }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The answer to the request with this id.
    pub(super) fn with_id(&mut self, id: &[u8; ID_LENGTH]) -> &[u8] {
        for at in self.id_at {
            self.bytes[at..at + ID_LENGTH].copy_from_slice(id);
        }
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_reads_what_the_client_asked() {
        let mut request = Request::new(1024, Reuse::KeepAlive);
        let bytes = request.with_id(0xabc).to_vec();
        assert!((350..450).contains(&bytes.len()), "{} bytes", bytes.len());
        assert_eq!(asked(&bytes), Some(Asked::Item { length: 1024, id: *b"0000000000000abc" }));
    }

    #[test]
    fn a_health_check_and_nonsense_are_told_apart() {
        assert_eq!(asked(b"GET /healthz HTTP/1.0\r\n\r\n"), Some(Asked::Health));
        assert_eq!(asked(b"POST /shop/items/1/0 HTTP/1.1\r\n\r\n"), None);
        assert_eq!(asked(b"GET /shop/items/1024/short"), None);
        assert_eq!(asked(b"GET /shop/items/x/0000000000000abc "), None);
    }

    #[test]
    fn an_answer_carries_its_id_in_three_places() {
        let mut answer = Answer::new(1024);
        let text = answer.with_id(&id_text(u64::MAX)).to_vec();
        assert_eq!(memchr::memmem::find_iter(&text, b"ffffffffffffffff").count(), 3);
        assert!(text.ends_with(b"ffffffffffffffff"));
        let head = memchr::memmem::find(&text, b"\r\n\r\n").unwrap() + 4;
        assert_eq!(text.len() - head, 1024);
    }
}
