//! Bytes that are stored and sent as base64: certificates, and keys that only the vault can read.

use std::fmt;
use std::sync::Arc;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use super::Invalid;

/// Declares a newtype of shared bytes that serde knows as base64 (RFC 4648 §4).
macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<[u8]>);

        impl $name {
            /// Takes the bytes; what they mean is not looked at.
            pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
                Self(bytes.into())
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                let bytes = Base64::decode_vec(&text);
                bytes.map(Self::new).map_err(|_| Invalid::new("the text is not base64"))
            }
        }

        impl From<$name> for String {
            fn from(bytes: $name) -> Self {
                Base64::encode_string(&bytes.0)
            }
        }
    };
}

bytes! {
    /// Something in ASN.1's distinguished encoding (ITU-T X.690): a certificate or an OCSP answer. Read by the vault;
    /// opaque here.
    Der
}

bytes! {
    /// A private key as the vault sealed it. Nobody can read it without the deployment's key file; still it is never
    /// shown.
    SealedKey
}

bytes! {
    /// What the secret of an API key is compared with. Made by the vault; opaque here.
    KeyHash
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

impl fmt::Debug for Der {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Der({} bytes)", self.0.len())
    }
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_stored_as_base64() {
        let der = Der::new([0x30, 0x82, 0xff]);
        assert_eq!(serde_json::to_string(&der).unwrap(), r#""MIL/""#);
        assert_eq!(serde_json::from_str::<Der>(r#""MIL/""#).unwrap(), der);
        assert!(serde_json::from_str::<Der>(r#""MIL""#).is_err());
    }

    #[test]
    fn a_sealed_key_is_not_shown_by_debug() {
        assert_eq!(format!("{:?}", SealedKey::new(*b"sealed")), "SealedKey(..)");
    }
}
