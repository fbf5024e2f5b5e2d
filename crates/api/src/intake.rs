//! Takes uploaded certificates: read and checked by the vault, the key sealed at once. What was uploaded is wiped; only
//! the sealed key leaves here.

use axum::http::StatusCode;
use elbow_model::certificate::CertificateFacts;
use elbow_model::value::{CertificateId, Der, Id as _, SealedKey, Timestamp};
use elbow_vault::intake::{self, Intake, Refusal};
use elbow_vault::seal::SealTrouble;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::problem::{FieldError, Problem};
use crate::state::ApiState;

/// A certificate with its key, as it was uploaded. Has no `Debug`.
pub enum Upload {
    /// A PKCS#12 file.
    Pkcs12 { file: Zeroizing<Vec<u8>>, passphrase: Option<Zeroizing<String>> },
    /// Certificate and key in PEM.
    Pem {
        certificate: Zeroizing<String>,
        key: Zeroizing<String>,
        passphrase: Option<Zeroizing<String>>,
    },
}

/// A certificate that can be stored.
pub struct Taken {
    pub chain: Vec<Der>,
    pub key: SealedKey,
    pub ocsp: Option<Der>,
    pub facts: CertificateFacts,
    pub warnings: Vec<String>,
}

/// Reads an upload and seals its key for certificate `id`.
pub async fn take(
    state: &ApiState,
    id: CertificateId,
    upload: Upload,
    now: Timestamp,
) -> Result<Taken, Problem> {
    let seal = state.seal.get();
    let worked = state.intake.run(move || {
        let Intake { chain, key, facts, warnings, ocsp } = read(&upload, now)?;
        Ok((seal.seal(id.uuid().as_bytes(), &key), chain, ocsp, facts, warnings))
    });
    let (sealed, chain, ocsp, facts, warnings) =
        worked.await?.map_err(|refusal| refused(&refusal))?;
    let sealed = sealed.map_err(|trouble| not_sealed(&trouble))?;
    let warnings = warnings.iter().map(ToString::to_string).collect();
    Ok(Taken { chain, key: sealed, ocsp, facts, warnings })
}

/// The sealed key as it is to be stored, for the moment of the commit: the sealing key may have been replaced since it was
/// sealed.
pub fn renew(state: &ApiState, id: CertificateId, sealed: SealedKey) -> Result<SealedKey, Problem> {
    state.seal.renew(id.uuid().as_bytes(), sealed).map_err(|trouble| not_sealed(&trouble))
}

fn not_sealed(trouble: &SealTrouble) -> Problem {
    tracing::error!(%trouble, "a private key could not be sealed");
    let detail =
        "the private key could not be sealed; nothing was stored, the operator's log says more";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail)
}

/// Wipes all text of a body that may hold secrets.
pub fn wipe(body: &mut Value) {
    match body {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn read(upload: &Upload, now: Timestamp) -> Result<Intake, Refusal> {
    match upload {
        Upload::Pkcs12 { file, passphrase } => {
            intake::read_pkcs12(file, passphrase.as_ref().map(|text| text.as_str()), now)
        }
        Upload::Pem { certificate, key, passphrase } => {
            intake::read_pem(certificate, key, passphrase.as_ref().map(|text| text.as_str()), now)
        }
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let (field, reason) = (refusal.field.as_str(), refusal.reason.to_string());
    let detail = format!("`{field}` {reason}");
    let errors = vec![FieldError { field: field.to_owned(), reason }];
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.reason.code(), detail);
    Problem { errors, ..problem }
}
