//! Asks before something that has a choice to it: like `confirm`, with fields of its own.

use elbow_api::problem::Problem;
use maud::{Markup, html};

use super::equivalents::equivalents;
use super::field::Filled;
use crate::form::{Form, INTENT};
use crate::layout::form_token;
use crate::request::Submission;
use crate::visitor::Visitor;

/// What is to be decided.
pub(crate) struct Decision<'a> {
    pub(crate) visitor: &'a Visitor,
    /// The page's heading, a question.
    pub(crate) title: &'a str,
    /// What comes of it.
    pub(crate) consequences: Markup,
    /// What was chosen so far.
    pub(crate) form: &'a Form,
    /// The fields.
    pub(crate) fields: &'a dyn Fn(Filled<'_>) -> Markup,
    /// Where the form is sent to.
    pub(crate) action: &'a str,
    /// Where to go instead.
    pub(crate) back: &'a str,
    /// What the button says, and whether something ends by it.
    pub(crate) button: (&'a str, Weight),
    pub(crate) submission: &'a Submission,
    pub(crate) command: Option<&'a str>,
    /// Why it was refused.
    pub(crate) problem: Option<&'a Problem>,
}

/// How much hangs on a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It can be taken back.
    Light,
    /// Something ends.
    Heavy,
}

impl Decision<'_> {
    pub(crate) fn show(&self) -> Markup {
        let texts = self.visitor.texts();
        let frame = &texts.frame;
        let filled = Filled { form: self.form, problem: self.problem, texts };
        let (button, weight) = self.button;
        let class = match weight {
            Weight::Light => "button primary",
            Weight::Heavy => "button danger",
        };
        html! {
            div class="card confirm" {
                h1 { (self.title) }
                (filled.summary())
                (self.consequences)
                @if weight == Weight::Heavy { p { strong { (frame.cannot_undo) } } }
                form method="post" action=(self.action) class="fields" data-follow {
                    (form_token(self.visitor))
                    ((self.fields)(filled))
                    div class="actions" {
                        button class=(class) name=(INTENT) value="do" { (button) }
                        a class="button quiet" href=(self.back) { (frame.cancel) }
                    }
                }
            }
            (equivalents(texts, self.command, std::slice::from_ref(self.submission)))
        }
    }
}
