//! `source-ip,timeout=10m`, `http-cookie,name=elbow`, `none`: whether a client keeps its member.

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::{Value, json};

use super::{Object, constant, duration_ms, split_strictly};

/// Session persistence as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PersistenceNotation(Option<Object>);

impl FromStr for PersistenceNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (kind, options) = split_strictly(text, &["name", "timeout"])?;
        if kind == "none" && options.is_empty() {
            return Ok(Self(None));
        }
        let mut object = Object::new();
        object.insert("type".to_owned(), json!(constant(kind)));
        for (key, value) in options {
            match key {
                "name" => object.insert("cookie_name".to_owned(), json!(value)),
                _ => object.insert("timeout_s".to_owned(), json!(duration_ms(value)? / 1_000)),
            };
        }
        Ok(Self(Some(object)))
    }
}

impl PersistenceNotation {
    /// Session persistence as the API takes it; null for none.
    pub(crate) fn value(&self) -> Value {
        json!(self.0)
    }

    /// The same for an edit, where what is not said must go and not stay (JSON merge patch).
    pub(crate) fn replacement(&self) -> Value {
        let Some(object) = &self.0 else { return Value::Null };
        let mut object = object.clone();
        for field in ["cookie_name", "timeout_s"] {
            object.entry(field).or_insert(Value::Null);
        }
        json!(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persistence_is_read_with_its_options() {
        let read = |text: &str| text.parse::<PersistenceNotation>().unwrap().value();
        assert_eq!(read("source-ip,timeout=10m"), json!({"type": "SOURCE_IP", "timeout_s": 600}));
        assert_eq!(
            read("http-cookie,name=elbow"),
            json!({"type": "HTTP_COOKIE", "cookie_name": "elbow"})
        );
        assert_eq!(read("none"), Value::Null);
    }
}
