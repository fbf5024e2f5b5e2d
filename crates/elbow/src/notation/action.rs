//! What a rule does: `api,weight=10` (forward), `301:https://example.com/new` (redirect), `404:gone` (respond).

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::{Value, json};

use super::{Object, number, split_strictly};

/// Status of a redirect that names none: keeps the method, and is not remembered by browsers.
const DEFAULT_REDIRECT: i64 = 302;

/// One of the pools of a forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForwardNotation {
    pool: String,
    weight: Option<i64>,
}

impl FromStr for ForwardNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (pool, options) = split_strictly(text, &["weight"])?;
        if pool.is_empty() {
            return Err(Invalid::new(
                "a pool is named by its name or id, with a share as in beta,weight=10",
            ));
        }
        let weight = options.last().map(|(_, value)| number("weight", value)).transpose()?;
        Ok(Self { pool: pool.to_owned(), weight })
    }
}

impl ForwardNotation {
    /// The target as the API takes it.
    pub(crate) fn value(&self) -> Value {
        match self.weight {
            Some(weight) => json!({"pool": self.pool, "weight": weight}),
            None => json!({"pool": self.pool}),
        }
    }
}

/// A redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedirectNotation(Object);

impl FromStr for RedirectNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (status, target) = match text.split_once(':') {
            Some((status, rest))
                if status.chars().all(|c| c.is_ascii_digit()) && !status.is_empty() =>
            {
                (number("status", status)?, rest)
            }
            _ => (DEFAULT_REDIRECT, text),
        };
        let wrong = || {
            Invalid::new(format!(
                "`{text}` is not a redirect; write [STATUS:]URL, [STATUS:]/PATH or [STATUS:]SCHEME:, such as https:"
            ))
        };
        let mut object = Object::new();
        object.insert("status".to_owned(), json!(status));
        if target.starts_with('/') {
            object.insert("path".to_owned(), json!(target));
            return Ok(Self(object));
        }
        let (scheme, rest) =
            target.split_once(':').filter(|(scheme, _)| !scheme.is_empty()).ok_or_else(wrong)?;
        object.insert("scheme".to_owned(), json!(scheme.to_lowercase()));
        if rest.is_empty() {
            return Ok(Self(object));
        }
        let rest = rest.strip_prefix("//").filter(|rest| !rest.is_empty()).ok_or_else(wrong)?;
        let (authority, path) =
            rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(&rest[at..])));
        match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => {
                object.insert("host".to_owned(), json!(host));
                object.insert("port".to_owned(), json!(number("port", port)?));
            }
            None => {
                object.insert("host".to_owned(), json!(authority));
            }
        }
        if let Some(path) = path {
            object.insert("path".to_owned(), json!(path));
        }
        Ok(Self(object))
    }
}

impl RedirectNotation {
    /// The redirect as the API takes it.
    pub(crate) fn value(&self) -> Value {
        json!(self.0)
    }

    /// The same for an edit, where what is not said must go and not stay (JSON merge patch).
    pub(crate) fn replacement(&self) -> Value {
        let mut object = self.0.clone();
        for field in ["scheme", "host", "port", "path"] {
            object.entry(field).or_insert(Value::Null);
        }
        json!(object)
    }
}

/// A fixed answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RespondNotation {
    status: i64,
    body: Option<String>,
}

impl FromStr for RespondNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (status, body) =
            text.split_once(':').map_or((text, None), |(status, body)| (status, Some(body)));
        Ok(Self { status: number("status", status)?, body: body.map(str::to_owned) })
    }
}

impl RespondNotation {
    /// The answer as the API takes it.
    pub(crate) fn value(&self) -> Value {
        match &self.body {
            Some(body) => json!({"status": self.status, "body": body}),
            None => json!({"status": self.status}),
        }
    }

    /// The same for an edit, where what is not said must go and not stay (JSON merge patch).
    pub(crate) fn replacement(&self) -> Value {
        json!({"status": self.status, "body": self.body})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(text: &str) -> Value {
        text.parse::<RedirectNotation>().unwrap().value()
    }

    #[test]
    fn redirects_name_what_shall_be_different() {
        assert_eq!(redirect("https:"), json!({"status": 302, "scheme": "https"}));
        assert_eq!(redirect("308:/new"), json!({"status": 308, "path": "/new"}));
        assert_eq!(
            redirect("301:https://example.com:8443/new?x=1"),
            json!({"status": 301, "scheme": "https", "host": "example.com", "port": 8443, "path": "/new?x=1"})
        );
        assert_eq!(
            redirect("http://example.com"),
            json!({"status": 302, "scheme": "http", "host": "example.com"})
        );
        for wrong in ["", "301:", "example.com", "https:/x"] {
            assert!(wrong.parse::<RedirectNotation>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn answers_have_a_status_and_perhaps_a_body() {
        let read = |text: &str| text.parse::<RespondNotation>().unwrap().value();
        assert_eq!(read("404:not: here"), json!({"status": 404, "body": "not: here"}));
        assert_eq!(read("204"), json!({"status": 204}));
        assert!("gone".parse::<RespondNotation>().is_err());
    }

    #[test]
    fn forwards_have_a_share() {
        let read = |text: &str| text.parse::<ForwardNotation>().unwrap().value();
        assert_eq!(read("beta,weight=10"), json!({"pool": "beta", "weight": 10}));
        assert_eq!(read("beta"), json!({"pool": "beta"}));
    }
}
