//! Paths and queries with foreign text in them.

use std::fmt::Write as _;

/// A segment of a path: everything but unreserved characters is escaped (RFC 3986 §2.3).
pub(crate) fn segment(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        match byte {
            b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => escaped.push(char::from(byte)),
            _ => write!(escaped, "%{byte:02X}").expect("a String takes everything"),
        }
        escaped
    })
}

/// A path with a query of these pairs; those without a value are left out.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Where to go on within the console, from a parameter that anybody may have written; the first page if it leads
/// elsewhere. `//host` and `/\host` are other sites to a browser.
pub(crate) fn local(text: &str) -> &str {
    let is_local = text.starts_with('/')
        && !text.starts_with("//")
        && !text.chars().any(|c| c == '\\' || c.is_control());
    if is_local { text } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_place_are_followed() {
        for elsewhere in
            ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", "x", "", "/\t/x"]
        {
            assert_eq!(local(elsewhere), "/", "{elsewhere:?}");
        }
        assert_eq!(local("/load-balancers?q=a"), "/load-balancers?q=a");
    }

    #[test]
    fn a_segment_stays_one_segment() {
        assert_eq!(segment("a/../b?c#d %"), "a%2F..%2Fb%3Fc%23d%20%25");
    }
}
