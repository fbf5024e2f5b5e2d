//! Reads the certificate of API and console: from files, by the same intake as uploads, or from the store.

use std::path::Path;
use std::sync::Arc;

use elbow_model::certificate::Certificate;
use elbow_model::user::Standing;
use elbow_model::value::{Der, Id as _, Timestamp};
use elbow_model::world::World;
use elbow_vault::intake::read_pem;
use elbow_vault::seal::Seal;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::input::read_text;
use crate::up::machine;

/// A certificate that can be shown.
pub(super) struct Read {
    pub(super) key: Arc<CertifiedKey>,
    /// Until when it is valid.
    pub(super) not_after: Timestamp,
}

/// Reads certificate and key from files in PEM.
pub(super) fn of_files(certificate: &Path, key: &Path) -> Result<Read, String> {
    let text = |path| read_text(path).map(Zeroizing::new).map_err(|failure| failure.to_string());
    let (certificates, private_key) = (text(certificate)?, text(key)?);
    let intake =
        read_pem(&certificates, &private_key, None, machine::now()).map_err(|refusal| {
            let path = match refusal.field.as_str() {
                "private_key" => key,
                _ => certificate,
            };
            format!("{}: {}", path.display(), refusal.reason)
        })?;
    for warning in &intake.warnings {
        tracing::warn!(%warning, "the certificate of API and console");
    }
    let ocsp = intake.ocsp.as_ref();
    certify(&intake.chain, &intake.key, ocsp, intake.facts.not_after)
}

/// Opens the newest certificate of this name.
pub(super) fn of_store(world: &World, name: &str, seal: &Seal) -> Result<Read, String> {
    let found = newest(world, name).ok_or_else(|| {
        format!(
            "an operator has no certificate `{name}`; start without --tls-stored and create one: \
             elbow cert create {name} --cert FILE --key FILE"
        )
    })?;
    let key = seal
        .open(found.id.uuid().as_bytes(), &found.key)
        .map_err(|trouble| format!("the private key of certificate `{name}`: {trouble}"))?;
    certify(&found.chain, &key, found.ocsp.as_ref(), found.facts.not_after)
}

/// The certificate of this name that an operator created last: nobody else may choose what the deployment shows.
pub(super) fn newest<'a>(world: &'a World, name: &str) -> Option<&'a Certificate> {
    let is_operators = |certificate: &Certificate| {
        world.user(certificate.owner).is_some_and(|user| user.standing == Standing::Operator)
    };
    let named = |certificate: &&Arc<Certificate>| certificate.settings.name.as_str() == name;
    let mut newest_first = world.certificates().rev().filter(named);
    newest_first.find(|certificate| is_operators(certificate)).map(|certificate| &**certificate)
}

fn certify(
    chain: &[Der],
    key: &[u8],
    ocsp: Option<&Der>,
    not_after: Timestamp,
) -> Result<Read, String> {
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let key = aws_lc_rs::default_provider()
        .key_provider
        .load_private_key(der.clone_key())
        .map_err(|error| format!("its key is of no known kind: {error}"))?;
    let chain = chain.iter().map(|der| CertificateDer::from(der.as_bytes().to_vec())).collect();
    let mut certified = CertifiedKey::new(chain, key);
    certified.ocsp = ocsp.map(|answer| answer.as_bytes().to_vec());
    Ok(Read { key: Arc::new(certified), not_after })
}
