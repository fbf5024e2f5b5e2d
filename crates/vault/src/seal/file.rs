//! How sealing keys are written: a line that says so, then a key per line in base64; the first seals, all open.
//!
//! A second key is how a new one comes into use while the old one still opens what it sealed.

use std::path::Path;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::key_file::{KEY_BYTES, KeyFileError, KeyUse};

const TITLE: &str = "elbow-sealing-keys";
const VERSION: u32 = 1;
const NOTE: &str = "# Seals the private keys of certificates. Keep a copy apart from copies of the data: who has both has the keys,\n\
                    # and without this file they are lost.\n";

/// Keys in one file.
const MAX_KEYS: usize = 16;

/// What a file with these keys holds.
pub(super) fn write(keys: &[Zeroizing<[u8; KEY_BYTES]>]) -> Zeroizing<String> {
    // As large as it gets from the start: growing would leave copies of keys in memory.
    let mut text = Zeroizing::new(String::with_capacity(1_024 + keys.len() * 64));
    text.push_str(&format!("{TITLE} {VERSION}\n{NOTE}"));
    for key in keys {
        let mut encoded = Zeroizing::new([0; 64]);
        let encoded = Base64::encode(&**key, &mut *encoded).expect("32 bytes are 44 letters");
        text.push_str(encoded);
        text.push('\n');
    }
    text
}

/// The keys in the contents of the file at `path`.
pub(super) fn parse(
    path: &Path,
    contents: &[u8],
) -> Result<Vec<Zeroizing<[u8; KEY_BYTES]>>, KeyFileError> {
    let text = std::str::from_utf8(contents).map_err(|_| damaged(path, "it is not text"))?;
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let version = title.strip_prefix(TITLE).and_then(|version| version.trim().parse().ok());
    match version {
        Some(VERSION) => {}
        Some(found) if found > VERSION => {
            return Err(KeyFileError::Newer { path: path.to_owned(), found, known: VERSION });
        }
        _ => return Err(damaged(path, &format!("its first line is not `{TITLE} {VERSION}`"))),
    }
    let mut keys = Vec::with_capacity(MAX_KEYS);
    for (number, line) in rest.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let decoded = Base64::decode(line, &mut *key).map_or(0, <[u8]>::len);
        if decoded != KEY_BYTES {
            let line = number + 2;
            return Err(damaged(
                path,
                &format!("line {line} is not a key ({KEY_BYTES} bytes in base64)"),
            ));
        }
        if keys.len() == MAX_KEYS {
            return Err(damaged(path, &format!("it has more than {MAX_KEYS} keys")));
        }
        keys.push(key);
    }
    Ok(keys)
}

pub(super) fn damaged(path: &Path, reason: &str) -> KeyFileError {
    let (path, reason) = (path.to_owned(), reason.to_owned());
    KeyFileError::Damaged { path, reason, lost: KeyUse::Sealing }
}
