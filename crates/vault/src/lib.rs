//! Secrets: certificates with their keys, private keys sealed at rest, password hashing, the tokens of sessions, and the
//! brake on guessing.
//!
//! ```text
//!   login: throttle::Throttle --may try--> password::verify --right--> token::Tokens::issue --> bearer token
//!   upload: intake::read_pkcs12 or read_pem --private key--> seal::Seal::seal --> stored, sent, kept by proxies --> seal::Seal::open --> TLS
//!   request: token::Tokens::check --> claims; the caller compares the session generation with the World's
//!            api_key::read --> its id and hash; the caller compares the hash with the World's
//! ```
//!
//! Invariants: no secret has a `Debug` or `Display` form; comparisons with secrets take the same time whatever they
//! find; nothing here logs. Hashing is slow on purpose: callers keep it off the threads of async work.
//! Each kind of secret has its own file.

#![forbid(unsafe_code)]

pub mod api_key;
pub mod intake;
mod key_file;
pub mod oidc;
pub mod password;
pub mod seal;
pub mod signing;
pub mod throttle;
pub mod token;

pub use key_file::{KeyFileError, KeyUse};

/// The machine gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the machine gives no random numbers: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// Random bytes from the operating system.
fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
