//! Rules: what a listener does with requests that match.

use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::value::{
    Bounded, HeaderName, HeaderText, HostName, HttpPath, HttpToken, Invalid, Name, PoolId, Port,
    Revision, RuleId, Timestamp, Weight,
};

/// A rule of a listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What APIs call it.
    pub id: RuleId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// What users can edit.
    pub settings: RuleSettings,
}

/// What users can edit on a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSettings {
    /// For people; unique in the listener.
    pub name: Option<Name>,
    /// Unique in the listener; the lowest that matches wins.
    pub priority: Priority,
    /// Whether it is looked at.
    pub enabled: bool,
    /// When it applies.
    pub condition: Condition,
    /// What it does.
    pub action: RuleAction,
}

/// Place of a rule in its listener: lower first.
pub type Priority = Bounded<1, 50_000>;

/// When a rule applies: every part that is given must hold; if none is, it always applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// The request's host.
    pub host: Option<HostPattern>,
    /// The request's path, without query.
    pub path: Option<PathPattern>,
    /// The request's method.
    pub method: Option<HttpToken>,
    /// A field of that name has this value in one of its lines.
    pub header: Option<FieldMatch<HeaderName>>,
    /// A query parameter of that name has this value.
    pub query: Option<FieldMatch<HeaderText>>,
    /// A cookie of that name has this value.
    pub cookie: Option<FieldMatch<HttpToken>>,
    /// The client's address.
    pub source: Option<IpNet>,
    /// The server name that a TLS client asks for (RFC 6066 §3); on TCP listeners only.
    pub server_name: Option<HostPattern>,
}

impl Condition {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        let Self { host, path, method, header, query, cookie, source, server_name } = self;
        host.is_none()
            && path.is_none()
            && method.is_none()
            && header.is_none()
            && query.is_none()
            && cookie.is_none()
            && source.is_none()
            && server_name.is_none()
    }
}

/// A named value that must be there, compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMatch<N> {
    /// Which field, parameter or cookie.
    pub name: N,
    /// What it must be.
    pub value: HeaderText,
}

/// `api.example.com`, or `*.example.com` for every name below it (not itself).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HostPattern {
    /// This host.
    Exact(HostName),
    /// Every host below this one.
    Below(HostName),
}

impl HostPattern {
    /// The name in it, without `*.`.
    pub fn host(&self) -> &HostName {
        match self {
            Self::Exact(host) | Self::Below(host) => host,
        }
    }
}

impl FromStr for HostPattern {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.strip_prefix("*.") {
            Some(suffix) => HostName::new(suffix).map(Self::Below),
            None => HostName::new(text).map(Self::Exact),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => write!(f, "{host}"),
            Self::Below(host) => write!(f, "*.{host}"),
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.to_string()
    }
}

/// `/exact`; `/prefix/*` for `/prefix` and everything below it; or a pattern with `*` elsewhere, each standing for
/// any characters, such as `/img/*.png`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PathPattern {
    /// This path.
    Exact(HttpPath),
    /// This path and everything below it; without the final `/*`, empty for all.
    Prefix(String),
    /// A pattern with `*` for any characters, in its original form.
    Wildcard(HttpPath),
}

impl FromStr for PathPattern {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let path = HttpPath::new(text)?;
        if text.contains('?') {
            return Err(Invalid::new(format!("`{text}` has a query; match it with `query`")));
        }
        match text.strip_suffix("/*") {
            Some(prefix) if !prefix.contains('*') => Ok(Self::Prefix(prefix.to_owned())),
            _ if text.contains('*') => Ok(Self::Wildcard(path)),
            _ => Ok(Self::Exact(path)),
        }
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(path) | Self::Wildcard(path) => write!(f, "{path}"),
            Self::Prefix(prefix) => write!(f, "{prefix}/*"),
        }
    }
}

impl TryFrom<String> for PathPattern {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.to_string()
    }
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// Sends the request to one of these pools, by weight.
    Forward(Vec<ForwardTarget>),
    /// Answers with another address.
    Redirect(Redirect),
    /// Answers by itself.
    Respond(Respond),
}

impl RuleAction {
    /// The most pools that a rule may forward to.
    pub const MAX_TARGETS: usize = 16;
}

/// One of the pools of a forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardTarget {
    /// A pool of the same load balancer.
    pub pool: PoolId,
    /// Its share; 0 for none.
    pub weight: Weight,
}

/// Where a redirect leads: what is not given stays as in the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308.
    pub status: RedirectStatus,
    /// The new scheme.
    pub scheme: Option<Scheme>,
    /// The new host.
    pub host: Option<HostName>,
    /// The new port.
    pub port: Option<Port>,
    /// The new path and query.
    pub path: Option<HttpPath>,
}

/// 301, 302, 303, 307 or 308.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct RedirectStatus(u16);

impl RedirectStatus {
    /// For good, with the same method (RFC 9110 §15.4.9).
    pub const PERMANENT: Self = Self(308);

    /// Checks and takes a status.
    pub fn new(status: i64) -> Result<Self, Invalid> {
        match status {
            301 | 302 | 303 | 307 | 308 => Ok(Self(status as u16)),
            _ => Err(Invalid::new(format!(
                "status {status} is not a redirect; use 301, 302, 303, 307 or 308"
            ))),
        }
    }

    /// The status as a number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for RedirectStatus {
    type Error = Invalid;

    fn try_from(status: u16) -> Result<Self, Invalid> {
        Self::new(i64::from(status))
    }
}

impl From<RedirectStatus> for u16 {
    fn from(status: RedirectStatus) -> Self {
        status.0
    }
}

/// URL schemes that a redirect can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// A fixed answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Respond {
    /// Any final status.
    pub status: ResponseStatus,
    /// `Content-Type`.
    pub content_type: HeaderText,
    /// At most 16 KiB.
    pub body: ResponseBody,
}

/// A final status: 200 to 599.
pub type ResponseStatus = Bounded<200, 599>;

/// The body of a fixed answer: at most 16 KiB.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResponseBody(String);

impl ResponseBody {
    /// The most bytes that a fixed answer may have.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Checks and takes a body.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.len() > Self::MAX_BYTES {
            return Err(Invalid::new(format!(
                "a body has at most {} bytes, this one has {}",
                Self::MAX_BYTES,
                text.len()
            )));
        }
        Ok(Self(text))
    }

    /// The body as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResponseBody {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl From<ResponseBody> for String {
    fn from(body: ResponseBody) -> Self {
        body.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_as_they_are_read() {
        for text in ["api.example.com", "*.example.com", "10.0.0.1"] {
            assert_eq!(text.parse::<HostPattern>().unwrap().to_string(), text);
        }
        for text in ["/", "/v1", "/v1/*", "/*", "/img/*.png", "/a*/*"] {
            assert_eq!(text.parse::<PathPattern>().unwrap().to_string(), text);
        }
        assert_eq!("/*".parse(), Ok(PathPattern::Prefix(String::new())));
        assert!(matches!("/a*/*".parse(), Ok(PathPattern::Wildcard(_))));
    }

    #[test]
    fn wrong_patterns_are_refused() {
        for text in ["", "*", "*.", "a*.b", "**.b", "a:80"] {
            assert!(text.parse::<HostPattern>().is_err(), "{text:?}");
        }
        for text in ["", "v1", "/a?b=c", "/a b"] {
            assert!(text.parse::<PathPattern>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_redirects_redirect() {
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(RedirectStatus::new(status).map(|s| i64::from(s.get())), Ok(status));
        }
        for status in [200, 300, 304, 309, -301, 301 + 65_536] {
            assert!(RedirectStatus::new(status).is_err(), "{status}");
        }
    }

    #[test]
    fn a_condition_without_parts_is_empty() {
        assert!(Condition::default().is_empty());
        let method = Some(HttpToken::new("GET").unwrap());
        assert!(!Condition { method, ..Condition::default() }.is_empty());
    }
}
