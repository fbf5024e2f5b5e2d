//! Why a command failed, for the person at the terminal: what, which field, what to try next.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::client::Problem;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The service refused the request.
    #[error("{}", .0.summary())]
    Refused(Box<Problem>),
    /// No service was found.
    #[error("no Elbow answers at {place}: {reason}")]
    Unreachable { place: String, reason: String, next: String },
    /// The service answered what this program does not understand.
    #[error("the answer of {place} is not understood: {reason}")]
    Garbled { place: String, reason: String },
    /// What was named is not there, or is not unique.
    #[error("{what}")]
    Unresolved { what: String, next: String },
    /// It was changed, but did not come into force.
    #[error("{what}")]
    NotInForce { what: String, next: String },
    /// The arguments contradict each other or say too little.
    #[error("{0}")]
    Usage(String),
    /// The service cannot start.
    #[error("{what}")]
    Start { what: String, next: String },
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {source}", .path.display())]
    File { verb: &'static str, path: PathBuf, source: std::io::Error },
    /// Anything else that the operating system refused.
    #[error("{doing}: {source}")]
    System { doing: String, source: std::io::Error },
}

impl Failure {
    /// 2 for wrong usage, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Refused(_)
            | Self::Unreachable { .. }
            | Self::Garbled { .. }
            | Self::Unresolved { .. }
            | Self::NotInForce { .. }
            | Self::Start { .. }
            | Self::File { .. }
            | Self::System { .. } => ExitCode::FAILURE,
        }
    }

    /// What to try next, if there is something better than reading the message.
    pub(crate) fn next(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => problem.next.as_deref(),
            Self::Unreachable { next, .. }
            | Self::Unresolved { next, .. }
            | Self::NotInForce { next, .. }
            | Self::Start { next, .. } => Some(next),
            Self::Usage(_) | Self::Garbled { .. } | Self::File { .. } | Self::System { .. } => None,
        }
    }

    /// Turns an I/O error into a failure that says what was being done.
    pub(crate) fn system(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::System { doing, source }
    }
}
