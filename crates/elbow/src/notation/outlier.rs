//! `on`, `off`, `on,factor-percent=200,eject=1m`: whether a member much slower than the others rests.

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::{Value, json};

use super::{Object, duration_ms, split_strictly};

/// Outlier ejection as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutlierNotation(Option<Object>);

impl FromStr for OutlierNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let keys = ["factor-percent", "min-requests", "eject", "max-ejected-percent"];
        let (word, options) = split_strictly(text, &keys)?;
        match word {
            "off" | "none" if options.is_empty() => return Ok(Self(None)),
            "on" => {}
            _ => {
                return Err(Invalid::new(format!("`{text}` is neither on, with options, nor off")));
            }
        }
        let mut object = Object::new();
        for (key, value) in options {
            let (field, number) = match key {
                "eject" => ("eject_ms".to_owned(), duration_ms(value)?),
                key => (key.replace('-', "_"), whole(value)?),
            };
            object.insert(field, json!(number));
        }
        Ok(Self(Some(object)))
    }
}

impl OutlierNotation {
    /// Outlier ejection as the API takes it; null for off.
    pub(crate) fn value(&self) -> Value {
        json!(self.0)
    }
}

fn whole(text: &str) -> Result<i64, Invalid> {
    text.parse().map_err(|_| Invalid::new(format!("`{text}` is not a whole number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ejection_is_read_with_its_options() {
        let read = |text: &str| text.parse::<OutlierNotation>().map(|notation| notation.value());
        assert_eq!(read("on"), Ok(json!({})));
        assert_eq!(
            read("on,factor-percent=200,eject=1m"),
            Ok(json!({"factor_percent": 200, "eject_ms": 60_000}))
        );
        assert_eq!(read("off"), Ok(Value::Null));
        assert!(read("sometimes").is_err());
        assert!(read("on,factor-percent=much").is_err());
        assert!(read("off,eject=1s").is_err());
    }
}
