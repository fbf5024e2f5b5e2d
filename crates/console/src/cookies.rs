//! The cookies that the console reads and sets. Everything is HttpOnly and SameSite=Lax; under HTTPS also Secure, and
//! the session by a name that only this host can set (`__Host-`, RFC 6265bis §4.1.3.2).

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderValue, header};

/// The session's token.
const SESSION: &str = "elbow_session";
const SESSION_OVER_TLS: &str = "__Host-elbow_session";

/// Whether the browser came by HTTPS: what ends TLS before the console says so. Who lies fools himself alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// How long a browser keeps a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Until it is closed.
    Session,
    /// So many seconds.
    Seconds(u64),
    /// No longer.
    Drop,
}

impl Scheme {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let forwarded = headers.get("x-forwarded-proto").map(HeaderValue::as_bytes);
        if forwarded == Some(b"https") { Self::Https } else { Self::Http }
    }

    fn session_name(self) -> &'static str {
        match self {
            Self::Http => SESSION,
            Self::Https => SESSION_OVER_TLS,
        }
    }
}

/// The value of a cookie of the request.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let fields = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value).filter(|v| !v.is_empty())
}

/// The session's token of the request.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    read(headers, Scheme::of(headers).session_name())
}

/// Sets (or drops) the session.
pub(crate) fn set_session(scheme: Scheme, token: &str, keep: Keep) -> HeaderValue {
    set(scheme, scheme.session_name(), token, keep)
}

/// Sets (or drops) a cookie. Values are of this program, or escaped by it.
pub(crate) fn set(scheme: Scheme, name: &str, value: &str, keep: Keep) -> HeaderValue {
    let mut text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax");
    match keep {
        Keep::Session => {}
        Keep::Seconds(seconds) => {
            write!(text, "; Max-Age={seconds}").expect("a String takes everything");
        }
        Keep::Drop => text.push_str("; Max-Age=0"),
    }
    if scheme == Scheme::Https {
        text.push_str("; Secure");
    }
    // A token that is no header value is none.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("elbow_session="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_under_https_is_secure_and_of_this_host_alone() {
        let cookie = set_session(Scheme::Https, "t", Keep::Seconds(60));
        assert_eq!(
            cookie,
            "__Host-elbow_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; elbow_session=x=y; b="));
        assert_eq!(session(&headers), Some("x=y"));
        assert_eq!(read(&headers, "b"), None);
    }
}
