//! The key that signs what Elbow posts to others, such as the hooks of scaling groups. Receivers are given it.

use std::path::Path;

use zeroize::Zeroizing;

use crate::key_file::{self, KEY_BYTES, KeyFileError, KeyUse};

/// Reads the key, or makes it at the first start.
pub fn open(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyFileError> {
    key_file::open(path, KeyUse::Signing)
}
