//! Sealing: private keys are encrypted before anything stores or sends them, and opened only where they are used.
//!
//! ```text
//!   sealed = version (1) | key id (8) | nonce (12) | AES-256-GCM ciphertext and tag (16)
//! ```
//!
//! The context (whose key it is) is bound as associated data: a sealed key moved to another certificate does not open.
//! The nonce is random: one key may seal 2^32 times (NIST SP 800-38D §8.3), far more often than people upload certificates.
//! Nothing here has a `Debug` form or logs.
//!
//! A sealing key is replaced in steps, each of which leaves a key file that opens everything: [`Seal::add_key`] puts a new one
//! in front, everything is sealed again with it, and [`Seal::drop_old_keys`] leaves it alone. The file itself says how far it
//! is: while it has several keys, the replacement is under way.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use elbow_model::value::SealedKey;
use zeroize::Zeroizing;

pub use self::current::CurrentSeal;
use crate::key_file::{self, KEY_BYTES, KeyFileError, KeyUse};
use crate::{NoRandomness, random_bytes};

mod current;
mod file;

const VERSION: u8 = 1;
const ID_BYTES: usize = 8;
const HEAD_BYTES: usize = 1 + ID_BYTES + NONCE_LEN;
const TAG_BYTES: usize = 16;

/// The most that is sealed at once: an RSA key of 8192 bits has less than 5 KiB.
pub const MAX_SECRET_BYTES: usize = 64 * 1_024;

/// What to do when there is no key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Make one: nothing is sealed yet.
    Make,
    /// Refuse: what is sealed would be lost without a word.
    Refuse,
}

/// Why a sealed secret does not open, or a secret is not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealTrouble {
    /// It was sealed with a key that this deployment does not have.
    #[error(
        "it was sealed with key {sealed_with}, the key file has {}; restore the key file that belongs to this data",
        .known.join(", ")
    )]
    OtherKey {
        /// The id of the key that it needs.
        sealed_with: String,
        /// The ids of the keys in the key file.
        known: Vec<String>,
    },
    /// The right key is there and it does not open: its bytes are not what was sealed, or it was sealed for another owner.
    #[error("it is damaged or belongs to another certificate; upload the certificate again")]
    Damaged,
    /// A later Elbow sealed it.
    #[error(
        "it is sealed in version {0} and this Elbow knows version {VERSION}; run a later Elbow"
    )]
    Newer(u8),
    /// It is too large to be a key.
    #[error("it has {0} bytes, at most {MAX_SECRET_BYTES} are sealed")]
    TooLarge(usize),
    /// There are no random numbers.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Seals with its first key and opens with any of them. Has no `Debug`: it holds keys.
pub struct Seal {
    first: SealingKey,
    others: Vec<SealingKey>,
}

struct SealingKey {
    id: [u8; ID_BYTES],
    key: LessSafeKey,
}

impl Seal {
    /// With the keys in the file `path`.
    pub fn from_file(path: &Path, if_missing: IfMissing) -> Result<Self, KeyFileError> {
        let keys = match (key_file::read(path, KeyUse::Sealing)?, if_missing) {
            (Some(contents), _) => file::parse(path, &contents)?,
            (None, IfMissing::Make) => {
                let key = Zeroizing::new(random_bytes()?);
                let keys = vec![key];
                key_file::make(path, file::write(&keys).as_bytes())?;
                keys
            }
            (None, IfMissing::Refuse) => {
                return Err(KeyFileError::Missing { path: path.to_owned(), lost: KeyUse::Sealing });
            }
        };
        let mut keys = keys.iter().map(|key| SealingKey::new(key));
        let first = keys.next().ok_or_else(|| file::damaged(path, "it has no key"))?;
        Ok(Self { first, others: keys.collect() })
    }

    /// Puts a new key in front of those in the file `path`: from now on it seals, and all open.
    pub fn add_key(path: &Path) -> Result<Self, KeyFileError> {
        let mut keys = Self::read_keys(path)?;
        keys.insert(0, Zeroizing::new(random_bytes()?));
        key_file::make(path, file::write(&keys).as_bytes())?;
        Self::from_file(path, IfMissing::Refuse)
    }

    /// Leaves only the first key in the file `path`: what the others sealed does not open any more.
    pub fn drop_old_keys(path: &Path) -> Result<Self, KeyFileError> {
        let mut keys = Self::read_keys(path)?;
        keys.truncate(1);
        key_file::make(path, file::write(&keys).as_bytes())?;
        Self::from_file(path, IfMissing::Refuse)
    }

    fn read_keys(path: &Path) -> Result<Vec<Zeroizing<[u8; KEY_BYTES]>>, KeyFileError> {
        match key_file::read(path, KeyUse::Sealing)? {
            Some(contents) => file::parse(path, &contents),
            None => Err(KeyFileError::Missing { path: path.to_owned(), lost: KeyUse::Sealing }),
        }
    }

    /// How many keys it has: more than one while a key is being replaced.
    pub fn key_count(&self) -> usize {
        1 + self.others.len()
    }

    /// Whether something was sealed with the key that seals now.
    pub fn is_current(&self, sealed: &SealedKey) -> bool {
        sealed.as_bytes().get(1..=ID_BYTES) == Some(self.first.id.as_slice())
    }

    /// With this key alone.
    pub fn with_key(key: &[u8; KEY_BYTES]) -> Self {
        Self { first: SealingKey::new(key), others: Vec::new() }
    }

    /// Encrypts `secret` for the owner that `context` names, such as the certificate's id. No two results are the same.
    pub fn seal(&self, context: &[u8], secret: &[u8]) -> Result<SealedKey, SealTrouble> {
        if secret.len() > MAX_SECRET_BYTES {
            return Err(SealTrouble::TooLarge(secret.len()));
        }
        let nonce: [u8; NONCE_LEN] = random_bytes()?;
        let mut sealed = Vec::with_capacity(HEAD_BYTES + secret.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend(self.first.id);
        sealed.extend(nonce);
        let bound = bound_to(&sealed[..1 + ID_BYTES], context);
        sealed.extend(secret);
        let tag = self
            .first
            .key
            .seal_in_place_separate_tag(Nonce::from(&nonce), bound, &mut sealed[HEAD_BYTES..])
            // AES-GCM refuses only what is longer than 64 GiB.
            .map_err(|_| SealTrouble::TooLarge(secret.len()))?;
        sealed.extend(tag.as_ref());
        Ok(SealedKey::new(sealed))
    }

    /// Decrypts what was sealed for the owner that `context` names.
    pub fn open(
        &self,
        context: &[u8],
        sealed: &SealedKey,
    ) -> Result<Zeroizing<Vec<u8>>, SealTrouble> {
        let sealed = sealed.as_bytes();
        let (version, _) = sealed.split_first().ok_or(SealTrouble::Damaged)?;
        if *version > VERSION {
            return Err(SealTrouble::Newer(*version));
        }
        let (head, secret) = sealed.split_at_checked(HEAD_BYTES).ok_or(SealTrouble::Damaged)?;
        if *version != VERSION || secret.len() > MAX_SECRET_BYTES + TAG_BYTES {
            return Err(SealTrouble::Damaged);
        }
        let (said, nonce) = head.split_at(1 + ID_BYTES);
        let key = self.key(&said[1..])?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealTrouble::Damaged)?;
        let mut secret = Zeroizing::new(secret.to_vec());
        let length = key
            .open_in_place(nonce, bound_to(said, context), &mut secret)
            .map_err(|_| SealTrouble::Damaged)?
            .len();
        secret.truncate(length);
        Ok(secret)
    }

    fn key(&self, id: &[u8]) -> Result<&LessSafeKey, SealTrouble> {
        let mut keys = std::iter::once(&self.first).chain(&self.others);
        keys.clone().find(|key| key.id == id).map(|key| &key.key).ok_or_else(|| {
            SealTrouble::OtherKey {
                sealed_with: hexadecimal(id),
                known: keys.by_ref().map(|key| hexadecimal(&key.id)).collect(),
            }
        })
    }
}

impl SealingKey {
    fn new(key: &[u8; KEY_BYTES]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"elbow sealing key id");
        hash.update(key);
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&hash.finish().as_ref()[..ID_BYTES]);
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes keys of 32 bytes");
        Self { id, key: LessSafeKey::new(key) }
    }
}

/// What must be unaltered besides the secret: version, key id and owner.
fn bound_to(said: &[u8], context: &[u8]) -> Aad<Vec<u8>> {
    Aad::from([said, context].concat())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
