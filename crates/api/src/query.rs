//! Query parameters, read strictly: unknown ones, and ones given twice, are refused like unknown fields.

use axum::extract::Query;
use axum::http::Uri;

use crate::problem::{FieldError, Problem};

/// The query parameters of a request, each checked to be known.
#[derive(Debug, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them; `known` lists all that the path takes.
    pub fn read(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| {
            Problem::malformed("MALFORMED_REQUEST", "the query is not of the form `name=value&..`")
        })?;
        let mut errors = Vec::new();
        for (i, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                errors.push(fault(name, format!("unknown query parameter; known here: {known}")));
            } else if pairs[..i].iter().any(|(other, _)| other == name) {
                errors.push(fault(name, "is given twice".to_owned()));
            }
        }
        if errors.is_empty() { Ok(Self(pairs)) } else { Err(Problem::invalid(errors)) }
    }

    /// A parameter, if it is given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is `true` or `false`; false if not given, true if given without value.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true" | "") => Ok(true),
            Some(other) => Err(wrong(
                name,
                format!("expected true or false, found `{}`", other.escape_debug()),
            )),
        }
    }
}

/// 422 for a parameter.
pub fn wrong(name: &str, reason: String) -> Problem {
    Problem::invalid(vec![fault(name, reason)])
}

fn fault(name: &str, reason: String) -> FieldError {
    FieldError { field: name.chars().take(64).collect(), reason }
}
