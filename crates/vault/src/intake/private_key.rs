//! Private keys: read from any of the forms that tools write, proven to work, kept as PKCS#8 (RFC 5208, RFC 5958).
//!
//! The kept form is written anew: without attributes (Windows adds some) and with the curve named once.

use elbow_model::certificate::KeyType;
use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use zeroize::Zeroizing;

use super::asn1::{INTEGER, Malformed, NULL, OCTET_STRING, OID, Reader, SEQUENCE, context, write};
use super::oid;
use super::public_key::{PublicKey, VERIFIERS, key_type, modulus_bits};
use super::refusal::Reason;

/// A private key that works. Has no `Debug`.
pub(super) struct PrivateKey {
    /// In PKCS#8.
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    pub(super) public_key: PublicKey,
}

impl PrivateKey {
    /// Reads PKCS#8, PKCS#1 or SEC1, whichever it is.
    pub(super) fn parse(der: &[u8]) -> Result<Self, Reason> {
        let pkcs8 = normal_form(der)?;
        let borrowed = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_slice()));
        let key = any_supported_type(&borrowed).map_err(|_| Reason::KeyInvalid)?;
        let public_key = key.public_key().ok_or(Reason::KeyInvalid)?;
        let public_key = PublicKey::parse(&mut Reader::der(&public_key))
            .map_err(|Malformed| Reason::KeyInvalid)?;
        works(&*key, &public_key).then_some(()).ok_or(Reason::KeyInvalid)?;
        Ok(Self { pkcs8, public_key })
    }
}

/// Whether `der` is a private key with a passphrase (RFC 5208 §6): its algorithm stands where others have a version.
pub(super) fn is_encrypted(der: &[u8]) -> bool {
    Reader::ber(der).sequence().is_ok_and(|mut key| {
        key.expect(SEQUENCE).is_ok() && key.any().is_ok_and(|e| e.tag & !0x20 == OCTET_STRING)
    })
}

/// The key in PKCS#8, if its kind is one that is served.
fn normal_form(der: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let damaged = |Malformed| Reason::Damaged { what: "the private key" };
    let mut key = Reader::ber(der).sequence().map_err(damaged)?;
    key.number().map_err(damaged)?;
    let mut ahead = key;
    match ahead.any().map_err(damaged)?.tag {
        INTEGER => rsa(der),
        OCTET_STRING => elliptic(der, None),
        SEQUENCE => {
            let algorithm = key.expect(SEQUENCE).map_err(damaged)?;
            let inner = key.expect(OCTET_STRING).and_then(|e| e.octets()).map_err(damaged)?;
            let inner = Zeroizing::new(inner.into_owned());
            let mut reader = algorithm.reader();
            match reader.oid().map_err(damaged)? {
                oid::RSA => rsa(&inner),
                oid::EC => elliptic(&inner, reader.optional(OID).map_err(damaged)?.map(|e| e.body)),
                _ => {
                    // Ed25519; the others are refused by their names.
                    key_type(algorithm.body, || Err(Malformed))?;
                    Ok(pkcs8(algorithm.body, &inner))
                }
            }
        }
        _ => Err(damaged(Malformed)),
    }
}

/// From PKCS#1 (RFC 8017 §A.1.2).
fn rsa(key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let algorithm = [write(OID, &[oid::RSA.as_bytes()]), write(NULL, &[])].concat();
    key_type(&algorithm, || {
        let mut key = Reader::ber(key).sequence()?;
        key.expect(INTEGER)?;
        modulus_bits(key.expect(INTEGER)?.magnitude()?)
    })?;
    Ok(pkcs8(&algorithm, key))
}

/// From SEC1 (RFC 5915 §3), where the curve may be told outside.
fn elliptic(key: &[u8], curve: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let damaged = |Malformed| Reason::Damaged { what: "the private key" };
    let mut fields = Reader::ber(key).sequence().map_err(damaged)?;
    fields.number().map_err(damaged)?;
    let scalar = fields.expect(OCTET_STRING).and_then(|e| e.octets()).map_err(damaged)?;
    let scalar = Zeroizing::new(scalar.into_owned());
    let inside = fields.optional(context(0)).map_err(damaged)?;
    let inside = inside.and_then(|e| e.reader().expect(OID).ok()).map(|e| e.body);
    // A curve of explicit numbers has no name.
    let parts: &[&[u8]] = match curve.or(inside) {
        Some(curve) => &[&write(OID, &[oid::EC.as_bytes()]), &write(OID, &[curve])],
        None => &[&write(OID, &[oid::EC.as_bytes()])],
    };
    let algorithm = parts.concat();
    let length: usize = match key_type(&algorithm, || Err(Malformed))? {
        KeyType::EcdsaP256 => 32,
        KeyType::EcdsaP384 => 48,
        KeyType::EcdsaP521 => 66,
        KeyType::Rsa { .. } | KeyType::Ed25519 => return Err(damaged(Malformed)),
    };
    // Some tools leave leading zeros out, some add one.
    let zeros = scalar.iter().take_while(|byte| **byte == 0).count();
    let digits = &scalar[zeros..];
    let padding = length.checked_sub(digits.len()).ok_or(Reason::KeyInvalid)?;
    let scalar = Zeroizing::new(write(OCTET_STRING, &[&vec![0; padding], digits]));
    let key = Zeroizing::new(write(SEQUENCE, &[&write(INTEGER, &[&[1]]), &scalar]));
    Ok(pkcs8(&algorithm, &key))
}

fn pkcs8(algorithm: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(write(OCTET_STRING, &[key]));
    let version = write(INTEGER, &[&[0]]);
    Zeroizing::new(write(SEQUENCE, &[&version, &write(SEQUENCE, &[algorithm]), &key]))
}

/// Whether what the key signs is what its public half verifies: a key whose parts were mixed up fails here and not in
/// every handshake.
fn works(key: &dyn SigningKey, public_key: &PublicKey) -> bool {
    const MESSAGE: &[u8] = b"elbow proves a private key";
    const SCHEMES: &[SignatureScheme] = &[
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::ECDSA_NISTP384_SHA384,
        SignatureScheme::ECDSA_NISTP521_SHA512,
        SignatureScheme::ED25519,
    ];
    let Some(signer) = key.choose_scheme(SCHEMES) else { return false };
    let Ok(signature) = signer.sign(MESSAGE) else { return false };
    let verifiers = VERIFIERS.mapping.iter().find(|(scheme, _)| *scheme == signer.scheme());
    verifiers.is_some_and(|(_, verifiers)| {
        verifiers.iter().any(|verifier| {
            verifier.verify_signature(public_key.bits(), MESSAGE, &signature).is_ok()
        })
    })
}
