//! OpenID Connect, the parts that decide: what an attempt to log in is made of, and whether an ID token may be believed. Pure
//! but for random numbers: time and the provider's keys are arguments, and nothing here asks the provider.
//!
//! Signatures are checked by aws-lc; everything about JSON Web Tokens around them is here, since there is little of it once
//! only public keys and a closed list of algorithms are taken: `none` and secrets that are public keys cannot even be named.

mod id_token;
mod jwk;

use aws_lc_rs::digest;
use base64ct::{Base64UrlUnpadded, Encoding};

pub use self::id_token::{Expected, IdToken, TokenUntrusted, check};
pub use self::jwk::{Jwk, read_keys};
use crate::{NoRandomness, random_bytes};

/// One attempt to log in: what the browser keeps while it is at the provider. Has no `Debug`: it holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Comes back with the browser: that it is the same browser (RFC 6749 §10.12).
    pub state: String,
    /// Comes back in the ID token: that it is of this attempt.
    pub nonce: String,
    /// Shows the provider that the code is ours (RFC 7636).
    pub verifier: String,
}

impl Attempt {
    /// A new one; each part has 256 random bits.
    pub fn new() -> Result<Self, NoRandomness> {
        let random =
            || Ok::<_, NoRandomness>(Base64UrlUnpadded::encode_string(&random_bytes::<32>()?));
        Ok(Self { state: random()?, nonce: random()?, verifier: random()? })
    }

    /// As the text of a cookie.
    pub fn text(&self) -> String {
        format!("{}.{}.{}", self.state, self.nonce, self.verifier)
    }

    /// From the text of a cookie.
    pub fn read(text: &str) -> Option<Self> {
        let is_part = |part: &&str| {
            part.len() == 43
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let mut parts = text.split('.').filter(is_part).map(str::to_owned);
        let attempt = Self { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? };
        (attempt.text() == text).then_some(attempt)
    }

    /// What the provider compares the verifier with (RFC 7636 §4.2, method S256).
    pub fn challenge(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.verifier.as_bytes());
        Base64UrlUnpadded::encode_string(hash.as_ref())
    }

    /// Whether the state that came back is this attempt's.
    pub fn is_state(&self, state: &str) -> bool {
        let (own, other) = (self.state.as_bytes(), state.as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(own, other).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_survives_its_cookie_and_nothing_else_does() {
        let attempt = Attempt::new().unwrap();
        assert!(Attempt::read(&attempt.text()).unwrap() == attempt);
        assert!(attempt.is_state(&attempt.state) && !attempt.is_state(&attempt.nonce));
        let text = attempt.text();
        for wrong in ["", "a.b.c", &text[1..], &format!("{text}.x"), &text.replace('.', "=")] {
            assert!(Attempt::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
        let attempt = Attempt { state: String::new(), nonce: String::new(), verifier };
        assert_eq!(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
