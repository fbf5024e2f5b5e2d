//! Addresses of web services that Elbow calls for a user: taken apart once here, so that who calls needs no second
//! reading that could differ.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{HostName, HttpPath, Invalid, Port};
use crate::member::TargetAddress;

/// `http://host[:port]/path` or `https://..`: at most 2,048 characters, no user, no fragment. A literal address is one
/// that Elbow may connect to ([`TargetAddress`]); what a name leads to is checked by the same rule when it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpUrl {
    scheme: UrlScheme,
    host: HostName,
    port: Option<Port>,
    path: HttpPath,
}

/// How a web service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlScheme {
    /// In clear.
    Http,
    /// Over TLS.
    Https,
}

impl UrlScheme {
    /// The scheme as it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl HttpUrl {
    /// The most characters that a URL may have.
    pub const MAX_CHARS: usize = 2_048;

    /// How to speak.
    pub fn scheme(&self) -> UrlScheme {
        self.scheme
    }

    /// To whom: a name, or an address without brackets.
    pub fn host(&self) -> &HostName {
        &self.host
    }

    /// On which port, the scheme's own one where none is given.
    pub fn port(&self) -> u16 {
        let default = match self.scheme {
            UrlScheme::Http => 80,
            UrlScheme::Https => 443,
        };
        self.port.map_or(default, Port::get)
    }

    /// The request target: path and query.
    pub fn path(&self) -> &HttpPath {
        &self.path
    }

    /// `host[:port]` as it stands in a `Host` field (RFC 9110 §7.2).
    pub fn authority(&self) -> String {
        let host = match self.host.as_str() {
            v6 if v6.contains(':') => format!("[{v6}]"),
            name => name.to_owned(),
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }
}

impl FromStr for HttpUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = |why: &str| {
            let text: String = text.chars().take(100).collect();
            let text = text.escape_debug();
            Invalid::new(format!("`{text}` {why}; write `https://host/path`"))
        };
        if text.len() > Self::MAX_CHARS {
            return Err(wrong("is longer than 2048 characters"));
        }
        let (scheme, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (UrlScheme::Https, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (UrlScheme::Http, rest)
        } else {
            return Err(wrong("is not the URL of a web service"));
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("names a user, which is not supported"));
        }
        let (host, port) = split_port(authority).ok_or_else(|| wrong("has no host"))?;
        let port = match port {
            Some(port) => {
                let port = port.parse().map_err(|_| wrong("has a wrong port"))?;
                Some(Port::new(port)?)
            }
            None => None,
        };
        let host = HostName::new(host)?;
        if let Ok(address) = host.as_str().parse() {
            TargetAddress::new(address)?;
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Self { scheme, host, port, path: HttpPath::new(path)? })
    }
}

/// Host and port of an authority; an IPv6 address loses its brackets.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.as_str(), self.authority(), self.path)
    }
}

impl TryFrom<String> for HttpUrl {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<HttpUrl> for String {
    fn from(url: HttpUrl) -> Self {
        url.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_and_put_together_again() {
        for (text, parts) in [
            ("https://hooks.example.com/a?b=c", "hooks.example.com 443 /a?b=c"),
            ("http://Example.com:8080", "example.com 8080 /"),
            ("http://[fd00::1]:90/x", "fd00::1 90 /x"),
            ("http://127.0.0.1?x", "127.0.0.1 80 /?x"),
        ] {
            let url: HttpUrl = text.parse().unwrap();
            assert_eq!(format!("{} {} {}", url.host(), url.port(), url.path()), parts);
            assert_eq!(url.to_string().parse::<HttpUrl>().unwrap(), url);
        }
    }

    #[test]
    fn urls_lead_nowhere_that_elbow_must_not_go() {
        for text in [
            "",
            "ftp://a/",
            "https://",
            "https:///path",
            "http://user@host/",
            "http://a:0/",
            "http://a:x/",
            "http://a b/",
            "http://a/#fragment",
            "http://a/\r\nX: y",
            "http://169.254.169.254/latest",
            "http://[fe80::1]/",
            "http://0.0.0.0/",
            "http://[::1/",
        ] {
            assert!(text.parse::<HttpUrl>().is_err(), "{text:?}");
        }
        assert!(format!("http://a/{}", "x".repeat(2_048)).parse::<HttpUrl>().is_err());
    }
}
