//! Requests in the notation of the command line, and of `curl`: what a page shows beside its form.

pub(crate) mod balancing;
pub(crate) mod scaling;

use serde_json::Value;

use crate::request::Submission;

/// Words that a shell takes apart are quoted.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A line of the command line under construction.
pub(crate) struct Line(String);

impl Line {
    /// `elbow` with a noun and a verb.
    pub(crate) fn new(words: &str) -> Self {
        Self(format!("elbow {words}"))
    }

    /// A word of a user's.
    pub(crate) fn word(mut self, word: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(&quoted(word));
        self
    }

    /// An option with its value, on a line of its own.
    pub(crate) fn option(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(" \\\n  --");
        self.0.push_str(name);
        self.0.push(' ');
        self.0.push_str(&quoted(value));
        self
    }

    /// An option with its value, if there is one.
    pub(crate) fn option_of(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) if !value.is_empty() => self.option(name, value),
            _ => self,
        }
    }

    /// An option without value.
    pub(crate) fn flag(mut self, name: &str) -> Self {
        self.0.push_str(" \\\n  --");
        self.0.push_str(name);
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// The request as `curl` sends it, in the environment that the command line uses, too.
pub(crate) fn curl(submission: &Submission) -> String {
    let mut text = format!(
        "curl -X {} \"$ELBOW_URL{}\" \\\n  -H \"Authorization: Bearer $ELBOW_TOKEN\"",
        submission.method,
        submission.address()
    );
    if let Some(body) = &submission.body {
        text.push_str(" \\\n  -H 'Content-Type: application/json' \\\n  -d ");
        text.push_str(&json(body));
    }
    text
}

fn json(body: &Value) -> String {
    let text = serde_json::to_string_pretty(body).unwrap_or_default();
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_takes_apart_is_quoted() {
        assert_eq!(quoted("http:80"), "http:80");
        assert_eq!(quoted("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
