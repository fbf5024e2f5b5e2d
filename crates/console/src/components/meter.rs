//! A bar: how much of how much. The numbers stand beside it.

use maud::{Markup, html};

/// Its length in the units of its drawing.
const LENGTH: u64 = 200;

/// `tone` is `accent`, `warning` or `bad`.
pub(crate) fn meter(used: u32, limit: u32, tone: &str) -> Markup {
    let filled = u64::from(used) * LENGTH / u64::from(limit).max(1);
    html! {
        svg class="meter" viewBox={ "0 0 " (LENGTH) " 6" } preserveAspectRatio="none" aria-hidden="true" {
            rect class="size-back" width=(LENGTH) height="6" {}
            rect class={ "meter-used " (tone) } width=(filled.min(LENGTH)) height="6" {}
        }
    }
}
