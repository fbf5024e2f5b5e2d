//! Key files, without their keys.

use serde::Serialize;
use utoipa::ToSchema;

use super::words::KeyFileName;

/// A key file of the deployment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct KeyFile {
    pub(in crate::native) name: KeyFileName,
    /// How many keys are in it.
    pub(in crate::native) keys: usize,
    /// Whether the older ones are on their way out: everything is being sealed again, or proxies still have what they sealed.
    pub(in crate::native) is_being_replaced: bool,
}
