//! The provider's public keys (RFC 7517), and signatures by them (RFC 7518, RFC 8037). Only asymmetric algorithms exist here.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

/// Keys that are kept of a provider; they have two or three.
const MAX_KEYS: usize = 32;

/// Bytes of a number of a key: RSA of 8192 bits.
const MAX_NUMBER_BYTES: usize = 1_024;

/// How something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    /// By the name that a token's head has; none for all others, `none` and those with shared secrets among them.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }
}

/// A public key of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// Its name.
    pub(super) kid: Option<String>,
    /// The only algorithm that it is for, if it says so.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// The keys of a key set that can sign; others are passed over, as the standard wants (RFC 7517 §5).
pub fn read_keys(set: &[u8]) -> Option<Vec<Jwk>> {
    let set: Value = serde_json::from_slice(set).ok()?;
    let keys = set.get("keys")?.as_array()?;
    Some(keys.iter().filter_map(read).take(MAX_KEYS).collect())
}

fn read(key: &Value) -> Option<Jwk> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|of| of != "sig") {
        return None;
    }
    let number = |name: &str| {
        let bytes = Base64UrlUnpadded::decode_vec(text(name)?).ok()?;
        (1..=MAX_NUMBER_BYTES).contains(&bytes.len()).then_some(bytes)
    };
    let point = |length: usize| {
        let (x, y) = (number("x")?, number("y")?);
        // Uncompressed (SEC 1 §2.3.3).
        (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), &y].concat())
    };
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => Material::Rsa { n: number("n")?, e: number("e")? },
        ("EC", Some("P-256")) => Material::P256(point(32)?),
        ("EC", Some("P-384")) => Material::P384(point(48)?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(number("x")?),
        _ => return None,
    };
    let (kid, algorithm) = (text("kid").map(str::to_owned), text("alg").map(str::to_owned));
    Some(Jwk { kid, algorithm, material })
}

impl Jwk {
    /// Whether `signature` is this key's of `message`.
    pub(super) fn verifies(
        &self,
        (name, algorithm): (&str, Algorithm),
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        if self.algorithm.as_deref().is_some_and(|only| only != name) {
            return false;
        }
        let rsa = |parameters: &'static RsaParameters| match &self.material {
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            Material::P256(_) | Material::P384(_) | Material::Ed25519(_) => false,
        };
        let with = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        match (algorithm, &self.material) {
            (Algorithm::Rs256, _) => rsa(&RSA_PKCS1_2048_8192_SHA256),
            (Algorithm::Rs384, _) => rsa(&RSA_PKCS1_2048_8192_SHA384),
            (Algorithm::Rs512, _) => rsa(&RSA_PKCS1_2048_8192_SHA512),
            (Algorithm::Ps256, _) => rsa(&RSA_PSS_2048_8192_SHA256),
            (Algorithm::Es256, Material::P256(key)) => with(&ECDSA_P256_SHA256_FIXED, key),
            (Algorithm::Es384, Material::P384(key)) => with(&ECDSA_P384_SHA384_FIXED, key),
            (Algorithm::EdDsa, Material::Ed25519(key)) => with(&ED25519, key),
            (Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa, _) => false,
        }
    }
}
