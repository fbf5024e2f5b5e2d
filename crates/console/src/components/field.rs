//! Fields of forms: a label, a control, help and what is wrong with it, tied together for every reader.

use elbow_api::problem::{FieldError, Problem};
use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::form::Form;
use crate::language::Texts;

/// What a form is shown with: what was typed, and what the API says of it.
#[derive(Clone, Copy)]
pub(crate) struct Filled<'a> {
    pub(crate) form: &'a Form,
    pub(crate) problem: Option<&'a Problem>,
    pub(crate) texts: &'static Texts,
}

/// One field.
pub(crate) struct Field<'a> {
    filled: Filled<'a>,
    name: String,
    label: &'a str,
    help: Option<&'a str>,
    is_optional: bool,
    kind: Kind<'a>,
    width: &'static str,
    reshapes: bool,
}

enum Kind<'a> {
    Text { placeholder: &'a str },
    Number { least: i64, most: i64 },
    Secret,
    Area { rows: u8, placeholder: &'a str },
    SecretArea { rows: u8 },
    Select { choices: Vec<Choice> },
}

/// One of several to choose from.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// Why it cannot be chosen.
    pub(crate) is_disabled: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), is_disabled: false }
    }
}

impl<'a> Filled<'a> {
    pub(crate) fn text(self, name: impl Into<String>, label: &'a str) -> Field<'a> {
        self.field(name, label, Kind::Text { placeholder: "" })
    }

    pub(crate) fn number(
        self,
        name: impl Into<String>,
        label: &'a str,
        least: i64,
        most: i64,
    ) -> Field<'a> {
        self.field(name, label, Kind::Number { least, most })
    }

    /// A secret: what was typed is never in a page again.
    pub(crate) fn secret(self, name: impl Into<String>, label: &'a str) -> Field<'a> {
        self.field(name, label, Kind::Secret)
    }

    pub(crate) fn area(self, name: impl Into<String>, label: &'a str, rows: u8) -> Field<'a> {
        self.field(name, label, Kind::Area { rows, placeholder: "" })
    }

    /// Long text that is secret: never in a page again.
    pub(crate) fn secret_area(
        self,
        name: impl Into<String>,
        label: &'a str,
        rows: u8,
    ) -> Field<'a> {
        self.field(name, label, Kind::SecretArea { rows })
    }

    pub(crate) fn select(
        self,
        name: impl Into<String>,
        label: &'a str,
        choices: Vec<Choice>,
    ) -> Field<'a> {
        self.field(name, label, Kind::Select { choices })
    }

    /// A box to tick.
    pub(crate) fn tick(self, name: &str, label: &str, help: Option<&str>) -> Markup {
        let id = id_of(name);
        html! {
            div class="tick" {
                input type="checkbox" id=(id) name=(name) value="true" checked[self.form.has(name)]
                    aria-describedby=[help.map(|_| format!("{id}-help"))];
                label for=(id) { (label) }
                @if let Some(help) = help { p class="help" id={ (id) "-help" } { (help) } }
                (self.errors_of(name, &id))
            }
        }
    }

    fn field(self, name: impl Into<String>, label: &'a str, kind: Kind<'a>) -> Field<'a> {
        let (name, help, width) = (name.into(), None, "");
        Field { filled: self, name, label, help, is_optional: false, kind, width, reshapes: false }
    }

    fn errors(self, name: &str) -> impl Iterator<Item = &'a FieldError> {
        let errors = self.problem.map(|problem| problem.errors.as_slice()).unwrap_or_default();
        errors.iter().filter(move |error| error.field == name)
    }

    /// What is wrong with a field that is drawn by its page.
    pub(crate) fn errors_below(self, name: &str) -> Markup {
        self.errors_of(name, &id_of(name))
    }

    /// Whether anything is wrong with fields below these names.
    pub(crate) fn has_errors_below(self, names: &[&str]) -> bool {
        let errors = self.problem.map(|problem| problem.errors.as_slice()).unwrap_or_default();
        errors
            .iter()
            .any(|error| names.iter().any(|name| error.field.starts_with(&format!("{name}."))))
    }

    /// Whether anything is wrong with one of these fields.
    pub(crate) fn has_errors_at(self, names: &[&str]) -> bool {
        names.iter().any(|name| self.errors(name).next().is_some())
    }

    fn errors_of(self, name: &str, id: &str) -> Markup {
        html! {
            @if self.errors(name).next().is_some() {
                p class="field-error" id={ (id) "-error" } lang="en" {
                    (icon(Icon::Warning))
                    @for error in self.errors(name) { span { (error.reason) } }
                }
            }
        }
    }

    /// All that is wrong, above the form, with links to the fields.
    pub(crate) fn summary(self) -> Markup {
        let frame = &self.texts.frame;
        html! {
            @if let Some(problem) = self.problem {
                div class="error-summary" role="alert" tabindex="-1" id="problem" {
                    h2 { (icon(Icon::Warning)) (frame.fix_fields) }
                    @if problem.errors.is_empty() {
                        p lang="en" { (problem.detail) }
                    } @else {
                        ul lang="en" {
                            @for error in &problem.errors {
                                li {
                                    @if error.field.is_empty() { (error.reason) }
                                    @else { a href={ "#" (id_of(&error.field)) } { code { (error.field) } " " (error.reason) } }
                                }
                            }
                        }
                    }
                    p class="muted" { (frame.nothing_changed) }
                }
            }
        }
    }
}

impl<'a> Field<'a> {
    pub(crate) fn help(self, help: &'a str) -> Self {
        Self { help: Some(help), ..self }
    }

    pub(crate) fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    pub(crate) fn placeholder(self, text: &'a str) -> Self {
        let kind = match self.kind {
            Kind::Text { .. } => Kind::Text { placeholder: text },
            Kind::Area { rows, .. } => Kind::Area { rows, placeholder: text },
            other => other,
        };
        Self { kind, ..self }
    }

    /// `narrow` or `wide`.
    pub(crate) fn width(self, width: &'static str) -> Self {
        Self { width, ..self }
    }

    /// A choice that changes what else the form holds: the form needs a button `reshape`.
    pub(crate) fn reshapes(self) -> Self {
        Self { reshapes: true, ..self }
    }

    pub(crate) fn show(&self) -> Markup {
        let id = id_of(&self.name);
        html! {
            div class={ "field " (self.width) } {
                label for=(id) {
                    (self.label)
                    @if self.is_optional { span class="muted" { " (" (self.filled.texts.frame.optional) ")" } }
                }
                (self.control(&id))
                @if let Some(help) = self.help { p class="help" id={ (id) "-help" } { (help) } }
                (self.filled.errors_of(&self.name, &id))
            }
        }
    }

    fn control(&self, id: &str) -> Markup {
        let value = self.filled.form.raw(&self.name);
        let is_wrong = self.filled.errors(&self.name).next().is_some();
        let described = self.described(id, is_wrong);
        let invalid = is_wrong.then_some("true");
        let is_required = !self.is_optional;
        let name = self.name.as_str();
        html! {
            @match &self.kind {
                Kind::Text { placeholder } => input type="text" id=(id) name=(name) value=(value)
                    placeholder=[(!placeholder.is_empty()).then_some(placeholder)] autocomplete="off"
                    aria-required=(is_required) aria-invalid=[invalid] aria-describedby=[described];,
                Kind::Number { least, most } => input type="number" id=(id) name=(name) value=(value)
                    min=(least) max=(most) inputmode="numeric" autocomplete="off"
                    aria-required=(is_required) aria-invalid=[invalid] aria-describedby=[described];,
                Kind::Secret => input type="password" id=(id) name=(name) autocomplete="off"
                    aria-required=(is_required) aria-invalid=[invalid] aria-describedby=[described];,
                Kind::Area { rows, placeholder } => textarea id=(id) name=(name) rows=(rows)
                    placeholder=[(!placeholder.is_empty()).then_some(placeholder)] spellcheck="false"
                    aria-required=(is_required) aria-invalid=[invalid] aria-describedby=[described] { "\n" (value) },
                Kind::SecretArea { rows } => textarea id=(id) name=(name) rows=(rows) spellcheck="false" autocomplete="off"
                    aria-required=(is_required) aria-invalid=[invalid] aria-describedby=[described] {},
                Kind::Select { choices } => select id=(id) name=(name) data-reshape[self.reshapes]
                    aria-invalid=[invalid] aria-describedby=[described] {
                    @for choice in choices {
                        option value=(choice.value) selected[choice.value == value] disabled[choice.is_disabled] {
                            (choice.label)
                        }
                    }
                },
            }
        }
    }

    fn described(&self, id: &str, is_wrong: bool) -> Option<String> {
        let help = self.help.map(|_| format!("{id}-help"));
        let error = is_wrong.then(|| format!("{id}-error"));
        let ids: Vec<String> = [help, error].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// The id of a field's control: `listeners[0].port` is `f-listeners-0-port`.
pub(crate) fn id_of(name: &str) -> String {
    let mut id = String::from("f");
    for part in name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if !part.is_empty() {
            id.push('-');
            id.push_str(part);
        }
    }
    id
}
