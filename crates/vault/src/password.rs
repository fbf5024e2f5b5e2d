//! Passwords: Argon2id hashes, checks that tell nothing by their time, and random passwords.

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use elbow_model::value::PasswordHash;

use crate::{NoRandomness, random_bytes};

/// Fewest characters of a new password (NIST SP 800-63B §5.1.1.1).
pub const MIN_PASSWORD_CHARS: usize = 8;

/// The longest password in bytes: hashing must not become work for whoever sends much.
pub const MAX_PASSWORD_BYTES: usize = 1_024;

/// Memory per hash in KiB, passes and lanes: OWASP's first choice for Argon2id (19 MiB, 2, 1), which takes some tens of
/// milliseconds. More would let a flood of logins take the memory that traffic needs.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);

/// Without those that people confuse (0 and o, 1 and l); 32 of them, so that 5 random bits choose one evenly.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Letters of a random password: 100 bits.
const RANDOM_LETTERS: usize = 20;

/// What is checked against for users that don't exist: a hash of the same cost. Written out, so that not even the first
/// check takes longer than others.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm8gdXNlciBoYXMgdGhpcw$KPDgqLLNStC09R6EKCS9rmxbDfeMQ4bJMyTTzaM2j68";

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// It is too long.
    #[error(
        "the password has {0} bytes, at most {MAX_PASSWORD_BYTES} are allowed; choose a shorter one"
    )]
    TooLong(usize),
    /// There are no random numbers for its salt.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The algorithm failed.
    #[error("the password could not be hashed: {0}")]
    Algorithm(String),
}

/// Hashes a password with a new salt. Takes some tens of milliseconds.
pub fn hash(password: &str) -> Result<PasswordHash, HashError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(HashError::TooLong(password.len()));
    }
    let salt: [u8; 16] = random_bytes()?;
    hash_with(password, &salt)
}

/// Whether the password is the one that was hashed. For a user that does not exist, `hash` is none: the answer is no, after
/// the same time. Takes some tens of milliseconds.
pub fn verify(password: &str, hash: Option<&PasswordHash>) -> bool {
    let (phc, exists) = hash.map_or((DUMMY, false), |hash| (hash.expose_phc(), true));
    // A user who logs in elsewhere alone has no hash here: that takes as long as any other.
    let Ok(parsed) = phc::PasswordHash::new(phc) else { return verify(password, None) };
    // An overlong password is cut, so that it takes as long as any; it is wrong in any case.
    let end = password.len().min(MAX_PASSWORD_BYTES);
    let is_right = algorithm()
        .is_some_and(|a| a.verify_password(&password.as_bytes()[..end], &parsed).is_ok());
    is_right && exists && password.len() <= MAX_PASSWORD_BYTES
}

/// A random password that people can read and type: four groups of five letters and digits, 100 bits.
pub fn random_password() -> Result<String, NoRandomness> {
    let bytes: [u8; RANDOM_LETTERS] = random_bytes()?;
    let groups: Vec<String> = bytes
        .chunks(5)
        .map(|group| {
            group.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
        })
        .collect();
    Ok(groups.join("-"))
}

fn hash_with(password: &str, salt: &[u8]) -> Result<PasswordHash, HashError> {
    let algorithm =
        algorithm().ok_or_else(|| HashError::Algorithm("its cost is refused".to_owned()))?;
    let hash = algorithm
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|e| HashError::Algorithm(e.to_string()))?;
    Ok(PasswordHash::from_phc(hash.to_string()))
}

fn algorithm() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_is_accepted_and_no_other() {
        let hash = hash("correct horse").unwrap();
        assert!(verify("correct horse", Some(&hash)));
        assert!(!verify("correct horse ", Some(&hash)));
        assert!(!verify("", Some(&hash)));
    }

    #[test]
    fn a_hash_names_its_algorithm_and_cost_and_has_its_own_salt() {
        let (first, second) = (hash("same").unwrap(), hash("same").unwrap());
        assert!(
            first.expose_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            first.expose_phc()
        );
        assert_ne!(first, second);
    }

    #[test]
    fn unknown_users_have_no_password_not_even_that_of_the_dummy() {
        assert!(!verify("", None));
        assert!(!verify("guess", None));
    }

    #[test]
    fn users_that_do_not_exist_cost_as_much_as_others() {
        let hash = hash_with("", b"no user has this").unwrap();
        assert_eq!(hash.expose_phc(), DUMMY);
    }

    #[test]
    fn a_hash_that_is_none_is_never_matched() {
        assert!(!verify("x", Some(&PasswordHash::from_phc("plain text".to_owned()))));
        assert!(!verify("", Some(&PasswordHash::from_phc(String::new()))));
    }

    #[test]
    fn an_overlong_password_is_refused_and_matches_nothing() {
        let longest = "x".repeat(MAX_PASSWORD_BYTES);
        let stored = hash(&longest).unwrap();
        assert!(verify(&longest, Some(&stored)));
        assert!(!verify(&format!("{longest}y"), Some(&stored)));
        assert!(matches!(hash(&format!("{longest}y")), Err(HashError::TooLong(1_025))));
    }

    #[test]
    fn random_passwords_differ_and_read_well() {
        let (first, second) = (random_password().unwrap(), random_password().unwrap());
        assert_ne!(first, second);
        assert_eq!(first.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
        assert!(first.bytes().all(|b| b == b'-' || ALPHABET.contains(&b)), "{first}");
    }
}
