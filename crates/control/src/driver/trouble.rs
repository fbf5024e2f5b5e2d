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
