//! Files that commands read and send.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// Bytes of the largest file: more than the service takes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a file that may hold a secret; its bytes are wiped when they are no longer used.
pub(crate) fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |source| Failure::File { verb: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed(io::Error::other(
            "it is larger than a certificate with its key can be",
        )));
    }
    Ok(bytes)
}

/// Reads a file of text, such as certificates in PEM.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read_file(path)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Failure::File {
        verb: "read",
        path: path.to_owned(),
        source: io::Error::other("it is not text; certificates are wanted in PEM"),
    })
}
