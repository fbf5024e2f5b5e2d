//! Asks once more before something goes that cannot come back.

use maud::{Markup, html};

use super::equivalents::equivalents;
use super::field::Filled;
use super::icon::{Icon, icon};
use crate::form::{Form, INTENT};
use crate::language::fill;
use crate::layout::form_token;
use crate::request::Submission;
use crate::visitor::Visitor;
use elbow_api::problem::Problem;

/// What is to be confirmed.
pub(crate) struct Confirm<'a> {
    pub(crate) visitor: &'a Visitor,
    /// What goes.
    pub(crate) name: &'a str,
    /// What goes with it.
    pub(crate) consequences: Markup,
    /// Where the form is sent to.
    pub(crate) action: &'a str,
    /// Where to go instead.
    pub(crate) back: &'a str,
    pub(crate) submission: &'a Submission,
    pub(crate) command: Option<&'a str>,
    /// Why it did not go.
    pub(crate) problem: Option<&'a Problem>,
}

impl Confirm<'_> {
    pub(crate) fn show(&self) -> Markup {
        let texts = self.visitor.texts();
        let frame = &texts.frame;
        let form = Form::default();
        let filled = Filled { form: &form, problem: self.problem, texts };
        html! {
            div class="card confirm" {
                h1 { (fill(frame.delete_title, &[self.name])) }
                (filled.summary())
                (self.consequences)
                p { strong { (frame.cannot_undo) } }
                form method="post" action=(self.action) class="actions" {
                    (form_token(self.visitor))
                    button class="button danger" name=(INTENT) value="delete" { (icon(Icon::Delete)) (frame.delete) }
                    a class="button quiet" href=(self.back) { (frame.cancel) }
                }
            }
            (equivalents(texts, self.command, std::slice::from_ref(self.submission)))
        }
    }
}
