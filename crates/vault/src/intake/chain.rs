//! The chain that a server shows: the certificate that the key belongs to, then each one's issuer, as far as the upload has
//! them. Found by names and proven by signatures; the order in the upload does not matter.
//!
//! A root is not shown: clients that trust it have it, and others would not believe it (RFC 8446 §4.4.2).

use elbow_model::certificate::Certificate;

use super::private_key::PrivateKey;
use super::refusal::Reason;
use super::warning::Warning;
use super::x509::X509;

/// What was made of the certificates in an upload.
pub(super) struct Chain {
    /// The key's own certificate first. Never empty.
    pub(super) served: Vec<X509>,
    /// The root, if the upload has it.
    pub(super) root: Option<X509>,
    pub(super) warnings: Vec<Warning>,
}

impl Chain {
    /// Finds it among `certificates`.
    pub(super) fn find(certificates: Vec<X509>, key: &PrivateKey) -> Result<Self, Reason> {
        let mut rest = certificates;
        let leaf = take_leaf(&mut rest, key)?;
        let mut served = vec![leaf];
        let mut root = None;
        while let Some(issuer) = served.last().and_then(|last| take_issuer(&mut rest, last)) {
            if issuer.is_self_signed() {
                root = Some(issuer);
                break;
            }
            served.push(issuer);
        }
        refuse_overlong(&served)?;
        let mut warnings = Vec::new();
        warnings.extend(missing(&served, root.as_ref()));
        // A cross-signed authority is often given with its other, self-signed certificate.
        let known = |one: &X509| {
            served.iter().any(|s| s.subject == one.subject && s.public_key.is(&one.public_key))
        };
        let unrelated = rest.iter().filter(|one| !known(one));
        warnings.extend(unrelated.map(|one| Warning::Unrelated { subject: one.title() }));
        Ok(Self { served, root, warnings })
    }

    /// The key's own certificate.
    pub(super) fn leaf(&self) -> &X509 {
        &self.served[0]
    }

    /// The certificate of the leaf's issuer, if the upload has it.
    pub(super) fn issuer_of_leaf(&self) -> Option<&X509> {
        self.served.get(1).or(self.root.as_ref())
    }
}

/// Takes the certificate that the key belongs to. After renewals with the same key there are several: a server's before an
/// authority's, then the one that is valid longest.
fn take_leaf(certificates: &mut Vec<X509>, key: &PrivateKey) -> Result<X509, Reason> {
    let fitting = |(_, one): &(usize, &X509)| one.public_key.is(&key.public_key);
    let rank = |(_, one): &(usize, &X509)| (!one.extensions.is_authority, one.not_after);
    let best = certificates.iter().enumerate().filter(fitting).max_by_key(rank);
    let best = best.map(|(place, _)| place);
    best.map(|place| certificates.remove(place)).ok_or_else(|| mismatch(certificates))
}

fn mismatch(certificates: &[X509]) -> Reason {
    const SHOWN: usize = 3;
    let mut subjects: Vec<String> =
        certificates.iter().take(SHOWN).map(|one| format!("`{}`", one.title())).collect();
    if certificates.len() > SHOWN {
        subjects.push(format!("{} more", certificates.len() - SHOWN));
    }
    Reason::KeyMismatch { subjects: subjects.join(", ") }
}

/// Takes the certificate that signed `last`. Of several, one that somebody else signed: it leads to more roots.
fn take_issuer(certificates: &mut Vec<X509>, last: &X509) -> Option<X509> {
    if last.is_self_signed() {
        return None;
    }
    let rank = |(_, one): &(usize, &X509)| (one.subject != one.issuer, one.not_after);
    let candidates = certificates.iter().enumerate();
    let best = candidates.filter(|(_, one)| last.is_signed_by(one)).max_by_key(rank);
    best.map(|(place, _)| place).map(|place| certificates.remove(place))
}

fn refuse_overlong(served: &[X509]) -> Result<(), Reason> {
    if served.len() > Certificate::MAX_CHAIN {
        let what = "certificates in the chain";
        return Err(Reason::TooMany { what, most: Certificate::MAX_CHAIN });
    }
    let found: usize = served.iter().map(|one| one.der.len()).sum();
    let most = Certificate::MAX_CHAIN_BYTES;
    if found > most { Err(Reason::TooLarge { found, most }) } else { Ok(()) }
}

/// Whether clients are likely to miss something. A chain of several that ends without its root is as it should be; a
/// certificate alone mostly lacks its intermediate.
fn missing(served: &[X509], root: Option<&X509>) -> Option<Warning> {
    let [leaf] = served else { return None };
    if leaf.is_self_signed() {
        return Some(Warning::SelfSigned);
    }
    root.is_none().then(|| Warning::MissingIntermediate {
        issuer: leaf.issuer_text(),
        url: leaf.extensions.issuer_url.clone(),
    })
}
