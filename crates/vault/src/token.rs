//! Bearer tokens of sessions: signed, stateless, and of no use once the session was ended.
//!
//! `elbow_` and, in base64url, a version, what the token claims and the HMAC-SHA-256 over all of that.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use base64ct::{Base64UrlUnpadded, Encoding};
use elbow_model::value::{Id, ProjectId, SessionId, Timestamp, UserId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::key_file::{self, KEY_BYTES, KeyFileError, KeyUse};

/// What every token begins with, so that people and secret scanners recognise it.
pub const PREFIX: &str = "elbow_";

const VERSION: u8 = 2;
const MAC_BYTES: usize = 32;
/// Version, session, user, project, session generation, expiry.
const CLAIMS_BYTES: usize = 1 + 16 + 16 + 16 + 4 + 8;
const TOKEN_BYTES: usize = CLAIMS_BYTES + MAC_BYTES;

/// Says what the key is used for: the same key signs nothing else by accident.
const PURPOSE: &[u8] = b"elbow session token";

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Names the session, so that it alone can be ended.
    pub session: SessionId,
    /// Who bears it.
    pub user: UserId,
    /// The project that the session works in.
    pub project: ProjectId,
    /// The generation of the user's sessions when it was opened; the token is void if the user has another now.
    pub session_generation: u32,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// Why a token is not accepted. Clients need no more than that it is not; this is for logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// It is no token of this program.
    #[error("it is not a token of Elbow")]
    Malformed,
    /// It was not signed here.
    #[error("it was not issued here, or the deployment's key changed")]
    Forged,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
}

/// Issues and checks tokens; clones are the same. Has no `Debug`: it holds the key.
#[derive(Clone)]
pub struct Tokens {
    mac: Arc<RwLock<Hmac<Sha256>>>,
}

impl Tokens {
    /// With the key in `path`, which is made if it is not there.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        key_file::open(path, KeyUse::Tokens).map(|key| Self::with_key(*key))
    }

    /// With this key.
    pub fn with_key(key: [u8; KEY_BYTES]) -> Self {
        Self { mac: Arc::new(RwLock::new(mac_of(&key))) }
    }

    /// Puts a new key in the place of the one in `path`, and uses it from now on: all sessions end. A key is replaced because
    /// somebody else may have it, so nothing that it signed may be believed any longer.
    pub fn replace_key(&self, path: &Path) -> Result<(), KeyFileError> {
        let key = key_file::replace(path)?;
        *self.mac.write().unwrap_or_else(PoisonError::into_inner) = mac_of(&key);
        Ok(())
    }

    fn mac(&self) -> Hmac<Sha256> {
        self.mac.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The token that says this.
    pub fn issue(&self, claims: &Claims) -> String {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.push(VERSION);
        bytes.extend(claims.session.uuid().as_bytes());
        bytes.extend(claims.user.uuid().as_bytes());
        bytes.extend(claims.project.uuid().as_bytes());
        bytes.extend(claims.session_generation.to_be_bytes());
        bytes.extend(claims.expires_at.0.to_be_bytes());
        let mac = self.mac().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(mac.as_slice());
        format!("{PREFIX}{}", Base64UrlUnpadded::encode_string(&bytes))
    }

    /// What a token says, if it was issued here and has not expired.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Claims, TokenRefused> {
        let text = token.strip_prefix(PREFIX).ok_or(TokenRefused::Malformed)?;
        let mut bytes = [0; TOKEN_BYTES];
        let decoded =
            Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| TokenRefused::Malformed)?;
        if decoded.len() != TOKEN_BYTES {
            return Err(TokenRefused::Malformed);
        }
        let (signed, mac) = bytes.split_at(CLAIMS_BYTES);
        // Takes the same time wherever the first difference is.
        self.mac().chain_update(signed).verify_slice(mac).map_err(|_| TokenRefused::Forged)?;
        let claims = read(signed).ok_or(TokenRefused::Malformed)?;
        if now < claims.expires_at { Ok(claims) } else { Err(TokenRefused::Expired) }
    }
}

fn mac_of(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    // HMAC pads a key with zeros to the length of a block (RFC 2104 §2).
    let mut block = [0; 64];
    block[..KEY_BYTES].copy_from_slice(key);
    let mut mac = Hmac::new(&block.into());
    mac.update(PURPOSE);
    mac
}

fn read(signed: &[u8]) -> Option<Claims> {
    let (version, rest) = signed.split_first()?;
    let (session, rest) = rest.split_first_chunk::<16>()?;
    let (user, rest) = rest.split_first_chunk::<16>()?;
    let (project, rest) = rest.split_first_chunk::<16>()?;
    let (generation, rest) = rest.split_first_chunk::<4>()?;
    let (expires_at, _) = rest.split_first_chunk::<8>()?;
    (*version == VERSION).then(|| Claims {
        session: Uuid::from_bytes(*session).into(),
        user: Uuid::from_bytes(*user).into(),
        project: Uuid::from_bytes(*project).into(),
        session_generation: u32::from_be_bytes(*generation),
        expires_at: Timestamp(u64::from_be_bytes(*expires_at)),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn claims() -> Claims {
        Claims {
            session: Uuid::from_u128(6).into(),
            user: Uuid::from_u128(7).into(),
            project: Uuid::from_u128(8).into(),
            session_generation: 3,
            expires_at: Timestamp(NOW.0 + 1),
        }
    }

    fn tokens() -> Tokens {
        Tokens::with_key([1; KEY_BYTES])
    }

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        let token = tokens().issue(&claims());
        assert!(token.starts_with("elbow_"));
        assert_eq!(tokens().check(&token, NOW), Ok(claims()));
        let other = Claims { session: Uuid::from_u128(9).into(), ..claims() };
        assert_ne!(token, tokens().issue(&other));
    }

    #[test]
    fn a_token_ends_at_its_expiry() {
        let token = tokens().issue(&claims());
        assert_eq!(tokens().check(&token, claims().expires_at), Err(TokenRefused::Expired));
    }

    #[test]
    fn no_letter_of_a_token_can_be_altered() {
        let token = tokens().issue(&claims());
        for place in PREFIX.len()..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(tokens().check(&altered, NOW).is_err(), "{altered}");
        }
    }

    #[test]
    fn another_key_does_not_accept_it() {
        let token = tokens().issue(&claims());
        assert_eq!(Tokens::with_key([2; KEY_BYTES]).check(&token, NOW), Err(TokenRefused::Forged));
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let token = tokens().issue(&claims());
        for text in [
            "",
            "elbow_",
            "elbow_%%%",
            "secret",
            &token[..token.len() - 4],
            &format!("{token}AAAA"),
        ] {
            assert_eq!(tokens().check(text, NOW), Err(TokenRefused::Malformed), "{text}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token.key");
        let token = Tokens::open(&path).unwrap().issue(&claims());
        assert_eq!(Tokens::open(&path).unwrap().check(&token, NOW), Ok(claims()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_key_ends_all_sessions_now_and_after_the_next_start() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token.key");
        let tokens = Tokens::open(&path).unwrap();
        let (old, clone) = (tokens.issue(&claims()), tokens.clone());
        tokens.replace_key(&path).unwrap();
        let new = clone.issue(&claims());
        for tokens in [clone, Tokens::open(&path).unwrap()] {
            assert_eq!(tokens.check(&old, NOW), Err(TokenRefused::Forged));
            assert_eq!(tokens.check(&new, NOW), Ok(claims()));
        }
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token.key");
        Tokens::open(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let words = Tokens::open(&path).err().unwrap().to_string();
        assert!(words.contains("(mode 0640); run `chmod 600"), "{words}");
    }

    #[test]
    fn a_key_file_of_another_length_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token.key");
        Tokens::open(&path).unwrap();
        fs::write(&path, "short").unwrap();
        let words = Tokens::open(&path).err().unwrap().to_string();
        assert!(words.contains("has 5 bytes, 32 were expected"), "{words}");
    }

    #[test]
    fn a_key_file_that_cannot_be_made_is_said() {
        let place = tempfile::tempdir().unwrap();
        let error = Tokens::open(&place.path().join("missing").join("token.key"));
        assert!(matches!(error, Err(KeyFileError::NotMade { .. })));
    }
}
