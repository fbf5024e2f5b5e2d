//! Certificates as the native dialect shows them: never the key.

use elbow_model::certificate as model;
use elbow_model::status;
use elbow_model::value::{CertificateId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Reference, View};

/// A certificate with its private key, which no answer ever holds. Only its creator sees and uses it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Certificate {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    /// Unique among its creator's certificates in the project.
    name: String,
    #[schema(required = false)]
    description: String,
    #[schema(read_only)]
    status: CertificateStatus,
    /// Why it is so, and what to do.
    #[schema(read_only)]
    status_reason: Option<String>,
    /// Whose it is (RFC 4514).
    #[schema(read_only)]
    subject: String,
    /// The servers that it is for; `*.` stands for one label.
    #[schema(read_only)]
    names: Vec<String>,
    /// Who signed it (RFC 4514).
    #[schema(read_only)]
    issuer: String,
    /// In hexadecimal.
    #[schema(read_only)]
    serial: String,
    #[schema(read_only)]
    not_before: String,
    #[schema(read_only)]
    not_after: String,
    /// `RSA_2048`, `ECDSA_P256`, `ED25519` and the like.
    #[schema(read_only)]
    key_type: String,
    /// In hexadecimal.
    #[schema(read_only)]
    fingerprint_sha256: String,
    /// What clients are shown, the certificate itself first.
    #[schema(read_only)]
    chain: Vec<ChainLink>,
    /// Whether an OCSP answer is shown with it.
    #[schema(read_only)]
    ocsp_stapled: bool,
    /// The listeners that refer to it.
    #[schema(read_only)]
    used_by: Vec<CertificateUse>,
    /// What was noticed when it was created.
    #[schema(read_only)]
    warnings: Vec<String>,
    #[schema(read_only)]
    project: Reference,
    #[schema(read_only)]
    owner: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// A certificate of a chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct ChainLink {
    subject: String,
    issuer: String,
    not_after: String,
}

/// A listener that refers to a certificate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct CertificateUse {
    load_balancer: Reference,
    listener: Reference,
}

/// Whether a certificate can be shown: not yet valid, valid, valid for less than 30 days, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum CertificateStatus {
    Pending,
    Active,
    Expiring,
    Expired,
}

/// A certificate that a listener refers to. Requests may give its name or id alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct CertificateReference {
    /// Its id.
    id: String,
    /// Its name, where the caller may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// False for another user's certificate: it may be left where it is, or replaced.
    visible: bool,
}

impl Certificate {
    /// As its creator sees it.
    pub(in crate::native) fn new(certificate: &model::Certificate, view: View<'_>) -> Self {
        let model::Certificate {
            id,
            number,
            created_at,
            updated_at,
            revision,
            project,
            owner,
            settings: model::CertificateSettings { name, description },
            chain: _,
            key: _,
            ocsp,
            facts,
            warnings,
        } = certificate;
        let status = status::of_certificate(facts, view.now);
        let model::CertificateFacts {
            subject,
            issuer,
            names,
            serial,
            not_before,
            not_after,
            key_type,
            fingerprint_sha256,
            issuers: _,
        } = facts;
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            status: (&status).into(),
            status_reason: status.reason().map(str::to_owned),
            subject: subject.clone(),
            names: names.iter().map(ToString::to_string).collect(),
            issuer: issuer.clone(),
            serial: serial.clone(),
            not_before: not_before.to_string(),
            not_after: not_after.to_string(),
            key_type: key_type.to_string(),
            fingerprint_sha256: fingerprint_sha256.clone(),
            chain: chain(facts),
            ocsp_stapled: ocsp.is_some(),
            used_by: uses(*id, view),
            warnings: warnings.clone(),
            project: view.project(*project),
            owner: view.user(*owner),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl CertificateReference {
    /// As the viewer may see it.
    pub(in crate::native) fn new(id: CertificateId, view: View<'_>) -> Self {
        let found = view.world.certificate(id).filter(|found| found.is_open_to(view.viewer));
        Self {
            id: id.to_string(),
            name: found.map(|certificate| certificate.settings.name.to_string()),
            visible: found.is_some(),
        }
    }
}

impl From<&status::CertificateStatus> for CertificateStatus {
    fn from(status: &status::CertificateStatus) -> Self {
        match status {
            status::CertificateStatus::Pending { .. } => Self::Pending,
            status::CertificateStatus::Active => Self::Active,
            status::CertificateStatus::Expiring { .. } => Self::Expiring,
            status::CertificateStatus::Expired { .. } => Self::Expired,
        }
    }
}

fn chain(facts: &model::CertificateFacts) -> Vec<ChainLink> {
    let link = |subject: &str, issuer: &str, not_after: Timestamp| ChainLink {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        not_after: not_after.to_string(),
    };
    let first = link(&facts.subject, &facts.issuer, facts.not_after);
    let others = facts
        .issuers
        .iter()
        .map(|model::IssuerFacts { subject, issuer, not_after }| link(subject, issuer, *not_after));
    std::iter::once(first).chain(others).collect()
}

fn uses(id: CertificateId, view: View<'_>) -> Vec<CertificateUse> {
    let users = view.world.users_of_certificate(id);
    let named = users.filter_map(|(balancer, listener)| {
        let listener = balancer.listener(listener)?;
        Some(CertificateUse {
            load_balancer: Reference::to_load_balancer(balancer),
            listener: Reference::new(listener.id, &listener.settings.name),
        })
    });
    named.collect()
}
