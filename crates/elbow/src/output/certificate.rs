//! Certificates as people read them.

use serde::Deserialize;

use super::table::Table;
use super::view::Reference;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CertificateView {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) status: String,
    pub(crate) status_reason: Option<String>,
    pub(crate) subject: String,
    pub(crate) names: Vec<String>,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) key_type: String,
    pub(crate) fingerprint_sha256: String,
    pub(crate) chain: Vec<LinkView>,
    pub(crate) ocsp_stapled: bool,
    pub(crate) used_by: Vec<UseView>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LinkView {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) not_after: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UseView {
    pub(crate) load_balancer: Option<Reference>,
    pub(crate) listener: Option<Reference>,
}

/// Certificates, one a line.
pub(crate) fn certificates(certificates: &[CertificateView]) -> Table {
    let mut table = Table::new(&["NAME", "STATUS", "FOR", "KEY", "UNTIL", "USED BY", "REASON"]);
    for certificate in certificates {
        table.row([
            certificate.name.clone(),
            certificate.status.clone(),
            shortened(&certificate.names),
            certificate.key_type.clone(),
            day(&certificate.not_after),
            shortened(&certificate.used_by.iter().map(UseView::text).collect::<Vec<_>>()),
            certificate.status_reason.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Everything about one certificate.
pub(crate) fn certificate_overview(certificate: &CertificateView) -> String {
    let CertificateView {
        name,
        description,
        status,
        status_reason,
        subject,
        names,
        issuer,
        serial,
        not_before,
        not_after,
        key_type,
        fingerprint_sha256,
        chain,
        ocsp_stapled,
        used_by,
        warnings,
    } = certificate;
    let reason = status_reason.as_ref().map(|reason| format!("  {reason}")).unwrap_or_default();
    let mut text = format!("{name}  {status}{reason}\n");
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("  {label:<12}{value}\n"));
        }
    };
    line("About", description);
    line("Subject", subject);
    line("For", &names.join(", "));
    line("Issuer", issuer);
    line("Serial", serial);
    line("Valid", &format!("{not_before} to {not_after}"));
    line("Key", key_type);
    line("SHA-256", fingerprint_sha256);
    line("OCSP", if *ocsp_stapled { "stapled" } else { "not stapled" });
    for LinkView { subject, issuer, not_after } in chain.iter().skip(1) {
        line("Chain", &format!("{subject} (by {issuer}, until {})", day(not_after)));
    }
    for used in used_by {
        line("Used by", &used.text());
    }
    for warning in warnings {
        line("Warning", warning);
    }
    text
}

impl UseView {
    fn text(&self) -> String {
        let name = |reference: &Option<Reference>| {
            reference.as_ref().map(Reference::name).unwrap_or_default().to_owned()
        };
        format!("{}/{}", name(&self.load_balancer), name(&self.listener))
    }
}

/// The first two, and how many more.
fn shortened(words: &[String]) -> String {
    const SHOWN: usize = 2;
    let shown = words.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}, {more} more"),
    }
}

/// The day of a time.
fn day(time: &str) -> String {
    time.split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::view::view;
    use super::*;

    #[test]
    fn a_certificate_fits_into_a_line() {
        let certificate: CertificateView = view(&json!({
            "name": "site", "status": "ACTIVE", "names": ["a", "b", "c"], "key_type": "RSA_2048",
            "not_after": "2030-01-20T00:00:00.000Z",
            "used_by": [{ "load_balancer": { "id": "1", "name": "web" }, "listener": { "id": "2", "name": "https-443" } }],
        }))
        .unwrap();
        let text = certificates(std::slice::from_ref(&certificate)).text("");
        let expected = "site  ACTIVE  a, b, 1 more  RSA_2048  2030-01-20  web/https-443";
        assert_eq!(text.lines().nth(1), Some(expected));
        assert!(certificate_overview(&certificate).contains("Used by     web/https-443"));
    }
}
