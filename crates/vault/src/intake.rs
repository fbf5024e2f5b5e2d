//! Intake of certificates: reads what people upload, proves that it works together, and says what is in it.
//!
//! ```text
//!   PKCS#12 --pkcs12, protection--> keys, certificates --+
//!   PEM -----------pem, protection------------------------+--> private_key, chain --> facts, ocsp --> Intake
//! ```
//!
//! Everything here is pure: no file, no clock, no network. Whatever is uploaded, it ends within a bounded time and memory:
//! sizes, counts, nesting and rounds of key derivation have limits, and what goes beyond is refused with the number. It takes
//! up to about a second of one core: callers keep it off the threads of async work. Nothing of a key is in any message.

use elbow_model::certificate::{Certificate, CertificateFacts};
use elbow_model::value::{Der, Timestamp};
use zeroize::Zeroizing;

use self::asn1::{Malformed, Reader, SEQUENCE};
use self::chain::Chain;
use self::passphrase::Passphrase;
use self::pem::PemTrouble;
use self::private_key::PrivateKey;
use self::protection::{ProtectionTrouble, Scheme, Work, decrypt_old};
pub use self::refusal::{Field, Reason, Refusal};
pub use self::warning::Warning;
use self::x509::X509;

mod asn1;
mod chain;
mod distinguished_name;
mod facts;
mod ocsp;
mod oid;
mod passphrase;
mod pem;
mod pkcs12;
mod private_key;
mod protection;
mod public_key;
mod refusal;
mod warning;
mod x509;

/// Bytes of the largest upload; of PEM, for each of its texts.
pub const MAX_UPLOAD_BYTES: usize = 256 * 1_024;

/// Bytes of the longest passphrase.
pub const MAX_PASSPHRASE_BYTES: usize = 1_024;

/// Certificates in one upload.
pub const MAX_CERTIFICATES: usize = 32;

/// Private keys in one upload: one is taken, more are only told apart.
const MAX_KEYS: usize = 8;

/// A certificate and its key that fit together. Has no `Debug`: it holds the key.
pub struct Intake {
    /// What to show to clients: the certificate itself, then each one's issuer, without the root. Never empty.
    pub chain: Vec<Der>,
    /// The private key in PKCS#8.
    pub key: Zeroizing<Vec<u8>>,
    /// An OCSP answer to show with it.
    pub ocsp: Option<Der>,
    /// What the certificate says.
    pub facts: CertificateFacts,
    /// What its owner should know, the worst first.
    pub warnings: Vec<Warning>,
}

/// Certificates of authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorities {
    /// In the order of the upload, without doubles. Never empty.
    pub certificates: Vec<Der>,
    /// What their owner should know.
    pub warnings: Vec<Warning>,
}

/// Reads a PKCS#12 file.
pub fn read_pkcs12(
    file: &[u8],
    passphrase: Option<&str>,
    now: Timestamp,
) -> Result<Intake, Refusal> {
    check_size(file.len(), Field::Pkcs12)?;
    let passphrase = checked(passphrase)?;
    let contents = pkcs12::open(file, passphrase, &mut Work::new())?;
    let key = only_key(&contents.keys).map_err(|reason| reason.of(Field::Pkcs12))?;
    let certificates = parse_all(&contents.certificates);
    let certificates = certificates.map_err(|reason| reason.of(Field::Pkcs12))?;
    let of = |reason: Reason| reason.of(Field::Pkcs12);
    assemble(certificates, key, None, now).map_err(|(_, reason)| of(reason))
}

/// Reads certificates and their key in PEM, or each in Base64 of DER. The key may stand in either text; an OCSP answer may
/// stand beside the certificates (`-----BEGIN OCSP RESPONSE-----`).
pub fn read_pem(
    certificate: &str,
    private_key: &str,
    passphrase: Option<&str>,
    now: Timestamp,
) -> Result<Intake, Refusal> {
    let passphrase = checked(passphrase)?;
    let mut upload = PemUpload::default();
    let mut work = Work::new();
    for (text, field) in [(certificate, Field::Certificate), (private_key, Field::PrivateKey)] {
        check_size(text.len(), field)?;
        upload.take(text, field, passphrase, &mut work)?;
    }
    let key = only_key(&upload.keys).map_err(|reason| reason.of(Field::PrivateKey))?;
    let certificates = parse_all(&upload.certificates);
    let certificates = certificates.map_err(|reason| reason.of(Field::Certificate))?;
    let ocsp = upload.ocsp.as_ref().map(|answer| answer.as_slice());
    assemble(certificates, key, ocsp, now).map_err(|(field, reason)| reason.of(field))
}

/// Reads certificates of authorities in PEM: those that clients' or members' certificates are to be signed by.
pub fn read_ca(certificates: &str, now: Timestamp) -> Result<Authorities, Refusal> {
    let of = |reason: Reason| reason.of(Field::Authorities);
    check_size(certificates.len(), Field::Authorities)?;
    let mut upload = PemUpload::default();
    let nothing = Passphrase(None);
    upload.take(certificates, Field::Authorities, nothing, &mut Work::new())?;
    let certificates = parse_all(&upload.certificates).map_err(of)?;
    let mut warnings = Vec::new();
    for one in &certificates {
        // Old roots are of version 1, which has no place to say that they are an authority's; a server's own certificate can
        // be trusted by itself.
        let can_vouch = one.extensions.is_authority || one.version == 1 || one.is_self_signed();
        if !can_vouch {
            return Err(of(Reason::NotAuthority { subject: one.title() }));
        }
        facts::refuse_as_anchor(one).map_err(of)?;
        warnings.extend(facts::not_valid_now(one, now));
    }
    warnings.truncate(Certificate::MAX_WARNINGS);
    let certificates = certificates.into_iter().map(|one| Der::new(one.der)).collect();
    Ok(Authorities { certificates, warnings })
}

fn check_size(found: usize, field: Field) -> Result<(), Refusal> {
    match found {
        0 => Err(Reason::Empty.of(field)),
        1..=MAX_UPLOAD_BYTES => Ok(()),
        _ => Err(Reason::TooLarge { found, most: MAX_UPLOAD_BYTES }.of(field)),
    }
}

fn checked(passphrase: Option<&str>) -> Result<Passphrase<'_>, Refusal> {
    let found = passphrase.map_or(0, str::len);
    if found > MAX_PASSPHRASE_BYTES {
        let most = MAX_PASSPHRASE_BYTES;
        return Err(Reason::PassphraseTooLong { found, most }.of(Field::Passphrase));
    }
    Ok(Passphrase(passphrase))
}

/// What PEM texts hold.
#[derive(Default)]
struct PemUpload {
    certificates: Vec<Zeroizing<Vec<u8>>>,
    keys: Vec<Zeroizing<Vec<u8>>>,
    ocsp: Option<Zeroizing<Vec<u8>>>,
}

impl PemUpload {
    fn take(
        &mut self,
        text: &str,
        field: Field,
        passphrase: Passphrase<'_>,
        work: &mut Work,
    ) -> Result<(), Refusal> {
        let of = |reason: Reason| reason.of(field);
        let blocks = pem::blocks(text).map_err(|trouble| {
            of(match trouble {
                PemTrouble::Malformed => Reason::Damaged { what: "a PEM block" },
                PemTrouble::TooMany => {
                    Reason::TooMany { what: "PEM blocks", most: pem::MAX_BLOCKS }
                }
            })
        })?;
        if blocks.is_empty() {
            return self.take_bare(text, field, passphrase, work);
        }
        for block in blocks {
            match block.label {
                "CERTIFICATE" | "X509 CERTIFICATE" => self.certificates.push(block.contents),
                "TRUSTED CERTIFICATE" => {
                    // OpenSSL adds what it is trusted for.
                    let whole = Reader::ber(&block.contents).expect(SEQUENCE);
                    let der = whole.map(|one| one.encoded.to_vec()).unwrap_or_default();
                    self.certificates.push(Zeroizing::new(der));
                }
                "OCSP RESPONSE" => self.ocsp = Some(block.contents),
                // Keys of authorities are not asked for, and not looked at.
                _ if field == Field::Authorities => {}
                "OPENSSH PRIVATE KEY" => return Err(of(OPENSSH_KEY)),
                label if label.ends_with("PRIVATE KEY") => {
                    let key = open_key(block.contents, block.encryption, passphrase, work);
                    self.keys.push(key?);
                }
                "PKCS7" | "CMS" => return Err(of(PKCS7)),
                "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => return Err(of(REQUEST)),
                "PUBLIC KEY" if field == Field::PrivateKey => return Err(of(PUBLIC_KEY)),
                // Parameters of curves, lists of revoked certificates and the like.
                _ => {}
            }
        }
        Ok(())
    }

    /// Text without PEM blocks: Base64 of DER.
    fn take_bare(
        &mut self,
        text: &str,
        field: Field,
        passphrase: Passphrase<'_>,
        work: &mut Work,
    ) -> Result<(), Refusal> {
        let not_pem = || {
            let remedy = "give it with its lines `-----BEGIN ...-----` and `-----END ...-----`";
            Reason::OtherFormat { found: "not PEM", remedy }.of(field)
        };
        let der = pem::base64(text).map_err(|Malformed| not_pem())?;
        let mut inside = Reader::ber(&der).sequence().map_err(|Malformed| not_pem())?;
        if inside.number() == Ok(3) {
            return Err(PKCS12.of(field));
        }
        if field == Field::PrivateKey {
            self.keys.push(open_key(der, None, passphrase, work)?);
        } else {
            self.certificates.push(der);
        }
        Ok(())
    }
}

const OPENSSH_KEY: Reason = Reason::OtherFormat {
    found: "a private key of OpenSSH",
    remedy: "convert a copy of it: ssh-keygen -p -m PKCS8 -f COPY",
};
const PKCS7: Reason = Reason::OtherFormat {
    found: "a PKCS#7 bundle",
    remedy: "convert it: openssl pkcs7 -print_certs -in FILE",
};
const REQUEST: Reason = Reason::OtherFormat {
    found: "a certificate request",
    remedy: "give the certificate that the authority made of it",
};
const PUBLIC_KEY: Reason =
    Reason::OtherFormat { found: "a public key", remedy: "give the private key" };
const PKCS12: Reason =
    Reason::OtherFormat { found: "a PKCS#12 file", remedy: "give it as `pkcs12`" };

/// Decrypts a key that is encrypted.
fn open_key(
    key: Zeroizing<Vec<u8>>,
    old_encryption: Option<&str>,
    passphrase: Passphrase<'_>,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    const WHAT: &str = "the private key";
    let of = |trouble: ProtectionTrouble| pkcs12::reason(WHAT)(trouble).of(Field::PrivateKey);
    if old_encryption.is_none() && !private_key::is_encrypted(&key) {
        return Ok(key);
    }
    if passphrase.is_empty() {
        return Err(Reason::PassphraseNeeded { what: WHAT }.of(Field::Passphrase));
    }
    for form in passphrase.forms() {
        let plain = match old_encryption {
            Some(header) => decrypt_old(header, &key, &form),
            None => {
                let malformed = |Malformed| of(ProtectionTrouble::Malformed);
                let mut fields = Reader::ber(&key).sequence().map_err(malformed)?;
                let scheme = Scheme::parse(fields.sequence().map_err(malformed)?).map_err(of)?;
                let text = fields.any().and_then(|text| text.octets()).map_err(malformed)?;
                scheme.decrypt(&text, &form, work)
            }
        };
        if let Some(plain) = plain.map_err(of)? {
            return Ok(plain);
        }
    }
    Err(Reason::PassphraseWrong { what: WHAT }.of(Field::Passphrase))
}

/// The one key, however often it is there.
fn only_key(keys: &[Zeroizing<Vec<u8>>]) -> Result<PrivateKey, Reason> {
    if keys.len() > MAX_KEYS {
        return Err(Reason::TooMany { what: "private keys", most: MAX_KEYS });
    }
    let mut found: Vec<PrivateKey> = Vec::new();
    for key in keys {
        let key = PrivateKey::parse(key)?;
        if !found.iter().any(|known| known.public_key.is(&key.public_key)) {
            found.push(key);
        }
    }
    match (found.pop(), found.len()) {
        (None, _) => Err(Reason::NoKey),
        (Some(key), 0) => Ok(key),
        (Some(_), others) => Err(Reason::SeveralKeys { count: others + 1 }),
    }
}

/// The certificates, without doubles.
fn parse_all<B: AsRef<[u8]>>(certificates: &[B]) -> Result<Vec<X509>, Reason> {
    if certificates.len() > MAX_CERTIFICATES {
        return Err(Reason::TooMany { what: "certificates", most: MAX_CERTIFICATES });
    }
    let mut found: Vec<X509> = Vec::new();
    for der in certificates {
        let what = "a certificate";
        let one = X509::parse(der.as_ref()).map_err(|Malformed| Reason::Damaged { what })?;
        if !found.iter().any(|known| known.der == one.der) {
            found.push(one);
        }
    }
    if found.is_empty() { Err(Reason::NoCertificate) } else { Ok(found) }
}

fn assemble(
    certificates: Vec<X509>,
    key: PrivateKey,
    ocsp: Option<&[u8]>,
    now: Timestamp,
) -> Result<Intake, (Field, Reason)> {
    let of_certificate = |reason| (Field::Certificate, reason);
    let chain = Chain::find(certificates, &key).map_err(|reason| match reason {
        Reason::KeyMismatch { .. } => (Field::PrivateKey, reason),
        reason => (Field::Certificate, reason),
    })?;
    let (facts, mut warnings) = facts::read(&chain, now).map_err(of_certificate)?;
    let ocsp = staple(&chain, ocsp, now, &mut warnings).map_err(of_certificate)?;
    warnings.extend(chain.warnings);
    warnings.truncate(Certificate::MAX_WARNINGS);
    let chain = chain.served.into_iter().map(|one| Der::new(one.der)).collect();
    Ok(Intake { chain, key: key.pkcs8, ocsp, facts, warnings })
}

/// The OCSP answer, if there is one that can be shown.
fn staple(
    chain: &Chain,
    answer: Option<&[u8]>,
    now: Timestamp,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Der>, Reason> {
    let leaf = chain.leaf();
    let mut shown = None;
    if let Some(answer) = answer {
        if answer.len() > Certificate::MAX_OCSP_BYTES {
            return Err(Reason::TooLarge {
                found: answer.len(),
                most: Certificate::MAX_OCSP_BYTES,
            });
        }
        match ocsp::check(answer, leaf, chain.issuer_of_leaf(), now)? {
            Ok(()) => shown = Some(Der::new(answer)),
            Err(warning) => warnings.push(warning),
        }
    }
    if leaf.extensions.demands_staple && shown.is_none() {
        warnings.push(Warning::StapleMissing);
    }
    Ok(shown)
}
