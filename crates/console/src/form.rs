//! What a form sends: fields by the very names that the API's JSON has for them (`listeners[0].port`), so that what the
//! API says of a field lands at it. A form belongs to a session and comes from this site, or it is refused.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use elbow_api::problem::Problem;
use http_body_util::{BodyExt as _, Limited};
use serde_json::{Map, Value};
use zeroize::Zeroize as _;

use crate::csrf;
use crate::state::Console;
use crate::visitor::Visitor;

/// The longest form in bytes: an API body's, escaped.
const MAX_BYTES: usize = 3 * 1024 * 1024;
/// The most fields.
const MAX_FIELDS: usize = 10_000;
/// The most rows of a list of fields: as many as the API takes.
const MAX_ROWS: usize = 1_000;

/// The button that sent the form.
pub(crate) const INTENT: &str = "intent";

/// A form with who sent it.
pub(crate) struct Posted {
    pub(crate) visitor: Visitor,
    pub(crate) form: Form,
}

/// The fields of a form, in order. Has no `Debug`: there may be secrets among them, which are wiped.
#[derive(Default, Clone)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body of type `application/x-www-form-urlencoded`.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
        if kind.is_none_or(|kind| !kind.starts_with(b"application/x-www-form-urlencoded")) {
            let detail = "send the form as application/x-www-form-urlencoded";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Problem::new(status, "UNSUPPORTED_MEDIA_TYPE", detail));
        }
        let collected = Limited::new(body, MAX_BYTES).collect().await.map_err(|_| {
            let detail = format!("the form has more than {MAX_BYTES} bytes, or ended early");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail)
        })?;
        let bytes = collected.to_bytes();
        let fields = form_urlencoded::parse(&bytes).into_owned().take(MAX_FIELDS).collect();
        if let Ok(mut own) = bytes.try_into_mut() {
            own.as_mut().zeroize();
        }
        Ok(Self(fields))
    }

    /// A form with these fields, as a page begins it.
    pub(crate) fn of<N: Into<String>, V: Into<String>>(
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A field without the spaces around it; empty if it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// A field as it was typed.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a field that there may be several of.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked, or anything else is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// The button that sent it.
    pub(crate) fn intent(&self) -> &str {
        self.text(INTENT)
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0.retain(|(found, _)| *found != name);
        self.0.push((name, value.into()));
    }

    /// Takes a field out.
    pub(crate) fn unset(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }

    /// The numbers of the rows of a list: `listeners[0]`, `listeners[2]`.
    pub(crate) fn rows(&self, list: &str) -> Vec<usize> {
        let row = |name: &str| {
            let (number, _) = name.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
            number.parse().ok().filter(|row| *row < MAX_ROWS)
        };
        let rows: BTreeSet<usize> = self.0.iter().filter_map(|(name, _)| row(name)).collect();
        rows.into_iter().collect()
    }

    /// Takes a row out; those behind it move up.
    pub(crate) fn remove_row(&mut self, list: &str, row: usize) {
        let gone = format!("{list}[{row}]");
        self.0.retain(|(name, _)| !name.starts_with(&gone));
        self.renumber(list);
    }

    /// Numbers rows without gaps, as the API's lists are.
    pub(crate) fn renumber(&mut self, list: &str) {
        for (new, old) in self.rows(list).into_iter().enumerate() {
            let (from, to) = (format!("{list}[{old}]"), format!("{list}[{new}]"));
            for (name, _) in &mut self.0 {
                if let Some(rest) = name.strip_prefix(&from) {
                    *name = format!("{to}{rest}");
                }
            }
        }
    }

    /// All fields, to carry them along hidden.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = |name: &str| name == csrf::FIELD || name == INTENT;
        let fields = self.0.iter().filter(move |(name, _)| !own(name));
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A field as a JSON number; what is no number goes as it is, for the API to refuse. None if it is empty.
    pub(crate) fn number(&self, name: &str) -> Option<Value> {
        let text = self.text(name);
        let number = || text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from);
        (!text.is_empty()).then(number)
    }

    /// A field as a JSON number with decimals; what is no number goes as it is, for the API to refuse.
    pub(crate) fn decimal(&self, name: &str) -> Option<Value> {
        let whole = self.number(name)?;
        let number = || self.text(name).parse::<f64>().ok().filter(|number| number.is_finite());
        Some(if whole.is_string() { number().map_or(whole, Value::from) } else { whole })
    }

    /// A field as a JSON string; none if it is empty.
    pub(crate) fn string(&self, name: &str) -> Option<Value> {
        let text = self.text(name);
        (!text.is_empty()).then(|| Value::from(text))
    }

    /// A box as a JSON boolean.
    pub(crate) fn flag(&self, name: &str) -> Value {
        Value::from(self.has(name))
    }
}

/// A JSON object of the fields that are there.
pub(crate) fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<String, Value>>())
}

impl Drop for Form {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

impl FromRequest<Console> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        csrf::check_origin(&parts.headers)?;
        let visitor = Visitor::of(console, &parts.headers, &parts.uri, &parts.extensions)?;
        let form = Form::read(&parts.headers, body).await?;
        visitor.check_form(form.raw(csrf::FIELD))?;
        Ok(Self { visitor, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_row_closes_its_gap() {
        let names = ["listeners[0].port", "listeners[1].port", "listeners[2].port", "name"];
        let mut form = Form::of(names.into_iter().zip(["80", "81", "82", "web"]));
        form.remove_row("listeners", 1);
        assert_eq!(form.rows("listeners"), [0, 1]);
        assert_eq!(form.text("listeners[1].port"), "82");
        assert_eq!(form.text("name"), "web");
    }

    #[test]
    fn what_is_no_number_is_left_for_the_api_to_refuse() {
        let form = Form::of([("a", " 80 "), ("b", "eighty"), ("c", "")]);
        assert_eq!(form.number("a"), Some(Value::from(80)));
        assert_eq!(form.number("b"), Some(Value::from("eighty")));
        assert_eq!(form.number("c"), None);
    }
}
