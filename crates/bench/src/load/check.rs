//! Checks an answer as its bytes arrive: status 200, the length, the id in the header and at both
//! ends of the body. Whatever does not fit is a fault of the contender. Pure.

use super::message::{ID_HEADER, ID_LENGTH};

/// Longest head of an answer that is taken.
const HEAD_LIMIT: usize = 16 * 1024;

/// An answer that is being received.
#[derive(Debug)]
pub(super) struct Check {
    id: [u8; ID_LENGTH],
    length: usize,
    /// Bytes of a head that came in pieces.
    head: Vec<u8>,
    /// How much of the body has come; `None` before the head is complete.
    received: Option<usize>,
}

/// What is known after some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Complete,
}

impl Check {
    /// Expects the answer to this request.
    pub(super) fn new(id: [u8; ID_LENGTH], length: usize) -> Self {
        Self { id, length, head: Vec::new(), received: None }
    }

    /// Expects the next answer on the same connection.
    pub(super) fn restart(&mut self, id: [u8; ID_LENGTH], length: usize) {
        self.id = id;
        self.length = length;
        self.head.clear();
        self.received = None;
    }

    /// Takes the next bytes.
    pub(super) fn handle_bytes(&mut self, bytes: &[u8]) -> Result<Progress, String> {
        if let Some(received) = self.received {
            return self.handle_body(received, bytes);
        }
        if self.head.is_empty() {
            if let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") {
                self.check_head(&bytes[..end + 2])?;
                return self.handle_body(0, &bytes[end + 4..]);
            }
            self.head.extend_from_slice(bytes);
        } else {
            self.head.extend_from_slice(bytes);
            if let Some(end) = memchr::memmem::find(&self.head, b"\r\n\r\n") {
                let head = std::mem::take(&mut self.head);
                self.check_head(&head[..end + 2])?;
                return self.handle_body(0, &head[end + 4..]);
            }
        }
        if self.head.len() > HEAD_LIMIT {
            return Err(format!("head of the answer above {HEAD_LIMIT} bytes"));
        }
        Ok(Progress::More)
    }

    fn check_head(&self, head: &[u8]) -> Result<(), String> {
        if !head.starts_with(b"HTTP/1.1 200 ") {
            let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
            return Err(format!("answered `{}`", String::from_utf8_lossy(line)));
        }
        let length = header(head, b"content-length").ok_or("no content-length")?;
        if length != self.length.to_string().as_bytes() {
            let length = String::from_utf8_lossy(length);
            return Err(format!("content-length {length}, expected {}", self.length));
        }
        let id = header(head, ID_HEADER.as_bytes()).ok_or("no id in the head")?;
        if id != self.id {
            return Err(format!("mixed up: the head has id {}", String::from_utf8_lossy(id)));
        }
        Ok(())
    }

    fn handle_body(&mut self, received: usize, bytes: &[u8]) -> Result<Progress, String> {
        let end = received + bytes.len();
        if end > self.length {
            return Err(format!("{} bytes after the body", end - self.length));
        }
        let last = self.length - ID_LENGTH;
        if !matches_at(received, bytes, 0, &self.id) || !matches_at(received, bytes, last, &self.id)
        {
            return Err("mixed up: the body has another id".to_owned());
        }
        self.received = Some(end);
        Ok(if end == self.length { Progress::Complete } else { Progress::More })
    }
}

/// Whether `bytes`, which begin at `start` of a stream, agree with `expected` at `at` of it as far
/// as the two overlap.
pub(super) fn matches_at(start: usize, bytes: &[u8], at: usize, expected: &[u8]) -> bool {
    let from = start.max(at);
    let to = (start + bytes.len()).min(at + expected.len());
    from >= to || bytes[from - start..to - start] == expected[from - at..to - at]
}

/// The value of a header; `head` ends with the last line's CR LF.
fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = head;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        if line.len() > name.len()
            && line[name.len()] == b':'
            && line[..name.len()].eq_ignore_ascii_case(name)
        {
            return Some(line[name.len() + 1..].trim_ascii());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::message::{Answer, id_text};
    use super::*;

    fn answer(id: u64, length: usize) -> Vec<u8> {
        Answer::new(length).with_id(&id_text(id)).to_vec()
    }

    #[test]
    fn a_right_answer_is_complete_at_its_last_byte_however_it_is_cut() {
        let bytes = answer(7, 100);
        for step in 1..bytes.len() {
            let mut check = Check::new(id_text(7), 100);
            let mut pieces = bytes.chunks(step).peekable();
            while let Some(piece) = pieces.next() {
                let expected =
                    if pieces.peek().is_some() { Progress::More } else { Progress::Complete };
                assert_eq!(check.handle_bytes(piece), Ok(expected), "pieces of {step}");
            }
        }
    }

    #[test]
    fn an_answer_to_another_request_is_refused() {
        let mut check = Check::new(id_text(7), 100);
        assert!(check.handle_bytes(&answer(8, 100)).unwrap_err().contains("mixed up"));
    }

    #[test]
    fn another_bodys_end_is_refused() {
        let mut bytes = answer(7, 100);
        let end = bytes.len();
        bytes[end - ID_LENGTH..].copy_from_slice(&id_text(u64::MAX));
        let mut check = Check::new(id_text(7), 100);
        assert!(check.handle_bytes(&bytes[..end - 5]).unwrap_err().contains("body"));
    }

    #[test]
    fn wrong_status_length_and_excess_are_refused() {
        let mut check = Check::new(id_text(7), 100);
        let refusal = check.handle_bytes(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(refusal, Err("answered `HTTP/1.1 503 Busy`".to_owned()));
        let mut check = Check::new(id_text(7), 100);
        assert!(check.handle_bytes(&answer(7, 64)).unwrap_err().contains("content-length 64"));
        let mut check = Check::new(id_text(7), 100);
        let excess = [answer(7, 100), b"x".to_vec()].concat();
        assert_eq!(check.handle_bytes(&excess), Err("1 bytes after the body".to_owned()));
    }

    #[test]
    fn header_names_are_matched_in_any_case() {
        let head = b"HTTP/1.1 200 OK\r\nX-BENCH-Id:  abc \r\nother: 1\r\n";
        assert_eq!(header(head, b"x-bench-id"), Some(&b"abc"[..]));
        assert_eq!(header(head, b"bench-id"), None);
    }
}
