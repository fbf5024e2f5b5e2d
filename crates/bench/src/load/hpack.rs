//! Header compression (RFC 7541) as far as a client with always the same headers needs it: the first
//! request puts them into the peer's table, later ones name their places, as browsers do. Pure.

use super::message::{HEADERS, HOST, ID_LENGTH, ITEM_PATH};

/// Whole fields and names of the static table (RFC 7541 appendix A).
const METHOD_GET: u8 = 0x82;
const SCHEME_HTTPS: u8 = 0x87;
const STATUS_200: u8 = 0x88;
const AUTHORITY: u8 = 1;
const PATH: u8 = 4;
/// The first place of the dynamic table.
const DYNAMIC: usize = 62;
/// Bytes that a table's entry counts for beside its text (RFC 7541 §4.1).
const ENTRY: usize = 32;

/// What was sent on a connection so far.
pub(super) struct Headers {
    is_first: bool,
}

impl Headers {
    /// What the peer's table has to hold.
    pub(super) const TABLE: usize = table_size();

    pub(super) fn new() -> Self {
        Self { is_first: true }
    }

    /// Appends the header block of a request.
    pub(super) fn encode(&mut self, out: &mut Vec<u8>, id: &[u8; ID_LENGTH], length: usize) {
        out.extend_from_slice(&[METHOD_GET, SCHEME_HTTPS]);
        let path = format!("{ITEM_PATH}{length}/");
        // Without indexing (RFC 7541 §6.2.2): no two paths are the same.
        out.push(PATH);
        put_length(out, path.len() + ID_LENGTH);
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(id);
        if std::mem::take(&mut self.is_first) {
            out.push(0x40 | AUTHORITY);
            put_text(out, HOST);
            for (name, value) in HEADERS {
                // With indexing, a new name (RFC 7541 §6.2.1).
                out.push(0x40);
                put_text(out, &name.to_ascii_lowercase());
                put_text(out, value);
            }
        } else {
            // The last one that was added has the first place.
            let places = (DYNAMIC..=DYNAMIC + HEADERS.len()).rev();
            out.extend(places.map(|place| 0x80 | place as u8));
        }
    }
}

const fn table_size() -> usize {
    let mut size = ENTRY + ":authority".len() + HOST.len();
    let mut place = 0;
    while place < HEADERS.len() {
        let (name, value) = HEADERS[place];
        size += ENTRY + name.len() + value.len();
        place += 1;
    }
    size
}

/// Plain, not by Huffman's code.
fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// An integer with a prefix of 7 bits (RFC 7541 §5.1); no text here is longer than 254 bytes.
fn put_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x7f {
        out.push(length as u8);
    } else {
        out.extend_from_slice(&[0x7f, (length - 0x7f) as u8]);
    }
}

/// Whether a header block begins with status 200: it comes first (RFC 9113 §8.3), and everybody
/// names it by its place.
pub(super) fn is_success(block: &[u8]) -> bool {
    let mut rest = block;
    // Changes of the table's size come before all else (RFC 7541 §4.2, §6.3).
    while let Some((first, mut after)) = rest.split_first()
        && first & 0xe0 == 0x20
    {
        if first & 0x1f == 0x1f {
            let end = after.iter().position(|byte| byte & 0x80 == 0);
            after = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
        }
        rest = after;
    }
    rest.first() == Some(&STATUS_200)
}

#[cfg(test)]
mod tests {
    use super::super::message::id_text;
    use super::*;

    #[test]
    fn the_first_block_fills_the_table_that_later_ones_name() {
        let mut headers = Headers::new();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        headers.encode(&mut first, &id_text(1), 1024);
        headers.encode(&mut second, &id_text(2), 1024);
        assert!(memchr::memmem::find(&first, b"user-agent").is_some());
        assert!(memchr::memmem::find(&first, b"bench.example").is_some());
        assert!(second.ends_with(&[
            0x80 | 67,
            0x80 | 66,
            0x80 | 65,
            0x80 | 64,
            0x80 | 63,
            0x80 | 62
        ]));
        let path = [&[PATH, 33][..], b"/shop/items/1024/0000000000000002"].concat();
        assert_eq!(second[2..2 + path.len()], path);
    }

    #[test]
    fn the_table_fits_into_what_every_peer_has() {
        const { assert!(Headers::TABLE < 4096) }
    }

    #[test]
    fn success_is_seen_behind_changes_of_the_tables_size() {
        assert!(is_success(&[0x88, 0x61]));
        assert!(is_success(&[0x20, 0x88]));
        assert!(is_success(&[0x3f, 0xe1, 0x1f, 0x88]));
        assert!(!is_success(&[0x8d]));
        assert!(!is_success(&[0x3f, 0xe1]));
        assert!(!is_success(&[]));
    }
}
