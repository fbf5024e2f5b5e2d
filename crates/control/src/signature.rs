//! Signatures of what Elbow posts to others, so that they know who asks and that it is not a repetition of long ago:
//! HMAC-SHA256 (RFC 2104) over the time and the body.
//!
//! ```text
//!   Elbow-Signature: t=1700000000,v1=<hex of HMAC-SHA256(key, "1700000000." + body)>
//! ```
//!
//! Receivers compare in constant time and refuse times that are minutes away from theirs.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that carries a signature.
pub(crate) const HEADER: &str = "elbow-signature";

/// What requests are signed with; never shown.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// A key of any length; 32 random bytes are as good as it gets.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The value of the header for a body that is posted at this time, in seconds since 1970.
    pub(crate) fn sign(&self, at: u64, body: &[u8]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(at.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={at},v1={hex}")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_other_implementations() {
        // Computed with Python: hmac.new(b"key", b"1700000000.{}", "sha256").hexdigest()
        let expected = "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae";
        assert_eq!(
            SigningKey::new("key").sign(1_700_000_000, b"{}"),
            format!("t=1700000000,v1={expected}")
        );
    }

    #[test]
    fn a_key_is_never_shown() {
        assert!(!format!("{:?}", SigningKey::new("secret")).contains("secret"));
    }
}
