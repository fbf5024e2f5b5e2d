//! Where in a wizard one is: configure, then review.

use maud::{Markup, html};

use crate::language::Texts;

/// A step of a wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Configure,
    Review,
}

/// Both steps, with the present one marked.
pub(crate) fn steps(texts: &Texts, current: Step) -> Markup {
    let own = &texts.scaling_form;
    let steps = [(Step::Configure, own.step_configure), (Step::Review, own.step_review)];
    html! {
        ol class="steps" {
            @for (step, name) in steps {
                li aria-current=[(step == current).then_some("step")] { (name) }
            }
        }
    }
}
