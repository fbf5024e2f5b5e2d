//! The seal at present: shared by all who seal and open, replaced while the service runs.

use std::sync::{Arc, PoisonError, RwLock};

use elbow_model::value::SealedKey;

use super::{Seal, SealTrouble};

/// A seal that can be replaced. Has no `Debug`: it holds keys.
pub struct CurrentSeal(RwLock<Arc<Seal>>);

impl CurrentSeal {
    /// This one at first.
    pub fn new(seal: Seal) -> Self {
        Self(RwLock::new(Arc::new(seal)))
    }

    /// The present one.
    pub fn get(&self) -> Arc<Seal> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same secret, sealed with the key that seals now; unaltered if it is already.
    pub fn renew(&self, context: &[u8], sealed: SealedKey) -> Result<SealedKey, SealTrouble> {
        let seal = self.get();
        if seal.is_current(&sealed) {
            return Ok(sealed);
        }
        seal.seal(context, &seal.open(context, &sealed)?)
    }

    /// From now on this one.
    pub fn replace(&self, seal: Seal) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(seal);
    }
}
