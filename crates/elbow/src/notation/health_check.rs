//! `http:/healthz,interval=2s`, `https:/healthz`, `tcp`, `none`: how members are checked.

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::{Value, json};

use super::{Object, constant, duration_ms, number, split_options};

const OPTIONS: [&str; 8] =
    ["interval", "timeout", "rise", "fall", "port", "host", "codes", "method"];

/// A health check as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HealthCheckNotation(Option<Object>);

impl FromStr for HealthCheckNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (head, options) = split_options(text, &OPTIONS);
        let wrong = || {
            Invalid::new(format!(
                "`{text}` is not a health check; write http:/PATH, https:/PATH, tcp or none"
            ))
        };
        let mut object = Object::new();
        match head.split_once(':').unwrap_or((head, "")) {
            ("none", "") if options.is_empty() => return Ok(Self(None)),
            ("tcp", "") => {}
            ("http" | "https", "") => {}
            ("http" | "https", path) if path.starts_with('/') => {
                object.insert("path".to_owned(), json!(path));
            }
            _ => return Err(wrong()),
        }
        let kind = head.split(':').next().unwrap_or(head);
        object.insert("type".to_owned(), json!(constant(kind)));
        for (key, value) in options {
            let (field, value) = match key {
                "interval" => ("interval_ms", json!(duration_ms(value)?)),
                "timeout" => ("timeout_ms", json!(duration_ms(value)?)),
                "rise" | "fall" | "port" => (key, json!(number(key, value)?)),
                "codes" => ("expected_codes", json!(value.replace('+', ","))),
                _ => (key, json!(value)),
            };
            object.insert(field.to_owned(), value);
        }
        Ok(Self(Some(object)))
    }
}

impl HealthCheckNotation {
    /// The monitor as the API takes it; null for none.
    pub(crate) fn value(&self) -> Value {
        json!(self.0)
    }

    /// The same for an edit, where what is not said must go and not stay (JSON merge patch).
    pub(crate) fn replacement(&self) -> Value {
        let Some(object) = &self.0 else { return Value::Null };
        let mut object = object.clone();
        let optional = [
            "interval_ms",
            "timeout_ms",
            "rise",
            "fall",
            "port",
            "host",
            "expected_codes",
            "method",
            "path",
        ];
        for field in optional {
            object.entry(field).or_insert(Value::Null);
        }
        json!(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        text.parse::<HealthCheckNotation>().unwrap().value()
    }

    #[test]
    fn checks_are_read_with_their_options() {
        assert_eq!(value("http:/healthz"), json!({"type": "HTTP", "path": "/healthz"}));
        assert_eq!(
            value("https:/healthz,host=a.example,port=8443"),
            json!({"type": "HTTPS", "path": "/healthz", "host": "a.example", "port": 8443})
        );
        assert_eq!(value("https"), json!({"type": "HTTPS"}));
        assert_eq!(value("tcp,port=81"), json!({"type": "TCP", "port": 81}));
        assert_eq!(
            value("http:/a,b,interval=2s,timeout=500ms,rise=1,codes=200-299"),
            json!({"type": "HTTP", "path": "/a,b", "interval_ms": 2000, "timeout_ms": 500, "rise": 1,
                   "expected_codes": "200-299"})
        );
        assert_eq!(value("none"), Value::Null);
    }

    #[test]
    fn what_is_no_check_is_refused_with_what_there_is() {
        for wrong in [
            "",
            "icmp",
            "http:healthz",
            "https:healthz",
            "https:80",
            "tcp:80",
            "none,rise=2",
            "http:/x,rise=many",
        ] {
            assert!(wrong.parse::<HealthCheckNotation>().is_err(), "{wrong}");
        }
    }
}
