//! A container's log as engines send it: frames of the two output streams (Docker Engine API, "Attach to a container").

/// The bytes of both streams in the order in which they were written. What is no frame is taken as it is: containers
/// with a terminal have none.
pub(super) fn merge(framed: &[u8]) -> Vec<u8> {
    let mut merged = Vec::with_capacity(framed.len());
    let mut rest = framed;
    while let [stream @ 0..=2, 0, 0, 0, a, b, c, d, after @ ..] = rest {
        let _either = stream;
        let length = u32::from_be_bytes([*a, *b, *c, *d]);
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(after.len());
        merged.extend_from_slice(&after[..length]);
        rest = &after[length..];
    }
    merged.extend_from_slice(rest);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_both_streams_become_one_text() {
        let framed = b"\x01\0\0\0\0\0\0\x03a\nb\x02\0\0\0\0\0\0\x01\n";
        assert_eq!(merge(framed), b"a\nb\n");
        assert_eq!(merge(b"plain\n"), b"plain\n");
        assert_eq!(merge(b"\x01\0\0\0\xff\xff\xff\xffcut"), b"cut");
        assert_eq!(merge(b""), b"");
    }
}
