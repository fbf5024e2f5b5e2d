//! Public keys: which kind one is, whether it is the other half of a private key, and what it signed.

use std::sync::LazyLock;

use aws_lc_rs::signature::{self, UnparsedPublicKey};
use elbow_model::certificate::KeyType;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs as provider};

use super::asn1::{BIT_STRING, INTEGER, Malformed, OID, Reader, SEQUENCE};
use super::oid;
use super::refusal::Reason;

/// What TLS clients verify; an issuer's signature that they don't verify is none here either.
pub(super) static VERIFIERS: LazyLock<WebPkiSupportedAlgorithms> =
    LazyLock::new(|| provider::default_provider().signature_verification_algorithms);

/// Sizes of RSA keys in bits: less is not safe (NIST SP 800-131A), more is not served by the TLS library.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;

/// A public key as a certificate has it (`SubjectPublicKeyInfo`, RFC 5280 §4.1).
#[derive(Debug, Clone)]
pub(super) struct PublicKey {
    /// The contents of its `AlgorithmIdentifier`.
    algorithm: Vec<u8>,
    bits: Vec<u8>,
}

impl PublicKey {
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut info = reader.sequence()?;
        let algorithm = info.expect(SEQUENCE)?.body.to_vec();
        let bits = info.expect(BIT_STRING)?.bits()?.to_vec();
        info.end()?;
        Ok(Self { algorithm, bits })
    }

    /// The key itself, without its kind: what hashes of keys are made of (RFC 6960 §4.1.1).
    pub(super) fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Whether both are the same key, however their kinds are written.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.bits == other.bits
            && algorithm_name(&self.algorithm) == algorithm_name(&other.algorithm)
    }

    /// Its kind, if a TLS server can use it.
    pub(super) fn kind(&self) -> Result<KeyType, Reason> {
        key_type(&self.algorithm, || rsa_bits(&self.bits))
    }

    /// Whether it made `signature` over `message`; `algorithm` is the contents of an `AlgorithmIdentifier`.
    pub(super) fn signed(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let known = VERIFIERS.all.iter().any(|verifier| {
            verifier.public_key_alg_id().as_ref() == self.algorithm
                && verifier.signature_alg_id().as_ref() == algorithm
                && verifier.verify_signature(&self.bits, message, signature).is_ok()
        });
        known || self.signed_with_sha1(algorithm, message, signature)
    }

    /// Old authorities still sign intermediates so: the chain holds together, and a warning says what it is worth.
    fn signed_with_sha1(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let is_sha1 = Reader::der(algorithm).oid() == Ok(oid::SHA1_RSA)
            && Reader::der(&self.algorithm).oid() == Ok(oid::RSA);
        let key = UnparsedPublicKey::new(
            &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            &self.bits,
        );
        is_sha1 && key.verify(message, signature).is_ok()
    }
}

/// The kind of key that an `AlgorithmIdentifier` with these contents is for.
pub(super) fn key_type(
    algorithm: &[u8],
    rsa_bits: impl FnOnce() -> Result<usize, Malformed>,
) -> Result<KeyType, Reason> {
    let unsupported = |found: String| Err(Reason::UnsupportedKey { found });
    match algorithm_name(algorithm) {
        Some((oid::RSA, _)) => {
            let bits = rsa_bits().map_err(|_| Reason::KeyInvalid)?;
            match u16::try_from(bits) {
                Ok(size) if RSA_BITS.contains(&bits) => Ok(KeyType::Rsa { bits: size }),
                _ => Err(Reason::KeySize { bits }),
            }
        }
        Some((oid::EC, Some(oid::P256))) => Ok(KeyType::EcdsaP256),
        Some((oid::EC, Some(oid::P384))) => Ok(KeyType::EcdsaP384),
        Some((oid::EC, Some(oid::P521))) => Ok(KeyType::EcdsaP521),
        Some((oid::EC, Some(oid::SECP256K1))) => unsupported("ECDSA on secp256k1".to_owned()),
        Some((oid::EC, Some(curve))) => unsupported(format!("ECDSA on curve {curve}")),
        Some((oid::EC, None)) => unsupported("ECDSA on a curve without a name".to_owned()),
        Some((oid::ED25519, _)) => Ok(KeyType::Ed25519),
        Some((oid::RSA_PSS, _)) => unsupported("RSASSA-PSS".to_owned()),
        Some((oid::DSA, _)) => unsupported("DSA".to_owned()),
        Some((oid::ED448, _)) => unsupported("Ed448".to_owned()),
        Some((oid::X25519, _)) => unsupported("X25519".to_owned()),
        Some((other, _)) => unsupported(other.to_string()),
        None => Err(Reason::KeyInvalid),
    }
}

/// The size of an RSA public key (RFC 8017 §A.1.1).
fn rsa_bits(key: &[u8]) -> Result<usize, Malformed> {
    modulus_bits(Reader::der(key).sequence()?.expect(INTEGER)?.magnitude()?)
}

/// How many bits a number without leading zeros has.
pub(super) fn modulus_bits(modulus: &[u8]) -> Result<usize, Malformed> {
    let first = modulus.first().ok_or(Malformed)?;
    Ok(modulus.len() * 8 - first.leading_zeros() as usize)
}

/// Algorithm, and curve if it is named.
fn algorithm_name(
    algorithm: &[u8],
) -> Option<(const_oid::ObjectIdentifier, Option<const_oid::ObjectIdentifier>)> {
    let mut reader = Reader::der(algorithm);
    let name = reader.oid().ok()?;
    let curve = reader.optional(OID).ok()?;
    let curve = curve.and_then(|curve| const_oid::ObjectIdentifier::from_bytes(curve.body).ok());
    Some((name, curve))
}
