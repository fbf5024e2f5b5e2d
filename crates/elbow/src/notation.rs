//! The short notations of the command line (`http:80`, `10.0.0.5:8080,weight=10`, `http:/healthz,interval=2s`) and
//! what they are in the API's JSON.
//!
//! They settle the shape only: whether a port, a weight or an address is right, and what is allowed, is said by the
//! service, so that every way in gives the same answer.

mod action;
mod adjustment;
mod attachment;
mod health_check;
mod hsts;
mod listener;
mod member;
mod outlier;
mod persistence;
mod words;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use elbow_model::pool::Method;
use elbow_model::value::Invalid;
use serde_json::Value;

pub(crate) use action::{ForwardNotation, RedirectNotation, RespondNotation};
pub(crate) use adjustment::{adjustment, step};
pub(crate) use attachment::AttachmentNotation;
pub(crate) use health_check::HealthCheckNotation;
pub(crate) use hsts::HstsNotation;
pub(crate) use listener::ListenerNotation;
pub(crate) use member::{MemberNotation, MemberReference};
pub(crate) use outlier::OutlierNotation;
pub(crate) use persistence::PersistenceNotation;
pub(crate) use words::CommandWords;

/// A JSON object under construction.
pub(crate) type Object = serde_json::Map<String, Value>;

/// Methods in the API's spelling and in kebab case, whatever the case.
pub(crate) fn method() -> impl TypedValueParser<Value = String> {
    let values = Method::ALL.map(|method| match method {
        Method::RoundRobin => PossibleValue::new("round-robin").alias("ROUND_ROBIN"),
        Method::LeastConnections => {
            PossibleValue::new("least-connections").alias("LEAST_CONNECTIONS")
        }
        Method::SourceIp => PossibleValue::new("source-ip").alias("SOURCE_IP"),
    });
    PossibleValuesParser::new(values).map(|word| constant(&word))
}

/// `round-robin` as `ROUND_ROBIN`: how the API spells what it enumerates.
pub(crate) fn constant(word: &str) -> String {
    word.to_uppercase().replace('-', "_")
}

/// `ROUND_ROBIN` as `round-robin`: how the command line shows it.
pub(crate) fn kebab(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// `key=value`; the value may be empty.
pub(crate) fn tag(text: &str) -> Result<(String, String), Invalid> {
    pair(text)
}

/// `name=value`.
pub(crate) fn pair(text: &str) -> Result<(String, String), Invalid> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Invalid::new(format!("`{text}` is not NAME=VALUE"))),
    }
}

/// `Name: value`, as in a request.
pub(crate) fn header(text: &str) -> Result<(String, String), Invalid> {
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.trim().to_owned())),
        _ => Err(Invalid::new(format!("`{text}` is not `NAME: VALUE`"))),
    }
}

/// `250ms`, `5s`, `2m`, `1h`; a bare number means seconds.
pub(crate) fn duration_ms(text: &str) -> Result<i64, Invalid> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let milliseconds = number.parse::<i64>().ok().and_then(|n| n.checked_mul(factor));
    milliseconds.filter(|_| factor != 0).ok_or_else(|| {
        Invalid::new(format!("`{text}` is not a duration; write 250ms, 5s, 2m or 1h"))
    })
}

/// The same in whole seconds.
pub(crate) fn duration_s(text: &str) -> Result<i64, Invalid> {
    let milliseconds = duration_ms(text)?;
    match milliseconds % 1_000 {
        0 => Ok(milliseconds / 1_000),
        _ => Err(Invalid::new(format!("`{text}` is not a whole number of seconds"))),
    }
}

/// A whole number.
fn number(option: &str, text: &str) -> Result<i64, Invalid> {
    text.parse().map_err(|_| Invalid::new(format!("{option} `{text}` is not a whole number")))
}

/// A notation's head, and its options by key.
type Split<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// Splits `head,key=value,key=value` where the keys are known; a comma that no known key follows stays in the head.
fn split_options<'a>(text: &'a str, known: &[&str]) -> Split<'a> {
    let mut head = text;
    let mut options = Vec::new();
    while let Some((rest, option)) = head.rsplit_once(',') {
        match option.split_once('=') {
            Some((key, value)) if known.contains(&key) => options.push((key, value)),
            _ => break,
        }
        head = rest;
    }
    options.reverse();
    (head, options)
}

/// As [`split_options`], where the head has no comma of its own, so that every option must be known.
fn split_strictly<'a>(text: &'a str, known: &[&str]) -> Result<Split<'a>, Invalid> {
    let (head, options) = split_options(text, known);
    match head.split_once(',') {
        None => Ok((head, options)),
        Some((_, unknown)) => Err(Invalid::new(format!(
            "`{unknown}` is not an option of this; there is {}",
            known.iter().map(|key| format!("{key}=")).collect::<Vec<_>>().join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_their_units() {
        assert_eq!(duration_ms("250ms").unwrap(), 250);
        assert_eq!(duration_ms("5s").unwrap(), 5_000);
        assert_eq!(duration_ms("5").unwrap(), 5_000);
        assert_eq!(duration_ms("2m").unwrap(), 120_000);
        for wrong in ["", "s", "5 s", "-1s", "1d", "99999999999999999999s", "9999999999999999h"] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_comma_in_a_path_is_no_option() {
        let (head, options) = split_options("http:/a,b=c,interval=2s", &["interval"]);
        assert_eq!((head, options), ("http:/a,b=c", vec![("interval", "2s")]));
    }

    #[test]
    fn an_unknown_option_is_named_with_what_there_is() {
        let error = split_strictly("http:80,colour=red", &["pool", "name"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`colour=red` is not an option of this; there is pool=, name="
        );
    }
}
