//! Reads JSON values field by field, keeps the path to each, and collects everything that is wrong instead of
//! stopping at the first fault: the reader of a refusal shall be able to correct all of it at once.
//!
//! ```text
//!   Fields (an object) --given("port")--> At (path `listeners[0].port`, value) --integer()--> Option<i64>
//!        \--finish(): fields that nobody asked for are unknown         \--None: the fault is in Errors
//! ```

use std::cell::RefCell;

use elbow_model::value::Invalid;
use serde_json::{Map, Value};

use crate::problem::FieldError;

/// The most faults that one refusal lists.
const MAX_ERRORS: usize = 100;

/// Longest excerpt of a wrong value in a reason.
const MAX_SHOWN_CHARS: usize = 80;

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub struct Errors(RefCell<Vec<FieldError>>);

impl Errors {
    /// Notes a fault.
    pub fn push(&self, field: impl Into<String>, reason: impl Into<String>) {
        let mut errors = self.0.borrow_mut();
        if errors.len() < MAX_ERRORS {
            errors.push(FieldError { field: field.into(), reason: reason.into() });
        }
    }

    /// Whether nothing was wrong so far.
    pub fn are_none(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// What was read, if nothing was wrong.
    pub fn finish<T>(self, read: T) -> Result<T, Vec<FieldError>> {
        let errors = self.0.into_inner();
        if errors.is_empty() { Ok(read) } else { Err(errors) }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct At<'a> {
    path: String,
    value: &'a Value,
    errors: &'a Errors,
}

impl<'a> At<'a> {
    /// The body of a request.
    pub fn root(value: &'a Value, errors: &'a Errors) -> Self {
        Self { path: String::new(), value, errors }
    }

    /// Where it stands, such as `listeners[0].port`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// Notes that it is wrong.
    pub fn wrong<T>(&self, reason: impl Into<String>) -> Option<T> {
        self.errors.push(self.path.clone(), reason);
        None
    }

    /// Notes that something below it is wrong, at a path from here.
    pub fn note_below(&self, path: &str, reason: impl Into<String>) {
        let between = if self.path.is_empty() || path.is_empty() { "" } else { "." };
        self.errors.push(format!("{}{between}{path}", self.path), reason);
    }

    fn expected<T>(&self, what: &str) -> Option<T> {
        self.wrong(format!("expected {what}, found {}", shown(self.value)))
    }

    /// A string.
    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::String(text) => Some(text),
            _ => self.expected("a string"),
        }
    }

    /// A whole number.
    pub fn integer(&self) -> Option<i64> {
        match self.value {
            Value::Number(number) => match number.as_i64() {
                Some(number) => Some(number),
                // Beyond i64 it is beyond every range as well; its own check shall say so.
                None if number.is_u64() => Some(i64::MAX),
                None => self.expected("a whole number"),
            },
            _ => self.expected("a whole number"),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(*value),
            _ => self.expected("true or false"),
        }
    }

    /// An object.
    pub fn object(&self) -> Option<Fields<'a>> {
        match self.value {
            Value::Object(map) => Some(Fields {
                path: self.path.clone(),
                map,
                errors: self.errors,
                asked: RefCell::default(),
            }),
            _ => self.expected("an object"),
        }
    }

    /// An object whose keys are the user's own.
    pub fn entries(&self) -> Option<Vec<(&'a str, At<'a>)>> {
        let Value::Object(map) = self.value else { return self.expected("an object") };
        let at = |key: &str, value| At {
            path: format!("{}.{key}", self.path),
            value,
            errors: self.errors,
        };
        Some(map.iter().map(|(key, value)| (key.as_str(), at(key, value))).collect())
    }

    /// An array.
    pub fn list(&self) -> Option<Vec<At<'a>>> {
        let Value::Array(items) = self.value else { return self.expected("an array") };
        let at =
            |(i, value)| At { path: format!("{}[{i}]", self.path), value, errors: self.errors };
        Some(items.iter().enumerate().map(at).collect())
    }

    /// An array whose items are read one by one; at most `most`.
    pub fn list_of<T>(&self, most: usize, read: impl FnMut(At<'a>) -> Option<T>) -> Option<Vec<T>> {
        let items = self.list()?;
        if items.len() > most {
            return self.wrong(format!("has {} items, at most {most} are allowed", items.len()));
        }
        let count = items.len();
        let read: Vec<T> = items.into_iter().filter_map(read).collect();
        (read.len() == count).then_some(read)
    }

    /// A string that `check` takes.
    pub fn checked<T>(&self, check: impl FnOnce(&str) -> Result<T, Invalid>) -> Option<T> {
        let checked = check(self.text()?);
        self.taken(checked)
    }

    /// A whole number that `check` takes.
    pub fn number<T>(&self, check: impl FnOnce(i64) -> Result<T, Invalid>) -> Option<T> {
        let checked = check(self.integer()?);
        self.taken(checked)
    }

    /// What a check said.
    pub fn taken<T>(&self, checked: Result<T, Invalid>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(Invalid(reason)) => self.wrong(reason),
        }
    }

    /// One word of a closed set, in any case; `what` names the set, as in `method`.
    pub fn choice<T: Copy>(&self, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let same = |word: &str| {
            word.eq_ignore_ascii_case(text) || word.eq_ignore_ascii_case(&text.replace('-', "_"))
        };
        match words.iter().find(|(word, _)| same(word)) {
            Some((_, value)) => Some(*value),
            None => {
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                self.wrong(format!("unknown {what} {}; use {}", shown(self.value), either(&known)))
            }
        }
    }
}

/// An object whose fields are asked for by name; see [`Fields::finish`].
#[derive(Debug)]
pub struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
    errors: &'a Errors,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// Where the object stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of one of its fields.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Notes that a field, or what is not there, is wrong.
    pub fn wrong<T>(&self, name: &str, reason: impl Into<String>) -> Option<T> {
        self.errors.push(self.path_of(name), reason);
        None
    }

    /// Notes that a field is wrong, and goes on.
    pub fn note(&self, name: &str, reason: impl Into<String>) {
        self.errors.push(self.path_of(name), reason);
    }

    /// A field, if it is there; it may be `null`.
    pub fn given(&self, name: &'static str) -> Option<At<'a>> {
        self.asked.borrow_mut().push(name);
        let value = self.map.get(name)?;
        Some(At { path: self.path_of(name), value, errors: self.errors })
    }

    /// A field, if it is there and not `null`.
    pub fn present(&self, name: &'static str) -> Option<At<'a>> {
        self.given(name).filter(|at| !at.is_null())
    }

    /// A field that must be there.
    pub fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(At<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.present(name) {
            Some(at) => read(at),
            None => self.wrong(name, "is missing; it is required"),
        }
    }

    /// Puts a field into `slot`: absent leaves it, `null` is refused.
    pub fn set<T>(&self, name: &'static str, slot: &mut T, read: impl FnOnce(At<'a>) -> Option<T>) {
        let Some(at) = self.given(name) else { return };
        if at.is_null() {
            at.errors.push(at.path, "must not be null");
        } else if let Some(value) = read(at) {
            *slot = value;
        }
    }

    /// Puts a field into `slot`: absent leaves it, `null` makes it what it is when nobody sets it.
    pub fn set_or<T>(
        &self,
        name: &'static str,
        slot: &mut T,
        unset: T,
        read: impl FnOnce(At<'a>) -> Option<T>,
    ) {
        let Some(at) = self.given(name) else { return };
        if at.is_null() {
            *slot = unset;
        } else if let Some(value) = read(at) {
            *slot = value;
        }
    }

    /// Puts a field into `slot`: absent leaves it, `null` empties it.
    pub fn set_option<T>(
        &self,
        name: &'static str,
        slot: &mut Option<T>,
        read: impl FnOnce(At<'a>) -> Option<T>,
    ) {
        self.set_or(name, slot, None, |at| read(at).map(Some));
    }

    /// Takes a field whatever it holds.
    pub fn ignore(&self, name: &'static str) {
        self.asked.borrow_mut().push(name);
    }

    /// Refuses every field that nobody asked for. A field with a path of its own, or one that only Elbow sets, gets a
    /// reason of its own from `hints`.
    pub fn finish(self, hints: &[(&str, &str)]) {
        let asked = self.asked.borrow();
        for name in self.map.keys().filter(|name| !asked.contains(&name.as_str())) {
            if let Some((_, hint)) = hints.iter().find(|(hinted, _)| hinted == name) {
                self.errors.push(self.path_of(name), *hint);
                continue;
            }
            let mut known: Vec<&str> = asked.clone();
            known.sort_unstable();
            known.dedup();
            let name_shown: String = name.chars().take(MAX_SHOWN_CHARS).collect();
            self.errors.push(
                self.path_of(&name_shown),
                format!("unknown field; known are {}", known.join(", ")),
            );
        }
    }
}

/// `a`, `b` or `c`.
pub fn either(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A wrong value as a refusal shows it: kind and, if short, content.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let cut: String = text.chars().take(MAX_SHOWN_CHARS).collect();
            let dots = if cut.len() < text.len() { ".." } else { "" };
            format!("`{}{dots}`", cut.escape_debug())
        }
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
