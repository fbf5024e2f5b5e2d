//! A command on the command line, in quotes; split into words as `model::command_words` does.

use std::str::FromStr;

use elbow_model::command_words;
use elbow_model::value::Invalid;

/// A command by its words.
#[derive(Debug, Clone)]
pub(crate) struct CommandWords(pub(crate) Vec<String>);

impl FromStr for CommandWords {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        command_words::split(text).map(Self)
    }
}
