//! Badges: how something is, by icon, word and colour, so that none of them is needed to understand the others.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::language::words::Words;

/// What a badge's colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Busy,
    Warning,
    Bad,
    Neutral,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "badge good",
            Self::Busy => "badge busy",
            Self::Warning => "badge warning",
            Self::Bad => "badge bad",
            Self::Neutral => "badge neutral",
        }
    }
}

/// A badge.
pub(crate) fn badge(tone: Tone, sign: Icon, word: &str) -> Markup {
    html! { span class=(tone.class()) { (icon(sign)) (word) } }
}

/// The badge of a status or health by the API's word. A word that the console does not know is shown as it is.
pub(crate) fn state(words: &Words, constant: &str) -> Markup {
    let (tone, sign, word) = look_of(words, constant);
    html! { span class=(tone.class()) data-state=(constant) { (icon(sign)) (word) } }
}

fn look_of<'a>(words: &'a Words, constant: &'a str) -> (Tone, Icon, &'a str) {
    match constant {
        "ACTIVE" => (Tone::Good, Icon::Check, words.active),
        "ONLINE" => (Tone::Good, Icon::Check, words.online),
        "HEALTHY" => (Tone::Good, Icon::Check, words.healthy),
        "IN_SERVICE" => (Tone::Good, Icon::Check, words.in_service),
        "SUCCESSFUL" => (Tone::Good, Icon::Check, words.successful),
        "PENDING" => (Tone::Busy, Icon::Pending, words.pending),
        "PENDING_WAIT" | "REMOVING_WAIT" => (Tone::Busy, Icon::Pending, words.waiting),
        "DRAINING" => (Tone::Busy, Icon::Pending, words.draining),
        "REMOVING" => (Tone::Busy, Icon::Pending, words.removing),
        "DELETING" => (Tone::Busy, Icon::Pending, words.deleting),
        "RUNNING" | "IN_PROGRESS" => (Tone::Busy, Icon::Pending, words.running),
        "DEGRADED" => (Tone::Warning, Icon::Warning, words.degraded),
        "EXPIRING" => (Tone::Warning, Icon::Warning, words.expiring),
        "SKIPPED" => (Tone::Warning, Icon::Warning, words.skipped),
        "NOT_SCALED" => (Tone::Neutral, Icon::Info, words.not_scaled),
        "REJECTED" => (Tone::Warning, Icon::Warning, words.rejected),
        "CANCELLED" => (Tone::Neutral, Icon::Disabled, words.cancelled),
        "ERROR" => (Tone::Bad, Icon::Cross, words.error),
        "OFFLINE" => (Tone::Bad, Icon::Cross, words.offline),
        "UNHEALTHY" => (Tone::Bad, Icon::Cross, words.unhealthy),
        "EXPIRED" => (Tone::Bad, Icon::Cross, words.expired),
        "FAILED" => (Tone::Bad, Icon::Cross, words.failed),
        "DISABLED" => (Tone::Neutral, Icon::Disabled, words.disabled),
        "INACTIVE" => (Tone::Neutral, Icon::Disabled, words.inactive),
        "STANDBY" => (Tone::Neutral, Icon::Disabled, words.standby),
        "UNMONITORED" => (Tone::Neutral, Icon::Info, words.unmonitored),
        "UNKNOWN" => (Tone::Neutral, Icon::Info, words.unknown),
        other => (Tone::Neutral, Icon::Info, other),
    }
}
