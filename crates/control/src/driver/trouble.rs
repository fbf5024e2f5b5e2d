//! Why a driver could not do what it was told, in words for the group's activities.

use std::fmt::Display;

/// Why a driver could not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DriverTrouble {
    /// It may work later: something is busy, short or away.
    #[error("{reason}")]
    Transient {
        /// What happened.
        reason: String,
    },
    /// It will not work until somebody changes something: the template, the machine, the other side.
    #[error("{reason}")]
    Permanent {
        /// What is wrong and what to do.
        reason: String,
    },
}

impl DriverTrouble {
    /// Trouble that may pass.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into() }
    }

    /// Trouble that stays until somebody changes something.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self::Permanent { reason: reason.into() }
    }

    /// For `map_err`: trouble that may pass, with what was being done.
    pub(super) fn while_doing<E: Display>(doing: impl Display) -> impl FnOnce(E) -> Self {
        move |error| Self::transient(format!("{doing}: {error}"))
    }
}

/// The longest reason that is taken from outside, in bytes.
const MAX_REASON: usize = 500;

/// Text from outside as part of a reason: one line without control characters, not too long.
pub(super) fn foreign(text: &str) -> String {
    let shown = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut kept = String::new();
    for c in shown {
        if kept.len() + c.len_utf8() > MAX_REASON {
            kept.push('…');
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_one_bounded_line() {
        assert_eq!(foreign(" a\nb\u{1b}[1m "), "a b [1m");
        assert!(foreign(&"ä".repeat(10_000)).len() <= MAX_REASON + '…'.len_utf8());
    }
}
