//! The character classes and small grammars of RFC 9110 and 3986 that the parsers share. It must
//! only say yes or no.

const fn token_table() -> [bool; 256] {
    let mut table = [false; 256];
    let punctuation = b"!#$%&'*+-.^_`|~";
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < punctuation.len() {
        table[punctuation[index] as usize] = true;
        index += 1;
    }
    table
}

const TOKEN: [bool; 256] = token_table();

/// `token` of RFC 9110 §5.6.2.
#[must_use]
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TOKEN[*byte as usize])
}

/// `field-value` without line folding: visible bytes, spaces, tabs, obs-text.
#[must_use]
pub fn is_field_value(bytes: &[u8]) -> bool {
    // No early exit, so that the compiler can use vector instructions.
    !bytes.iter().fold(false, |bad, byte| bad | (*byte < 0x20 && *byte != b'\t') | (*byte == 0x7f))
}

/// A request target's bytes: visible ASCII without `#`. Stricter grammars would refuse what
/// browsers send (`|`, `"`); the bytes are forwarded untouched.
#[must_use]
pub fn is_target(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && !bytes
            .iter()
            .fold(false, |bad, byte| bad | (*byte <= 0x20) | (*byte >= 0x7f) | (*byte == b'#'))
}

/// `uri-host [ ":" port ]` of RFC 9112 §3.2, with a host and, after a colon, a port.
#[must_use]
pub fn is_authority(bytes: &[u8]) -> bool {
    let (host, port) = split_authority(bytes);
    port.is_none_or(is_port) && is_host(host)
}

/// Splits `host[:port]`; brackets of an IPv6 literal stay with the host.
#[must_use]
pub fn split_authority(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    let search_from = bytes.iter().rposition(|byte| *byte == b']').unwrap_or(0);
    match bytes.iter().skip(search_from).position(|byte| *byte == b':') {
        Some(colon) => {
            let (host, rest) = bytes.split_at(search_from + colon);
            (host, rest.get(1..))
        }
        None => (bytes, None),
    }
}

fn is_port(bytes: &[u8]) -> bool {
    (1..=5).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')) <= 65_535
}

fn is_host(bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [b'[', inner @ .., b']'] => is_ipv6(inner),
        _ => is_registered_name(bytes),
    }
}

fn is_ipv6(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

fn is_registered_name(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = match first {
            b'%' => match tail {
                [high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    tail
                }
                _ => return false,
            },
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
            | b',' | b';' | b'=' => tail,
            byte if byte.is_ascii_alphanumeric() => tail,
            _ => return false,
        };
    }
    bytes.len() <= 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_grammar_is_strict() {
        for good in
            ["a", "example.com", "example.com:80", "127.0.0.1:8080", "[::1]", "[::1]:443", "a%20b"]
        {
            assert!(is_authority(good.as_bytes()), "{good}");
        }
        for bad in [
            "", ":80", "a:", "a:b", "a:70000", "a:123456", "u@h", "a b", "a/b", "[::1", "::1]",
            "[zz]", "a:80:80", "a\tb", "h#", "h?x", "a%2", "a%zz", "[::1]x", "[::1]:", "\u{e9}",
        ] {
            assert!(!is_authority(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn tokens_and_values() {
        assert!(is_token(b"X-Y_z!") && !is_token(b"") && !is_token(b"a b") && !is_token(b"a:"));
        assert!(is_field_value(b"a\tb \xff") && !is_field_value(b"a\rb") && !is_field_value(b"\0"));
        assert!(is_target(b"/a|b?%zz") && !is_target(b"/a#b") && !is_target(b"/\xc3\xa9"));
    }
}
