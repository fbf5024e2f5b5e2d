//! The certificate that all contenders serve with: ECDSA P-256, made anew for each run.

use base64ct::{Base64, Encoding};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};

use crate::failure::Failure;

/// The name that it is for, and that clients ask for.
pub(crate) const HOST: &str = "bench.example";
/// Characters of a line of PEM (RFC 7468 §2).
const LINE: usize = 64;

/// A certificate with its key.
pub(crate) struct Identity {
    /// X.509, DER.
    pub(crate) certificate: Vec<u8>,
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
}

impl Identity {
    /// A new one, signed by its own key: clients know it by its bytes.
    pub(crate) fn generate() -> Result<Self, Failure> {
        let failed = |error: rcgen::Error| Failure::new(format!("making a certificate: {error}"));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let parameters = CertificateParams::new(vec![HOST.to_owned()]).map_err(failed)?;
        let certificate = parameters.self_signed(&key).map_err(failed)?;
        Ok(Self {
            certificate: certificate.der().to_vec(),
            certificate_pem: pem("CERTIFICATE", certificate.der()),
            key_pem: pem("PRIVATE KEY", &key.serialize_der()),
        })
    }
}

/// The textual form (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    let text = Base64::encode_string(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_has_lines_of_64_characters() {
        let text = pem("X", &[0; 49]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "-----BEGIN X-----");
        assert_eq!((lines[1].len(), lines[2]), (64, "AA=="));
        assert_eq!(lines[3], "-----END X-----");
    }
}
