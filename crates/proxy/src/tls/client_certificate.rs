//! What members are told of a client's certificate: header fields, written once per connection. It
//! must be called only with certificates that were verified.

use aws_lc_rs::digest;
use base64ct::{Base64, Encoding as _};
use elbow_model::listener::ClientAuth;
use elbow_traffic::tls::subject::subject_of;
use rustls::pki_types::CertificateDer;

/// A certificate with more bytes is not passed on: members' limits for heads are not far above.
const MOST_PASSED_ON: usize = 12 * 1024;

/// The fields, as whole lines, that every request of a connection carries to its member; empty if
/// the listener does not ask for certificates.
#[must_use]
pub fn client_certificate_lines(
    auth: &ClientAuth,
    shown: Option<&[CertificateDer<'_>]>,
) -> Box<[u8]> {
    let mut lines = String::new();
    match (auth, shown.and_then(<[_]>::first)) {
        (ClientAuth::None, _) => {}
        (ClientAuth::Optional { .. } | ClientAuth::Required { .. }, None) => {
            lines.push_str("X-Client-Cert-Verified: NONE\r\n");
        }
        (ClientAuth::Optional { .. } | ClientAuth::Required { .. }, Some(certificate)) => {
            lines.push_str("X-Client-Cert-Verified: SUCCESS\r\n");
            if let Some(subject) = subject_of(certificate) {
                lines.push_str(&format!("X-Client-Cert-Subject: {subject}\r\n"));
            }
            let hash = digest::digest(&digest::SHA256, certificate);
            let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            lines.push_str(&format!("X-Client-Cert-Fingerprint-SHA256: {hex}\r\n"));
            if certificate.len() <= MOST_PASSED_ON {
                // RFC 9440 §2.2: a byte sequence of structured fields (RFC 8941 §3.3.5).
                let encoded = Base64::encode_string(certificate);
                lines.push_str(&format!("Client-Cert: :{encoded}:\r\n"));
            }
        }
    }
    lines.into_bytes().into()
}
