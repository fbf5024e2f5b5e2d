//! What a chain says, for people and for the choice by server name, and what its owner should know about it.

use std::net::IpAddr;

use aws_lc_rs::digest;
use elbow_model::certificate::{Certificate, CertificateFacts, IssuerFacts};
use elbow_model::rule::HostPattern;
use elbow_model::value::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;

use super::chain::Chain;
use super::distinguished_name;
use super::oid;
use super::refusal::Reason;
use super::warning::Warning;
use super::x509::{AltName, X509};

/// Reads the facts of a chain, if its first certificate can be served.
pub(super) fn read(
    chain: &Chain,
    now: Timestamp,
) -> Result<(CertificateFacts, Vec<Warning>), Reason> {
    let leaf = chain.leaf();
    refuse_unusable(leaf)?;
    let (names, mut warnings) = names(leaf)?;
    warnings.extend(about_use(leaf));
    warnings.extend(about_chain(&chain.served, now));
    let issuers = chain.served[1..].iter().map(|one| IssuerFacts {
        subject: one.subject_text(),
        issuer: one.issuer_text(),
        not_after: one.not_after,
    });
    let facts = CertificateFacts {
        subject: leaf.subject_text(),
        issuer: leaf.issuer_text(),
        names,
        serial: leaf.serial_text(),
        not_before: leaf.not_before,
        not_after: leaf.not_after,
        key_type: leaf.public_key.kind()?,
        fingerprint_sha256: fingerprint(&leaf.der),
        issuers: issuers.collect(),
    };
    Ok((facts, warnings))
}

/// Refuses what no client would accept, or what the TLS library does not take.
fn refuse_unusable(leaf: &X509) -> Result<(), Reason> {
    if leaf.version != 3 {
        return Err(Reason::OldVersion { version: leaf.version });
    }
    // Nobody looks at the signature of a certificate that is trusted by itself.
    if let Some(algorithm) = leaf.weak_signature().filter(|_| leaf.subject != leaf.issuer) {
        return Err(Reason::WeakSignature { algorithm });
    }
    let der = CertificateDer::from(leaf.der.as_slice());
    ParsedCertificate::try_from(&der)
        .map(drop)
        .map_err(|error| Reason::NotServable { why: error.to_string() })
}

/// Refuses what the TLS library does not take as the end of a chain.
pub(super) fn refuse_as_anchor(authority: &X509) -> Result<(), Reason> {
    let der = CertificateDer::from(authority.der.as_slice());
    RootCertStore::empty().add(der).map_err(|error| Reason::NotServable { why: error.to_string() })
}

/// The names that clients will match (RFC 6125 §6.4), without doubles.
fn names(leaf: &X509) -> Result<(Vec<HostPattern>, Vec<Warning>), Reason> {
    let mut names: Vec<HostPattern> = Vec::new();
    let mut warnings = Vec::new();
    for name in &leaf.extensions.names {
        match pattern(name) {
            Ok(pattern) if names.contains(&pattern) => {}
            Ok(_) if names.len() == Certificate::MAX_NAMES => {
                return Err(Reason::TooMany { what: "names", most: Certificate::MAX_NAMES });
            }
            Ok(pattern) => names.push(pattern),
            Err(warning) => warnings.push(warning),
        }
    }
    if names.is_empty() {
        let common_name = distinguished_name::common_name(&leaf.subject).unwrap_or_default();
        warnings.insert(0, Warning::NoNames { common_name });
    }
    Ok((names, warnings))
}

fn pattern(name: &AltName) -> Result<HostPattern, Warning> {
    let (text, why) = match name {
        AltName::Dns(text) if text.parse::<IpAddr>().is_ok() => (
            text.clone(),
            "it is an address among the names; clients look for it among the addresses",
        ),
        AltName::Dns(text) | AltName::Broken(text) => {
            let why = if text.contains('*') && !is_wildcard(text) {
                "`*` may only stand for the whole first part"
            } else {
                "it is no host name"
            };
            (text.clone(), why)
        }
        AltName::Ip(address) => (address.to_string(), "it is no address"),
    };
    let is_usable = match name {
        AltName::Dns(text) => text.parse::<IpAddr>().is_err(),
        AltName::Ip(_) => true,
        AltName::Broken(_) => false,
    };
    let pattern = text.parse().ok().filter(|_| is_usable);
    pattern.ok_or(Warning::NameIgnored { name: text, why })
}

fn is_wildcard(name: &str) -> bool {
    name.strip_prefix("*.").is_some_and(|rest| !rest.contains('*'))
}

fn about_use(leaf: &X509) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !leaf.is_for(oid::SERVER_AUTH) {
        warnings.push(Warning::NotForServers { what: "extended key usage `serverAuth`" });
    }
    if leaf.extensions.key_usage.is_some_and(|usage| !usage.signs) {
        warnings.push(Warning::NotForServers { what: "key usage `digitalSignature`" });
    }
    if leaf.extensions.is_authority {
        warnings.push(Warning::Authority);
    }
    warnings
}

fn about_chain(served: &[X509], now: Timestamp) -> Vec<Warning> {
    let mut warnings: Vec<Warning> =
        served.iter().filter_map(|one| not_valid_now(one, now)).collect();
    // Nobody looks at the signature of what is trusted by itself.
    for one in served.iter().filter(|one| one.subject != one.issuer) {
        if let Some(algorithm) = one.weak_signature() {
            warnings.push(Warning::WeakSignature { subject: one.title(), algorithm });
        }
    }
    let powerless = served[1..].iter().filter(|one| !one.extensions.is_authority);
    warnings.extend(powerless.map(|one| Warning::IssuerNotAuthority { subject: one.title() }));
    warnings
}

pub(super) fn not_valid_now(one: &X509, now: Timestamp) -> Option<Warning> {
    (!one.is_valid_at(now)).then(|| Warning::NotValidNow {
        subject: one.title(),
        not_before: one.not_before,
        not_after: one.not_after,
    })
}

fn fingerprint(der: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, der);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
