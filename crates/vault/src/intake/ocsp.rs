//! OCSP answers (RFC 6960) to show with a certificate: believed only if its issuer, or who that one chose for it, signed
//! it.

use elbow_model::value::Timestamp;

use super::asn1::{
    BIT_STRING, ENUMERATED, Element, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, context,
    context_primitive,
};
use super::oid;
use super::protection::hash::Hash;
use super::refusal::Reason;
use super::warning::Warning;
use super::x509::X509;

/// Certificates in an answer: that of who signed it, and perhaps a chain.
const MAX_SIGNERS: usize = 8;

/// Certificates that one answer may be about.
const MAX_SUBJECTS: usize = 32;

/// Whether `answer` can be shown with `leaf`; a warning if it must be left out.
pub(super) fn check(
    answer: &[u8],
    leaf: &X509,
    issuer: Option<&X509>,
    now: Timestamp,
) -> Result<Result<(), Warning>, Reason> {
    let damaged = |Malformed| Reason::Damaged { what: "the OCSP answer" };
    let mut response = Reader::der(answer).sequence().map_err(damaged)?;
    let status = response.expect(ENUMERATED).and_then(|e| e.number()).map_err(damaged)?;
    if status != 0 {
        return Err(Reason::OcspFailed { status: status_name(status) });
    }
    let basic = basic(&mut response).map_err(damaged)?;
    let mut basic = Reader::der(basic.body).sequence().map_err(damaged)?;
    let data = basic.expect(SEQUENCE).map_err(damaged)?;
    let unsigned = || Reason::OcspUnsigned { issuer: leaf.issuer_text() };
    let issuer = issuer.ok_or_else(unsigned)?;
    if !is_signed(&mut basic, data, issuer, now).map_err(damaged)? {
        return Err(unsigned());
    }
    let single = about(data, leaf, issuer).map_err(damaged)?.ok_or(Reason::OcspForeign)?;
    match single.state {
        State::Revoked => Err(Reason::Revoked),
        State::Unknown => Ok(Err(Warning::StapleUnknown)),
        State::Good => {
            let is_now = single.from <= now && single.until.is_none_or(|until| now <= until);
            let (from, until) = (single.from, single.until);
            Ok(if is_now { Ok(()) } else { Err(Warning::StapleStale { from, until }) })
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Revoked,
    Unknown,
}

/// What an answer says about one certificate.
struct Single {
    state: State,
    from: Timestamp,
    until: Option<Timestamp>,
}

/// The only kind of answer that there is (RFC 6960 §4.2.1).
fn basic<'a>(response: &mut Reader<'a>) -> Result<Element<'a>, Malformed> {
    let mut bytes = response.expect(context(0))?.reader().sequence()?;
    if bytes.oid()? != oid::OCSP_BASIC {
        return Err(Malformed);
    }
    bytes.expect(OCTET_STRING)
}

/// Whether the issuer signed `data`, or somebody with the issuer's certificate for it (RFC 6960 §4.2.2.2).
fn is_signed(
    rest: &mut Reader<'_>,
    data: Element<'_>,
    issuer: &X509,
    now: Timestamp,
) -> Result<bool, Malformed> {
    let algorithm = rest.expect(SEQUENCE)?.body;
    let signature = rest.expect(BIT_STRING)?.bits()?;
    if issuer.public_key.signed(algorithm, data.encoded, signature) {
        return Ok(true);
    }
    let Some(signers) = rest.optional(context(0))? else { return Ok(false) };
    let mut signers = signers.reader().sequence()?;
    for _ in 0..MAX_SIGNERS {
        if signers.is_empty() {
            break;
        }
        let signer = X509::parse(signers.expect(SEQUENCE)?.encoded)?;
        let purposes = signer.extensions.purposes.as_ref();
        if purposes.is_some_and(|all| all.contains(&oid::OCSP_SIGNING))
            && signer.is_valid_at(now)
            && signer.is_signed_by(issuer)
            && signer.public_key.signed(algorithm, data.encoded, signature)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the answer says about `leaf`, if anything.
fn about(data: Element<'_>, leaf: &X509, issuer: &X509) -> Result<Option<Single>, Malformed> {
    let mut data = data.reader();
    data.optional(context(0))?;
    // Who answers, and when.
    data.any()?;
    data.any()?;
    let mut list = data.sequence()?;
    for _ in 0..MAX_SUBJECTS {
        if list.is_empty() {
            break;
        }
        let mut single = list.sequence()?;
        if !is_about(single.sequence()?, leaf, issuer)? {
            continue;
        }
        const GOOD: u8 = context_primitive(0);
        const REVOKED: u8 = context(1);
        let state = match single.any()?.tag {
            GOOD => State::Good,
            REVOKED => State::Revoked,
            _ => State::Unknown,
        };
        let from = single.any()?.time()?;
        let until = single.optional(context(0))?;
        let until = until.map(|until| until.reader().any()?.time()).transpose()?;
        return Ok(Some(Single { state, from, until }));
    }
    Ok(None)
}

/// Whether a `CertID` is that of `leaf`.
fn is_about(mut id: Reader<'_>, leaf: &X509, issuer: &X509) -> Result<bool, Malformed> {
    let hash = Hash::from_oid(id.sequence()?.oid()?);
    let name = id.expect(OCTET_STRING)?.body;
    let key = id.expect(OCTET_STRING)?.body;
    let serial = id.expect(INTEGER)?;
    let serial = serial.magnitude().unwrap_or(serial.body);
    let is_issuer = hash.is_some_and(|hash| {
        *hash.digest(&issuer.subject) == *name && *hash.digest(issuer.public_key.bits()) == *key
    });
    Ok(is_issuer && serial == leaf.serial)
}

fn status_name(status: u64) -> &'static str {
    match status {
        1 => "malformed request",
        2 => "internal error",
        3 => "try later",
        5 => "signature required",
        6 => "unauthorized",
        _ => "an unknown status",
    }
}
