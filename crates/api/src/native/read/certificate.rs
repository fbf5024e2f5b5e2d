//! Reads certificates to create and patches of them. What is secret is copied once, into memory that is wiped, and no
//! refusal quotes it.

use base64ct::{Base64, Encoding as _};
use elbow_model::certificate::CertificateSettings;
use elbow_model::value::Description;
use zeroize::Zeroizing;

use super::{READ_ONLY, description, name, no_name};
use crate::decode::{At, Fields};
use crate::intake::Upload;

/// Why the certificate itself cannot be edited.
const ANOTHER: &str =
    "is fixed at creation; create another certificate and let listeners show that";

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("number", READ_ONLY),
    ("status", READ_ONLY),
    ("status_reason", READ_ONLY),
    ("subject", READ_ONLY),
    ("names", READ_ONLY),
    ("issuer", READ_ONLY),
    ("serial", READ_ONLY),
    ("not_before", READ_ONLY),
    ("not_after", READ_ONLY),
    ("key_type", READ_ONLY),
    ("fingerprint_sha256", READ_ONLY),
    ("chain", READ_ONLY),
    ("ocsp_stapled", READ_ONLY),
    ("used_by", READ_ONLY),
    ("warnings", READ_ONLY),
    ("project", READ_ONLY),
    ("owner", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
    ("pkcs12", ANOTHER),
    ("passphrase", ANOTHER),
    ("certificate", ANOTHER),
    ("private_key", ANOTHER),
];

/// A certificate to create, as it was uploaded.
pub(in crate::native) struct Draft {
    pub(in crate::native) settings: CertificateSettings,
    pub(in crate::native) upload: Upload,
}

/// Reads a certificate to create.
pub(in crate::native) fn new(fields: Fields<'_>) -> Option<Draft> {
    let name = fields.required("name", name).unwrap_or_else(no_name);
    let mut settings = CertificateSettings { name, description: Description::default() };
    fields.set_or("description", &mut settings.description, Description::default(), description);
    let upload = upload(&fields);
    fields.finish(HINTS);
    Some(Draft { settings, upload: upload? })
}

/// Reads a patch onto a certificate.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    mut settings: CertificateSettings,
) -> CertificateSettings {
    fields.set("name", &mut settings.name, name);
    fields.set_or("description", &mut settings.description, Description::default(), description);
    fields.finish(HINTS);
    settings
}

/// Either a PKCS#12 file or certificate and key in PEM.
fn upload(fields: &Fields<'_>) -> Option<Upload> {
    let passphrase = fields.present("passphrase").map(|at| secret(&at));
    let (pkcs12, certificate) = (fields.present("pkcs12"), fields.present("certificate"));
    let key = fields.present("private_key");
    let passphrase = match passphrase {
        None => None,
        Some(given) => Some(given?),
    };
    let Some(pkcs12) = pkcs12 else {
        if certificate.is_none() && key.is_none() {
            return fields.wrong(
                "pkcs12",
                "is missing; give a PKCS#12 file in base64, or `certificate` and `private_key` in PEM",
            );
        }
        let certificate = match certificate {
            // The key may stand beside it.
            Some(at) => secret(&at),
            None => fields.wrong("certificate", "is missing; it belongs to `private_key`"),
        };
        let key = match key {
            Some(at) => secret(&at),
            None => fields.wrong("private_key", "is missing; it belongs to `certificate`"),
        };
        return Some(Upload::Pem { certificate: certificate?, key: key?, passphrase });
    };
    for (name, other) in [("certificate", certificate), ("private_key", key)] {
        if other.is_some() {
            fields.note(name, "is given beside `pkcs12`, which holds it; give one or the other");
        }
    }
    let file = decoded(&pkcs12)?;
    Some(Upload::Pkcs12 { file, passphrase })
}

/// A string that is not quoted when it is none.
fn secret(at: &At<'_>) -> Option<Zeroizing<String>> {
    match at.value().as_str() {
        Some(text) => Some(Zeroizing::new(text.to_owned())),
        None => at.wrong("expected a string"),
    }
}

/// Base64, in lines or not.
fn decoded(at: &At<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = secret(at)?;
    text.retain(|letter| !letter.is_ascii_whitespace());
    match Base64::decode_vec(&text) {
        Ok(bytes) => Some(Zeroizing::new(bytes)),
        Err(_) => at.wrong("is not base64; `base64 -w0 FILE` makes it"),
    }
}
