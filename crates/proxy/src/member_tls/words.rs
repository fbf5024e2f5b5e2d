//! What went wrong in TLS with a member, in words for whoever operates it. They must say what can
//! be done about it, and never quote more than names and times.

use rustls::{AlertDescription, CertificateError, Error};

/// The most names of a certificate that are quoted.
const MOST_NAMES: usize = 4;

/// Why a handshake, or what followed it, failed.
#[must_use]
pub fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => of_certificate(certificate),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::InvalidMessage(_) => "the member does not speak TLS on this port".to_owned(),
        Error::General(text) => text.clone(),
        _ => error.to_string(),
    }
}

/// Whether a server shows what says that it is an authority's.
pub(super) fn is_of_authority(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(certificate) if says_authority(certificate))
}

/// The one reason of webpki's own that operators meet: rustls has no name for it.
fn says_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// Whether a member that takes our handshake for done says by this alert that it never was.
pub(crate) fn is_late_refusal(alert: AlertDescription) -> bool {
    // It checks what we show only after our last message (RFC 8446 §4.4.2.4).
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::HandshakeFailure
            | AlertDescription::AccessDenied
            | AlertDescription::UnknownCA
    )
}

fn of_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => {
            "the member demands a client certificate, which a pool can't show".to_owned()
        }
        AlertDescription::UnrecognisedName => {
            "the member does not know the server name that it was asked for".to_owned()
        }
        AlertDescription::ProtocolVersion => {
            "the member speaks neither TLS 1.2 nor TLS 1.3".to_owned()
        }
        AlertDescription::NoApplicationProtocol => {
            "the member does not speak HTTP/1.1 over TLS".to_owned()
        }
        alert => format!("the member ended it with the alert {alert:?}"),
    }
}

fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the member's certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the member's certificate is not valid yet".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "the member's certificate is of an unknown issuer, not of the pool's CA".to_owned()
        }
        CertificateError::NotValidForName => {
            "the member's certificate is for other names".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            if presented.is_empty() {
                return format!("the member's certificate is for no name, not for {expected}");
            }
            let more = if presented.len() > MOST_NAMES { ", .." } else { "" };
            let names: Vec<&str> =
                presented.iter().take(MOST_NAMES).map(|name| quoted(name)).collect();
            let names = names.join(", ");
            format!(
                "the member's certificate is for other names: {names}{more}, not for {expected}"
            )
        }
        CertificateError::BadSignature => {
            "the member does not have its certificate's key, or the certificate is forged"
                .to_owned()
        }
        CertificateError::Other(_) if says_authority(error) => {
            "the member shows an authority's certificate (CA:TRUE) that is not the pool's CA"
                .to_owned()
        }
        other => format!("the member's certificate can't be accepted: {other}"),
    }
}

/// The name in what rustls presents as `DnsName("a.example")`.
fn quoted(presented: &str) -> &str {
    let inner = presented.split_once('"').and_then(|(_, rest)| rest.split_once('"'));
    inner.map_or(presented, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_they_are_and_not_without_end() {
        let presented = ["a", "b", "c", "d", "e"].map(|name| format!("DnsName(\"{name}\")"));
        let error = Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            expected: "x.example".try_into().unwrap(),
            presented: presented.into(),
        });
        let expected =
            "the member's certificate is for other names: a, b, c, d, .., not for x.example";
        assert_eq!(reason(&error), expected);
    }
}
