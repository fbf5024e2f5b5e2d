//! `31536000,include-subdomains,preload`: for how long browsers use HTTPS only.

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::{Value, json};

use super::number;

/// `Strict-Transport-Security` as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HstsNotation {
    /// Browsers are told nothing.
    Off,
    /// They are told this.
    On { max_age_s: i64, include_subdomains: bool, preload: bool },
}

impl FromStr for HstsNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text == "none" {
            return Ok(Self::Off);
        }
        let mut parts = text.split(',');
        let max_age_s = number("max-age", parts.next().unwrap_or_default())?;
        let (mut include_subdomains, mut preload) = (false, false);
        for part in parts {
            match part {
                "include-subdomains" => include_subdomains = true,
                "preload" => preload = true,
                other => {
                    return Err(Invalid::new(format!(
                        "`{other}` is not an option of this; there is include-subdomains, preload"
                    )));
                }
            }
        }
        Ok(Self::On { max_age_s, include_subdomains, preload })
    }
}

impl HstsNotation {
    /// As the API takes it.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Off => Value::Null,
            Self::On { max_age_s, include_subdomains, preload } => json!({
                "max_age_s": max_age_s, "include_subdomains": include_subdomains, "preload": preload,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_come_first_and_options_after_them() {
        let value = |text: &str| text.parse::<HstsNotation>().unwrap().value();
        assert_eq!(
            value("60"),
            json!({ "max_age_s": 60, "include_subdomains": false, "preload": false })
        );
        assert_eq!(value("60,preload")["preload"], true);
        assert_eq!(value("none"), Value::Null);
        for wrong in ["", "a", "60,x", "60 "] {
            assert!(wrong.parse::<HstsNotation>().is_err(), "{wrong}");
        }
    }
}
