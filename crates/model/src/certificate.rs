//! Certificates with their sealed keys, and the one rule about who may see and use them.
//!
//! What a certificate says was read by the vault when it came in; here it is only believed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::change::Author;
use crate::listener::ListenerTls;
use crate::rule::HostPattern;
use crate::value::{
    CertificateId, Der, Description, Name, Number, ProjectId, Revision, SealedKey, Timestamp,
    UserId,
};

/// A certificate with its private key. Only name and description can change: a newer one is another certificate, so
/// what a listener shows changes only with the listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// What APIs call it.
    pub id: CertificateId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// Where it belongs.
    pub project: ProjectId,
    /// Who created it: nobody else may see or use it.
    pub owner: UserId,
    /// What its owner can edit.
    pub settings: CertificateSettings,
    /// The certificate itself first, then each one's issuer; the root may be left out. Never empty.
    pub chain: Vec<Der>,
    /// The private key of the first of them.
    pub key: SealedKey,
    /// An OCSP answer to show with it (RFC 6066 §8).
    pub ocsp: Option<Der>,
    /// What it says.
    pub facts: CertificateFacts,
    /// What was noticed when it came in, in words.
    pub warnings: Vec<String>,
}

/// What a certificate's owner can edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateSettings {
    /// Unique among its creator's certificates in the project.
    pub name: Name,
    /// Free text.
    pub description: Description,
}

/// What a certificate says, for people and for the choice by server name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// Whose it is (RFC 4514); may be empty.
    pub subject: String,
    /// Who signed it (RFC 4514).
    pub issuer: String,
    /// The servers that it is for (`subjectAltName`). `*.` stands for exactly one label here (RFC 6125 §6.4.3), unlike in
    /// rules.
    pub names: Vec<HostPattern>,
    /// The issuer's number for it, in hexadecimal.
    pub serial: String,
    /// From when on it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    /// Which kind of key it has.
    pub key_type: KeyType,
    /// The SHA-256 of the certificate, in lower-case hexadecimal.
    pub fingerprint_sha256: String,
    /// The others of the chain, in its order.
    pub issuers: Vec<IssuerFacts>,
}

/// What a certificate of the chain above the first one says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerFacts {
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// Who signed it (RFC 4514).
    pub issuer: String,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// RSA with a modulus of so many bits.
    Rsa { bits: u16 },
    /// ECDSA on NIST's P-256.
    EcdsaP256,
    /// ECDSA on NIST's P-384.
    EcdsaP384,
    /// ECDSA on NIST's P-521.
    EcdsaP521,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl KeyType {
    /// Whether clients that can verify one can verify the other: the size of an RSA key makes no difference.
    pub fn is_like(self, other: Self) -> bool {
        matches!((self, other), (Self::Rsa { .. }, Self::Rsa { .. })) || self == other
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => f.pad(&format!("RSA_{bits}")),
            Self::EcdsaP256 => f.pad("ECDSA_P256"),
            Self::EcdsaP384 => f.pad("ECDSA_P384"),
            Self::EcdsaP521 => f.pad("ECDSA_P521"),
            Self::Ed25519 => f.pad("ED25519"),
        }
    }
}

impl Certificate {
    /// The most certificates in a chain.
    pub const MAX_CHAIN: usize = 10;
    /// The most bytes of a chain.
    pub const MAX_CHAIN_BYTES: usize = 64 * 1024;
    /// The most bytes of a sealed key.
    pub const MAX_KEY_BYTES: usize = 16 * 1024;
    /// The most bytes of an OCSP answer.
    pub const MAX_OCSP_BYTES: usize = 16 * 1024;
    /// The most names of a certificate.
    pub const MAX_NAMES: usize = 256;
    /// The most warnings that are kept.
    pub const MAX_WARNINGS: usize = 16;
}

impl Certificate {
    /// How many bytes a proxy gets of it.
    pub fn bytes(&self) -> usize {
        let chain: usize = self.chain.iter().map(|der| der.as_bytes().len()).sum();
        let ocsp = self.ocsp.as_ref().map_or(0, |ocsp| ocsp.as_bytes().len());
        chain + self.key.as_bytes().len() + ocsp
    }

    /// Whether `author` may see it and refer to it anew.
    pub fn is_open_to(&self, author: &Author) -> bool {
        match author {
            Author::System => true,
            Author::User { id, name: _ } | Author::ApiKey { id: _, user: id, name: _ } => {
                *id == self.owner
            }
            Author::Control | Author::Policy { .. } | Author::Schedule { .. } => false,
        }
    }
}

/// Where a listener refers to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// As its default one.
    Default,
    /// Among the further ones.
    Additional,
}

/// Whether `author` may refer to `certificate` at a place of a listener that had `standing` before (none if it is
/// new). Its creator may refer to it anywhere; others may only leave it where it stands.
pub fn may_refer(
    author: &Author,
    certificate: &Certificate,
    at: Place,
    standing: Option<&ListenerTls>,
) -> bool {
    let stands = |tls: &ListenerTls| match at {
        Place::Default => tls.certificate == certificate.id,
        Place::Additional => tls.certificates.contains(&certificate.id),
    };
    certificate.is_open_to(author) || standing.is_some_and(stands)
}
