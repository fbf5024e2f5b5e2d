//! A small bar: how many are there, coming and wanted, up to the most there may be. The numbers stand beside it.

use maud::{Markup, html};

/// Its size in the units of its drawing.
const WIDTH: u64 = 120;
const HEIGHT: u64 = 8;

/// Filled up to `here`, lighter up to `here + coming`, with a mark at `wanted`, of `most`.
pub(crate) fn size_bar(here: u64, coming: u64, wanted: u64, most: u64) -> Markup {
    let most = most.max(wanted).max(here + coming).max(1);
    let at = |count: u64| count * WIDTH / most;
    html! {
        svg class="size-bar" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
            rect class="size-back" width=(WIDTH) height=(HEIGHT) rx="2" {}
            rect class="size-coming" width=(at(here + coming)) height=(HEIGHT) rx="2" {}
            rect class="size-here" width=(at(here)) height=(HEIGHT) rx="2" {}
            @if wanted > 0 { rect class="size-wanted" x=(at(wanted).saturating_sub(1)) width="2" height=(HEIGHT) {} }
        }
    }
}
