//! The text of API keys: made once, shown once, stored as a hash.
//!
//! `elbow_key_` and, in base64url, the key's id and a secret of 256 random bits. The hash is SHA-256, not Argon2: slow hashes
//! protect what people choose, and nobody guesses 256 random bits; so each request costs microseconds.

use aws_lc_rs::{constant_time, digest};
use base64ct::{Base64UrlUnpadded, Encoding};
use elbow_model::value::{ApiKeyId, Id, KeyHash};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{NoRandomness, random_bytes};

/// What every key begins with, so that people and secret scanners recognise it.
pub const PREFIX: &str = "elbow_key_";

const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
const KEY_BYTES: usize = ID_BYTES + SECRET_BYTES;

/// Says what is hashed: the hash of something else never matches.
const PURPOSE: &[u8] = b"elbow api key";

/// A key that was just made. Has no `Debug`: it holds the secret.
pub struct NewKey {
    /// What its holder shows; nobody can tell him again.
    pub text: Zeroizing<String>,
    /// What is stored.
    pub hash: KeyHash,
}

/// A key that somebody shows.
pub struct Shown {
    /// Which one he says that it is.
    pub id: ApiKeyId,
    hash: [u8; digest::SHA256_OUTPUT_LEN],
}

/// Makes the secret of a key.
pub fn make(id: ApiKeyId) -> Result<NewKey, NoRandomness> {
    let secret = Zeroizing::new(random_bytes::<SECRET_BYTES>()?);
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    bytes[..ID_BYTES].copy_from_slice(id.uuid().as_bytes());
    bytes[ID_BYTES..].copy_from_slice(&*secret);
    let mut encoded = Zeroizing::new([0; KEY_BYTES * 4 / 3]);
    let encoded =
        Base64UrlUnpadded::encode(&*bytes, &mut *encoded).expect("48 bytes are 64 letters");
    let text = Zeroizing::new([PREFIX, encoded].concat());
    Ok(NewKey { text, hash: KeyHash::new(hash(&*bytes)) })
}

/// Reads a key that somebody shows; none if it is no key of this program.
pub fn read(text: &str) -> Option<Shown> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    let decoded = Base64UrlUnpadded::decode(text.strip_prefix(PREFIX)?, &mut *bytes).ok()?;
    let (id, _) = decoded.split_first_chunk::<ID_BYTES>().filter(|_| decoded.len() == KEY_BYTES)?;
    Some(Shown { id: Uuid::from_bytes(*id).into(), hash: hash(decoded) })
}

impl Shown {
    /// Whether it is the key with this hash. Takes the same time wherever the first difference is.
    pub fn is(&self, stored: &KeyHash) -> bool {
        constant_time::verify_slices_are_equal(&self.hash, stored.as_bytes()).is_ok()
    }
}

fn hash(bytes: &[u8]) -> [u8; digest::SHA256_OUTPUT_LEN] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(PURPOSE);
    context.update(bytes);
    let mut hash = [0; digest::SHA256_OUTPUT_LEN];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ApiKeyId {
        Uuid::from_u128(7).into()
    }

    #[test]
    fn a_key_is_recognised_and_no_other_is() {
        let (key, other) = (make(id()).unwrap(), make(id()).unwrap());
        assert!(key.text.starts_with("elbow_key_") && key.text.len() == 74, "{}", *key.text);
        let shown = read(&key.text).unwrap();
        assert!(shown.id == id() && shown.is(&key.hash) && !shown.is(&other.hash));
    }

    #[test]
    fn no_letter_of_a_key_can_be_altered() {
        let key = make(id()).unwrap();
        for place in 0..key.text.len() {
            let mut altered = key.text.as_bytes().to_vec();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(!read(&altered).is_some_and(|shown| shown.is(&key.hash)), "{altered}");
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let text = make(id()).unwrap().text;
        for text in
            ["", "elbow_key_", "elbow_key_%%", "elbow_AAAA", &text[..70], &format!("{}AAAA", *text)]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_stored_hash_is_not_the_secret() {
        let key = make(id()).unwrap();
        let encoded = Base64UrlUnpadded::encode_string(key.hash.as_bytes());
        assert!(!key.text.contains(&encoded));
    }
}
