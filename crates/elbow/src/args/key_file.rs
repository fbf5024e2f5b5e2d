//! `elbow key-file ...`

use clap::{Subcommand, ValueEnum};

const AFTER: &str = "\
Replace a key when somebody else may have it, or as often as your rules say.

  sealing   encrypts the private keys of certificates: they are encrypted again with a new key, then the old one is dropped.
            Nothing is interrupted. Copies of the data that you made before need the key file of that time: keep them together.
  tokens    signs the tokens of sessions: all users log in again. API keys stay as they are.

The key that signs what hooks are asked (signing.key) is not replaced here: whoever checks its signatures must be given
the new one. Stop Elbow, delete the file, start it again.

Examples:
  elbow key-file rotate sealing --wait
  elbow key-file rotate tokens";

#[derive(Debug, Subcommand)]
pub(crate) enum KeyFileCommand {
    /// List the key files, and whether a key is being replaced
    List,
    /// Replace a key
    #[command(after_help = AFTER)]
    Rotate {
        /// Which one
        #[arg(value_enum)]
        name: KeyFileName,
        /// Return only when the old key is gone
        #[arg(long)]
        wait: bool,
        /// Check everything, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// A key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyFileName {
    /// Encrypts the private keys of certificates
    Sealing,
    /// Signs the tokens of sessions
    Tokens,
}

impl KeyFileName {
    /// As the API spells it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sealing => "SEALING",
            Self::Tokens => "TOKENS",
        }
    }
}
