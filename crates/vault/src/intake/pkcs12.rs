//! PKCS#12 files (RFC 7292) of every vintage: opens one and gives what it holds. What belongs to what is not decided here.
//!
//! ```text
//!   PFX { version, authSafe: ContentInfo { data }, macData? }
//!     data = AuthenticatedSafe: a list of ContentInfo, each { data } or { encryptedData }
//!       each = SafeContents: a list of bags: keys, encrypted keys, certificates, further lists
//! ```

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::asn1::{Malformed, OCTET_STRING, Reader, SEQUENCE, context, context_primitive};
use super::oid;
use super::passphrase::{Form, Passphrase};
use super::protection::derive::{Purpose, pkcs12 as derive};
use super::protection::hash::Hash;
use super::protection::{MAX_ROUNDS, Pbkdf2, ProtectionTrouble, Scheme, Work, unsupported};
use super::refusal::{Field, Reason, Refusal};

/// Bags in one file: a key, its chain, and some more.
const MAX_BAGS: usize = 32;

/// How deep lists of bags may stand in each other.
const MAX_LISTS: u8 = 4;

/// Bytes of the shortest key of a checksum with PBMAC1: a shorter one fits to many passphrases.
const MIN_CHECKSUM_KEY: usize = 20;

const FILE: &str = "the PKCS#12 file";

/// What a file holds. Has no `Debug`.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) keys: Vec<Zeroizing<Vec<u8>>>,
    pub(super) certificates: Vec<Vec<u8>>,
}

/// What became of the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checksum {
    /// There is none.
    Absent,
    /// It proves the passphrase and the contents.
    Right,
    /// Passphrase or contents are wrong.
    Wrong,
}

/// Opens a file.
pub(super) fn open(
    bytes: &[u8],
    passphrase: Passphrase<'_>,
    work: &mut Work,
) -> Result<Contents, Refusal> {
    let mut file = begin(bytes).map_err(|reason| reason.of(Field::Pkcs12))?;
    let mut opening = Opening {
        forms: passphrase.forms(),
        work,
        checksum: Checksum::Absent,
        found: Contents::default(),
        bags: 0,
        opened: false,
        closed: false,
    };
    opening.read(&mut file).map_err(|reason| reason.of(Field::Pkcs12))?;
    match (opening.checksum, opening.opened, opening.closed) {
        (Checksum::Wrong, true, _) => Err(Reason::ChecksumWrong.of(Field::Pkcs12)),
        // The checksum covers all: what does not open is not damaged.
        (Checksum::Right, _, true) | (Checksum::Absent, true, true) => {
            Err(Reason::PassphrasesDiffer.of(Field::Pkcs12))
        }
        (Checksum::Wrong, false, _) | (Checksum::Absent, false, true) => {
            let what = FILE;
            let reason = if passphrase.is_empty() {
                Reason::PassphraseNeeded { what }
            } else {
                Reason::PassphraseWrong { what }
            };
            Err(reason.of(Field::Passphrase))
        }
        (Checksum::Right | Checksum::Absent, _, false) => Ok(opening.found),
    }
}

/// The inside of the file, if it is one.
fn begin(bytes: &[u8]) -> Result<Reader<'_>, Reason> {
    let other = |found, remedy| Err(Reason::OtherFormat { found, remedy });
    let as_pem = "give it as `certificate` and `private_key`, or export both as PKCS#12";
    match bytes {
        [b'-', b'-', b'-', b'-', ..] => return other("PEM text", as_pem),
        [b'M', b'I', ..] => {
            return other("Base64 inside of Base64", "encode the file's bytes once");
        }
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => {
            let remedy = "convert it: keytool -importkeystore -srckeystore OLD -destkeystore NEW -deststoretype PKCS12";
            return other("an old Java keystore (JKS)", remedy);
        }
        _ => {}
    }
    let not_pkcs12 = |Malformed| Reason::OtherFormat {
        found: "not a PKCS#12 file",
        remedy: "give the bytes of a .p12 or .pfx file in Base64",
    };
    let mut file = Reader::ber(bytes).sequence().map_err(not_pkcs12)?;
    let mut ahead = file;
    if ahead.oid() == Ok(oid::SIGNED_DATA) {
        let remedy = "it has certificates only; export them together with the key as PKCS#12";
        return other("a PKCS#7 bundle", remedy);
    }
    if ahead.sequence().is_ok() {
        return other("a certificate or a key alone", as_pem);
    }
    match file.number() {
        Ok(3) => Ok(file),
        _ => Err(not_pkcs12(Malformed)),
    }
}

/// A file being opened.
struct Opening<'w> {
    /// The ways to read the passphrase; the one that proved right comes first.
    forms: Vec<Form>,
    work: &'w mut Work,
    checksum: Checksum,
    found: Contents,
    bags: usize,
    /// Whether something encrypted was opened.
    opened: bool,
    /// Whether something encrypted did not open.
    closed: bool,
}

impl Opening<'_> {
    fn read(&mut self, file: &mut Reader<'_>) -> Result<(), Reason> {
        let damaged = |Malformed| Reason::Damaged { what: "its outer structure" };
        let mut safe = file.sequence().map_err(damaged)?;
        match safe.oid().map_err(damaged)? {
            oid::DATA => {}
            oid::SIGNED_DATA => {
                let algorithm = "a signature instead of a passphrase".to_owned();
                return Err(Reason::UnsupportedProtection { algorithm });
            }
            _ => return Err(damaged(Malformed)),
        }
        let safe = explicit_octets(&mut safe).map_err(damaged)?;
        if let Some(mac) = file.optional(SEQUENCE).map_err(damaged)? {
            self.checksum = self.check(mac.reader(), &safe).map_err(reason("its checksum"))?;
        }
        let what = "the list of its contents";
        let mut list =
            Reader::ber(&safe).sequence().map_err(|Malformed| Reason::Damaged { what })?;
        while !list.is_empty() {
            let content = list.sequence().map_err(|Malformed| Reason::Damaged { what })?;
            self.read_content(content).map_err(|trouble| trouble.reason("its contents"))?;
        }
        Ok(())
    }

    /// `MacData` (RFC 7292 §4), or `PBMAC1` in it (RFC 9579).
    fn check(&mut self, mut mac: Reader<'_>, safe: &[u8]) -> Result<Checksum, ProtectionTrouble> {
        let mut told = mac.sequence()?;
        let mut algorithm = told.sequence()?;
        let tag = told.expect(OCTET_STRING)?.octets()?;
        let name = algorithm.oid()?;
        let right = if name == oid::PBMAC1 {
            self.find_pbmac1(algorithm.sequence()?, safe, &tag)?
        } else {
            let hash = Hash::from_oid(name).ok_or_else(|| unsupported(name))?;
            let salt = mac.expect(OCTET_STRING)?.octets()?;
            let rounds = if mac.is_empty() { 1 } else { mac.number()? };
            let length = hash.length();
            let checksum = (hash, Purpose::Checksum);
            let mut right = None;
            for (place, form) in self.forms.iter().enumerate() {
                if self.forms[..place].iter().any(|tried| tried.wide == form.wide) {
                    continue;
                }
                let key = derive(checksum, &form.wide, &salt, rounds, length, self.work)?;
                if hash.is_hmac(&key, safe, &tag) {
                    right = Some(place);
                    break;
                }
            }
            right
        };
        let Some(right) = right else { return Ok(Checksum::Wrong) };
        self.forms.swap(0, right);
        Ok(Checksum::Right)
    }

    fn find_pbmac1(
        &mut self,
        mut parameters: Reader<'_>,
        safe: &[u8],
        tag: &[u8],
    ) -> Result<Option<usize>, ProtectionTrouble> {
        let derivation = Pbkdf2::parse(parameters.sequence()?)?;
        let scheme = parameters.sequence()?.oid()?;
        let hash = Hash::from_hmac_oid(scheme).ok_or_else(|| unsupported(scheme))?;
        let length = derivation.told_length().filter(|length| *length >= MIN_CHECKSUM_KEY);
        let length = length.ok_or(ProtectionTrouble::Malformed)?;
        for (place, form) in self.forms.iter().enumerate() {
            if self.forms[..place].iter().any(|tried| tried.narrow == form.narrow) {
                continue;
            }
            let key = derivation.derive(&form.narrow, length, self.work)?;
            if hash.is_hmac(&key, safe, tag) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn read_content(&mut self, mut content: Reader<'_>) -> Result<(), BagTrouble> {
        match content.oid()? {
            oid::DATA => self.read_bags(&explicit_octets(&mut content)?, MAX_LISTS),
            oid::ENCRYPTED_DATA => {
                let mut data = content.expect(context(0))?.reader().sequence()?;
                data.number()?;
                let mut inner = data.sequence()?;
                inner.oid()?;
                let scheme = Scheme::parse(inner.sequence()?)?;
                let text = inner.any()?;
                if text.tag & !0x20 != context_primitive(0) {
                    return Err(Malformed.into());
                }
                match self.decrypt(&scheme, &text.octets()?)? {
                    Some(list) => self.read_bags(&list, MAX_LISTS),
                    None => Ok(()),
                }
            }
            oid::ENVELOPED_DATA => {
                let algorithm = "a public key instead of a passphrase".to_owned();
                Err(BagTrouble::Protection(ProtectionTrouble::Unsupported(algorithm)))
            }
            _ => Ok(()),
        }
    }

    fn read_bags(&mut self, list: &[u8], lists_left: u8) -> Result<(), BagTrouble> {
        let mut list = Reader::ber(list).sequence()?;
        while !list.is_empty() {
            self.bags += 1;
            if self.bags > MAX_BAGS || lists_left == 0 {
                return Err(BagTrouble::TooMany);
            }
            let mut bag = list.sequence()?;
            let kind = bag.oid()?;
            let mut value = bag.expect(context(0))?.reader();
            match kind {
                oid::KEY_BAG => {
                    let key = value.expect(SEQUENCE)?.encoded.to_vec();
                    self.found.keys.push(Zeroizing::new(key));
                }
                oid::SHROUDED_KEY_BAG => {
                    let mut key = value.sequence()?;
                    let scheme = Scheme::parse(key.sequence()?)?;
                    let text = key.any()?.octets()?;
                    let key = self.decrypt(&scheme, &text)?;
                    self.found.keys.extend(key);
                }
                oid::CERTIFICATE_BAG => {
                    let mut certificate = value.sequence()?;
                    if certificate.oid()? == oid::X509_CERTIFICATE {
                        let der = explicit_octets(&mut certificate)?.into_owned();
                        self.found.certificates.push(der);
                    }
                }
                oid::SAFE_CONTENTS_BAG => {
                    let inner = value.expect(SEQUENCE)?.encoded;
                    self.read_bags(inner, lists_left - 1)?;
                }
                // Lists of revoked certificates and other secrets.
                _ => {}
            }
        }
        Ok(())
    }

    fn decrypt(
        &mut self,
        scheme: &Scheme<'_>,
        text: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ProtectionTrouble> {
        if self.checksum == Checksum::Wrong && self.closed {
            // The passphrase is wrong: nothing else will open either.
            return Ok(None);
        }
        for (place, form) in self.forms.iter().enumerate() {
            let secret = scheme.secret(form);
            if self.forms[..place].iter().any(|tried| scheme.secret(tried) == secret) {
                continue;
            }
            if let Some(plain) = scheme.decrypt(text, form, self.work)? {
                self.opened = true;
                return Ok(Some(plain));
            }
        }
        self.closed = true;
        Ok(None)
    }
}

/// Why bags are not read.
enum BagTrouble {
    Malformed,
    TooMany,
    Protection(ProtectionTrouble),
}

impl From<Malformed> for BagTrouble {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<ProtectionTrouble> for BagTrouble {
    fn from(trouble: ProtectionTrouble) -> Self {
        Self::Protection(trouble)
    }
}

impl BagTrouble {
    fn reason(self, what: &'static str) -> Reason {
        match self {
            Self::Malformed => Reason::Damaged { what },
            Self::TooMany => Reason::TooMany { what: "certificates and keys", most: MAX_BAGS },
            Self::Protection(trouble) => reason(what)(trouble),
        }
    }
}

/// A protection's trouble as the reason to refuse the file that has it.
pub(super) fn reason(what: &'static str) -> impl Fn(ProtectionTrouble) -> Reason {
    move |trouble| match trouble {
        ProtectionTrouble::Malformed => Reason::Damaged { what },
        ProtectionTrouble::Unsupported(algorithm) => Reason::UnsupportedProtection { algorithm },
        ProtectionTrouble::TooMuchWork(asked) => Reason::TooMuchWork { asked, most: MAX_ROUNDS },
    }
}

/// An octet string in `[0]`.
fn explicit_octets<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, Malformed> {
    let octets = reader.expect(context(0))?.reader().any()?;
    if octets.tag & !0x20 == OCTET_STRING { octets.octets() } else { Err(Malformed) }
}
