//! From one World to the next.

use super::{Applied, World};
use crate::change::Change;
use crate::rejection::Rejection;

/// Makes the next World, or says why not.
pub(super) fn apply(_world: &World, _change: &Change) -> Result<Applied, Rejection> {
    todo!()
}
