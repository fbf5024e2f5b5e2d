//! Hosts as rules compare them: without port, brackets and final dot, in any case.

use std::cmp::Ordering;

/// No host of a rule is longer (RFC 1035 §2.3.4), so a longer one matches none.
const MAX_HOST_BYTES: usize = 255;

/// An authority in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostAndPort<'a> {
    /// Without brackets and final dot.
    pub host: &'a [u8],
    /// As sent; empty if none.
    pub port: &'a [u8],
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`.
#[must_use]
pub fn split_authority(authority: &[u8]) -> HostAndPort<'_> {
    if let Some(rest) = authority.strip_prefix(b"[") {
        let mut parts = rest.splitn(2, |byte| *byte == b']');
        let host = parts.next().unwrap_or_default();
        let after = parts.next().unwrap_or_default();
        return HostAndPort { host, port: after.strip_prefix(b":").unwrap_or_default() };
    }
    let mut parts = authority.splitn(2, |byte| *byte == b':');
    let host = parts.next().unwrap_or_default();
    let host = host.strip_suffix(b".").unwrap_or(host);
    HostAndPort { host, port: parts.next().unwrap_or_default() }
}

/// Orders a host of a request against a lower-case one.
pub(super) fn compare(lower: &[u8], host: &[u8]) -> Ordering {
    lower.iter().copied().cmp(host.iter().map(u8::to_ascii_lowercase))
}

/// Every name that `host` lies below, the longest first.
pub(super) fn parents(host: &[u8]) -> impl Iterator<Item = &[u8]> {
    let host = if host.len() > MAX_HOST_BYTES { b"" } else { host };
    host.iter()
        .enumerate()
        .filter(|(at, byte)| **byte == b'.' && *at > 0)
        .map(|(at, _)| host.get(at + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_split() {
        let split = |text: &'static str| {
            let parts = split_authority(text.as_bytes());
            (std::str::from_utf8(parts.host).unwrap(), std::str::from_utf8(parts.port).unwrap())
        };
        assert_eq!(split("a.example"), ("a.example", ""));
        assert_eq!(split("a.example.:80"), ("a.example", "80"));
        assert_eq!(split("[::1]:80"), ("::1", "80"));
        assert_eq!(split("[::1]"), ("::1", ""));
        assert_eq!(split(""), ("", ""));
    }

    #[test]
    fn every_parent_is_offered_and_the_host_itself_is_not() {
        let found: Vec<&[u8]> = parents(b"a.b.c").collect();
        assert_eq!(found, [&b"b.c"[..], b"c"]);
    }
}
