//! Encryption and checksums with a passphrase, as PKCS#5 (RFC 8018) and PKCS#12 (RFC 7292 appendices B and C) define them:
//! all that tools have written by default in twenty-five years.
//!
//! Not read: RC4, Camellia, ARIA and scrypt, which no tool writes unless told to; they are refused by name.

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use self::cipher::Cipher;
use self::derive::{Purpose, TooMuchWork};
use self::hash::Hash;
use super::asn1::{INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE};
use super::oid;
use super::passphrase::Form;

mod cipher;
pub(super) mod derive;
pub(super) mod hash;

pub(super) use self::derive::{MAX_ROUNDS, Work};

/// How something is encrypted: a parsed `AlgorithmIdentifier`.
pub(super) enum Scheme<'a> {
    /// Key and vector by PKCS#12's derivation, always with SHA-1.
    Pkcs12 { cipher: Cipher, salt: &'a [u8], rounds: u64 },
    /// Key and vector by PBKDF1.
    Pbes1 { hash: Hash, cipher: Cipher, salt: &'a [u8], rounds: u64 },
    /// Key by PBKDF2, vector as told.
    Pbes2 { derivation: Pbkdf2<'a>, cipher: Cipher, vector: &'a [u8] },
}

/// The parameters of PBKDF2.
pub(super) struct Pbkdf2<'a> {
    hash: Hash,
    salt: &'a [u8],
    rounds: u64,
    length: Option<u64>,
}

/// Why a protection is not undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProtectionTrouble {
    Malformed,
    Unsupported(String),
    TooMuchWork(u64),
}

impl From<Malformed> for ProtectionTrouble {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<TooMuchWork> for ProtectionTrouble {
    fn from(TooMuchWork(rounds): TooMuchWork) -> Self {
        Self::TooMuchWork(rounds)
    }
}

impl<'a> Scheme<'a> {
    /// Reads the contents of an `AlgorithmIdentifier`.
    pub(super) fn parse(mut reader: Reader<'a>) -> Result<Self, ProtectionTrouble> {
        let name = reader.oid()?;
        let rc2 = |bytes| Cipher::Rc2 { bytes, bits: bytes * 8 };
        let pkcs12 = match name {
            oid::PKCS12_3DES => Some(Cipher::TripleDes),
            oid::PKCS12_2DES => Some(Cipher::TwoKeyTripleDes),
            oid::PKCS12_RC2_128 => Some(rc2(16)),
            oid::PKCS12_RC2_40 => Some(rc2(5)),
            _ => None,
        };
        if let Some(cipher) = pkcs12 {
            let (salt, rounds) = salt_and_rounds(reader.sequence()?)?;
            return Ok(Self::Pkcs12 { cipher, salt, rounds });
        }
        let pbes1 = match name {
            oid::PBE_MD5_DES => Some((Hash::Md5, Cipher::Des)),
            oid::PBE_SHA1_DES => Some((Hash::Sha1, Cipher::Des)),
            // 64 bits of key (RFC 8018 §A.3).
            oid::PBE_MD5_RC2 => Some((Hash::Md5, rc2(8))),
            oid::PBE_SHA1_RC2 => Some((Hash::Sha1, rc2(8))),
            _ => None,
        };
        if let Some((hash, cipher)) = pbes1 {
            let (salt, rounds) = salt_and_rounds(reader.sequence()?)?;
            return Ok(Self::Pbes1 { hash, cipher, salt, rounds });
        }
        if name != oid::PBES2 {
            return Err(unsupported(name));
        }
        let mut parameters = reader.sequence()?;
        let derivation = Pbkdf2::parse(parameters.sequence()?)?;
        let (cipher, vector) = cipher_and_vector(parameters.sequence()?, &derivation)?;
        Ok(Self::Pbes2 { derivation, cipher, vector })
    }

    /// What of a form it uses: forms that agree there need not both be tried.
    pub(super) fn secret<'f>(&self, form: &'f Form) -> &'f [u8] {
        match self {
            Self::Pkcs12 { .. } => &form.wide,
            Self::Pbes1 { .. } | Self::Pbes2 { .. } => &form.narrow,
        }
    }

    /// The plain text, if the passphrase in this form makes one: a sequence, as everything that is encrypted here.
    pub(super) fn decrypt(
        &self,
        text: &[u8],
        form: &Form,
        work: &mut Work,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ProtectionTrouble> {
        let plain = match self {
            Self::Pkcs12 { cipher, salt, rounds } => {
                let mut derive = |purpose, length| {
                    let hash = (Hash::Sha1, purpose);
                    derive::pkcs12(hash, &form.wide, salt, *rounds, length, work)
                };
                let key = derive(Purpose::Encryption, cipher.key_length())?;
                let vector = derive(Purpose::InitialVector, cipher.block())?;
                cipher.decrypt(&key, &vector, text)
            }
            Self::Pbes1 { hash, cipher, salt, rounds } => {
                let both = derive::pbkdf1(*hash, &form.narrow, salt, *rounds, work)?;
                cipher.decrypt(&both[..8], &both[8..], text)
            }
            Self::Pbes2 { derivation, cipher, vector } => {
                let key = derivation.derive(&form.narrow, cipher.key_length(), work)?;
                cipher.decrypt(&key, vector, text)
            }
        };
        // One wrong key in 256 leaves something that looks padded.
        let is_sequence = |plain: &Zeroizing<Vec<u8>>| {
            let mut reader = Reader::ber(plain);
            reader.expect(SEQUENCE).is_ok() && reader.is_empty()
        };
        Ok(plain.filter(is_sequence))
    }
}

impl<'a> Pbkdf2<'a> {
    /// Reads the contents of an `AlgorithmIdentifier` of a key derivation.
    pub(super) fn parse(mut reader: Reader<'a>) -> Result<Self, ProtectionTrouble> {
        let name = reader.oid()?;
        if name != oid::PBKDF2 {
            return Err(unsupported(name));
        }
        let mut fields = reader.sequence()?;
        let salt = fields.expect(OCTET_STRING)?.body;
        let rounds = fields.number()?;
        let length = fields.optional(INTEGER)?.map(|length| length.number()).transpose()?;
        let hash = match fields.optional(SEQUENCE)? {
            // The default (RFC 8018 §A.2).
            None => Hash::Sha1,
            Some(function) => {
                let name = function.reader().oid()?;
                Hash::from_hmac_oid(name).ok_or_else(|| unsupported(name))?
            }
        };
        Ok(Self { hash, salt, rounds, length })
    }

    pub(super) fn derive(
        &self,
        secret: &[u8],
        length: usize,
        work: &mut Work,
    ) -> Result<Zeroizing<Vec<u8>>, ProtectionTrouble> {
        if self.length.is_some_and(|told| told != length as u64) {
            return Err(ProtectionTrouble::Malformed);
        }
        Ok(derive::pbkdf2(self.hash, secret, self.salt, self.rounds, length, work)?)
    }

    /// The length of the key, if it is told and not more than any cipher or checksum takes.
    pub(super) fn told_length(&self) -> Option<usize> {
        const MOST: u64 = 128;
        self.length.filter(|length| (1..=MOST).contains(length)).map(|length| length as usize)
    }
}

fn salt_and_rounds(mut fields: Reader<'_>) -> Result<(&[u8], u64), ProtectionTrouble> {
    Ok((fields.expect(OCTET_STRING)?.body, fields.number()?))
}

fn cipher_and_vector<'a>(
    mut reader: Reader<'a>,
    derivation: &Pbkdf2<'_>,
) -> Result<(Cipher, &'a [u8]), ProtectionTrouble> {
    let name = reader.oid()?;
    let cipher = match name {
        oid::AES_128_CBC => Cipher::Aes128,
        oid::AES_192_CBC => Cipher::Aes192,
        oid::AES_256_CBC => Cipher::Aes256,
        oid::DES_EDE3_CBC => Cipher::TripleDes,
        oid::DES_CBC => Cipher::Des,
        oid::RC2_CBC => {
            let mut fields = reader.sequence()?;
            let bits =
                match fields.optional(INTEGER)?.map(|version| version.number()).transpose()? {
                    // RFC 8018 §B.2.3 and RFC 2268 §6.
                    None => 32,
                    Some(160) => 40,
                    Some(120) => 64,
                    Some(58) => 128,
                    Some(_) => return Err(ProtectionTrouble::Malformed),
                };
            let bytes = derivation.told_length().unwrap_or(bits / 8);
            return Ok((Cipher::Rc2 { bytes, bits }, fields.expect(OCTET_STRING)?.body));
        }
        other => return Err(unsupported(other)),
    };
    Ok((cipher, reader.expect(OCTET_STRING)?.body))
}

/// OpenSSL's old key format (`DEK-Info` of PEM): names the cipher, and the vector that is its salt too.
pub(super) fn decrypt_old(
    header: &str,
    text: &[u8],
    form: &Form,
) -> Result<Option<Zeroizing<Vec<u8>>>, ProtectionTrouble> {
    let (name, vector) = header.split_once(',').ok_or(ProtectionTrouble::Malformed)?;
    let cipher = match name.trim().to_ascii_uppercase().as_str() {
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        "DES-EDE3-CBC" => Cipher::TripleDes,
        "DES-CBC" => Cipher::Des,
        other => return Err(ProtectionTrouble::Unsupported(other.chars().take(32).collect())),
    };
    let vector = hexadecimal(vector.trim()).ok_or(ProtectionTrouble::Malformed)?;
    let salt = vector.get(..8).ok_or(ProtectionTrouble::Malformed)?;
    let key = derive::openssl(&form.narrow, salt, cipher.key_length());
    let plain = cipher.decrypt(&key, &vector, text);
    Ok(plain.filter(|plain| Reader::ber(plain).expect(SEQUENCE).is_ok()))
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    const MOST: usize = 32;
    if text.len() > MOST || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// By name where it has one that people know.
pub(super) fn unsupported(number: ObjectIdentifier) -> ProtectionTrouble {
    ProtectionTrouble::Unsupported(match number {
        oid::PKCS12_RC4_128 => "RC4 with 128 bits".to_owned(),
        oid::PKCS12_RC4_40 => "RC4 with 40 bits".to_owned(),
        oid::SCRYPT => "scrypt".to_owned(),
        other => format!("algorithm {other}"),
    })
}
