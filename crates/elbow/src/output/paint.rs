//! Colours, where a person looks at the output and has nothing against them (`NO_COLOR`).

use std::io::{self, IsTerminal};

/// Whether to colour one of the two outputs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    is_on: bool,
}

impl Paint {
    /// For standard output.
    pub(super) fn for_stdout() -> Self {
        Self { is_on: io::stdout().is_terminal() && Self::is_welcome() }
    }

    /// For standard error.
    pub(super) fn for_stderr() -> Self {
        Self { is_on: io::stderr().is_terminal() && Self::is_welcome() }
    }

    fn is_welcome() -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// A status or a health in the colour of what it means.
    pub(super) fn state(self, word: &str, text: &str) -> String {
        match word {
            "ACTIVE" | "HEALTHY" | "ONLINE" => self.wrap("32", text),
            "ERROR" | "UNHEALTHY" | "OFFLINE" => self.wrap("31", text),
            "PENDING" | "UNKNOWN" | "DEGRADED" | "DRAINING" => self.wrap("33", text),
            "DISABLED" | "UNMONITORED" => self.wrap("2", text),
            _ => text.to_owned(),
        }
    }

    /// A heading.
    pub(super) fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Bad news.
    pub(super) fn bad(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
