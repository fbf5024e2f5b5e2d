//! The key that seals certificates' private keys: made while there are none, asked for ever after.

use elbow_model::value::Id as _;
use elbow_model::world::World;
use elbow_vault::KeyFileError;
use elbow_vault::seal::{IfMissing, Seal, SealTrouble};

use super::DataDir;
use crate::failure::Failure;

/// Opens the key file and tries it on what is sealed: a wrong one shows now, not when a listener needs it.
pub(super) fn open(data_dir: &DataDir, world: &World) -> Result<Seal, Failure> {
    let path = data_dir.sealing_key();
    let is_needed = world.certificates().next().is_some();
    let if_missing = if is_needed { IfMissing::Refuse } else { IfMissing::Make };
    let seal = Seal::from_file(&path, if_missing).map_err(|error| {
        let next = match &error {
            KeyFileError::Missing { .. } => format!("cp BACKUP {}", path.display()),
            _ => "elbow up".to_owned(),
        };
        Failure::Start { what: error.to_string(), next }
    })?;
    for certificate in world.certificates() {
        let name = &certificate.settings.name;
        match seal.open(certificate.id.uuid().as_bytes(), &certificate.key) {
            Ok(_) => {}
            Err(trouble @ SealTrouble::OtherKey { .. }) => {
                let what =
                    format!("the private key of certificate `{name}` does not open: {trouble}");
                let next = format!("cp BACKUP {}", path.display());
                return Err(Failure::Start { what, next });
            }
            // One that is damaged is no reason not to serve the others.
            Err(trouble) => {
                tracing::error!(certificate.id = %certificate.id, %trouble, "a private key does not open");
            }
        }
    }
    Ok(seal)
}
