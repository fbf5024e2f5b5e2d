//! Paths as rules compare them: a normalised copy (RFC 3986 §6.2.2), made only where the sent one
//! is not normal already. What is forwarded stays as sent. It must never decode what has a meaning
//! of its own, such as `%2F` or `%00`.

/// Whether a path has to be copied to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normal {
    /// It is normal as sent.
    AsSent,
    /// The normal form is in the given buffer.
    Copied,
}

/// Normalises `path` into `buffer` if it is not normal as sent: percent-encoded unreserved bytes
/// are decoded, other escapes get upper-case digits, dot segments are removed.
pub fn normalize(path: &[u8], buffer: &mut Vec<u8>) -> Normal {
    if is_normal(path) {
        return Normal::AsSent;
    }
    buffer.clear();
    decode_unreserved(path, buffer);
    remove_dot_segments(buffer);
    Normal::Copied
}

/// The normal form of a rule's path.
pub(super) fn normalized(path: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::new();
    match normalize(path, &mut buffer) {
        Normal::AsSent => path.to_vec(),
        Normal::Copied => buffer,
    }
}

fn is_normal(path: &[u8]) -> bool {
    !path.contains(&b'%') && !path.windows(2).any(|pair| pair == b"/.")
}

fn decode_unreserved(path: &[u8], out: &mut Vec<u8>) {
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        let Some((high, low)) = escaped else {
            out.push(*first);
            continue;
        };
        rest = tail.get(2..).unwrap_or_default();
        let byte = high << 4 | low;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.extend([b'%', upper_digit(high), upper_digit(low)]);
        }
    }
}

/// RFC 3986 §5.2.4, in place: the result is never longer.
fn remove_dot_segments(path: &mut Vec<u8>) {
    let mut read = 0;
    let mut write = 0;
    while read < path.len() {
        let end = path
            .get(read + 1..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'/'))
            .map_or(path.len(), |length| read + 1 + length);
        let is_last = end == path.len();
        match path.get(read..end).unwrap_or_default() {
            b"/." | b"/.." if is_last => {
                if path.get(read..end) == Some(b"/..") {
                    write = parent(path, write);
                }
                put(path, write, b'/');
                write += 1;
            }
            b"/." => {}
            b"/.." => write = parent(path, write),
            segment => {
                let length = segment.len();
                path.copy_within(read..end, write);
                write += length;
            }
        }
        read = end;
    }
    path.truncate(write);
    if path.is_empty() {
        path.push(b'/');
    }
}

/// Where the last segment of the first `end` bytes starts.
fn parent(path: &[u8], end: usize) -> usize {
    path.get(..end).and_then(|kept| kept.iter().rposition(|byte| *byte == b'/')).unwrap_or(0)
}

fn put(path: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = path.get_mut(at) {
        *place = byte;
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn upper_digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'A' + value - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(path: &str) -> String {
        String::from_utf8(normalized(path.as_bytes())).unwrap()
    }

    #[test]
    fn dot_segments_are_removed() {
        for (path, expected) in [
            ("/a/b/c/./../../g", "/a/g"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/../../x", "/x"),
            ("/a/.", "/a/"),
            ("/.", "/"),
            ("/..", "/"),
            ("/a/b/..", "/a/"),
            ("/...", "/..."),
            ("/.a/..b", "/.a/..b"),
            ("/a//../b", "/a/b"),
            ("/a/%2e%2E/b", "/b"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }

    #[test]
    fn only_unreserved_bytes_are_decoded() {
        assert_eq!(normal("/%61%7e%2D"), "/a~-");
        assert_eq!(normal("/a%2fb%00%0d%0A%3f%25"), "/a%2Fb%00%0D%0A%3F%25");
        assert_eq!(normal("/a%2"), "/a%2");
        assert_eq!(normal("/%zz%"), "/%zz%");
    }

    #[test]
    fn decoding_happens_once() {
        assert_eq!(normal("/%2561"), "/%2561");
    }

    #[test]
    fn a_plain_path_is_not_copied() {
        let mut buffer = Vec::new();
        assert_eq!(normalize(b"/index.html", &mut buffer), Normal::AsSent);
        assert_eq!(buffer.capacity(), 0);
    }

    proptest::proptest! {
        #[test]
        fn normalising_twice_is_as_once(path in "/[a-c./%25eE]{0,24}") {
            let once = normal(&path);
            proptest::prop_assert_eq!(normal(&once), once.clone());
            proptest::prop_assert!(once.starts_with('/'));
            proptest::prop_assert!(once.split('/').all(|segment| segment != "." && segment != ".."));
        }
    }
}
