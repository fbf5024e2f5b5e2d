//! PEM (RFC 7468), as people paste it: text around the blocks, any line ends or none, either kind of file end.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use super::asn1::Malformed;

/// Blocks in one text: certificates, a key, and parameters that some tools write beside it.
pub(super) const MAX_BLOCKS: usize = 64;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// One block. Has no `Debug`: it may be a key.
pub(super) struct Block<'a> {
    /// What it says it is, such as `CERTIFICATE`.
    pub(super) label: &'a str,
    /// `DEK-Info`: how OpenSSL's old format encrypts keys (RFC 1421 §4.6.1.3).
    pub(super) encryption: Option<&'a str>,
    pub(super) contents: Zeroizing<Vec<u8>>,
}

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PemTrouble {
    /// A block has no end or no base64 in it.
    Malformed,
    TooMany,
}

/// The blocks of a text, in their order.
pub(super) fn blocks(text: &str) -> Result<Vec<Block<'_>>, PemTrouble> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        if blocks.len() == MAX_BLOCKS {
            return Err(PemTrouble::TooMany);
        }
        let after = &rest[start + BEGIN.len()..];
        let (label, body) = after.split_once(DASHES).ok_or(PemTrouble::Malformed)?;
        let (body, after) = body.split_once("-----END ").ok_or(PemTrouble::Malformed)?;
        let (end, after) = after.split_once(DASHES).ok_or(PemTrouble::Malformed)?;
        if end != label {
            return Err(PemTrouble::Malformed);
        }
        let (encryption, body) = split_headers(body);
        let contents = base64(body).map_err(|Malformed| PemTrouble::Malformed)?;
        blocks.push(Block { label, encryption, contents });
        rest = after;
    }
    Ok(blocks)
}

/// Base64 with white space in it, and with `\n` in two letters, which is what becomes of line ends in many an environment
/// variable.
pub(super) fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if matches!(bytes.peek(), Some(b'n' | b'r')) => {
                bytes.next();
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => letters.push(byte),
        }
    }
    let mut decoded = Zeroizing::new(vec![0; letters.len()]);
    let length = Base64::decode(letters.as_slice(), &mut decoded).map_err(|_| Malformed)?.len();
    decoded.truncate(length);
    Ok(decoded)
}

/// Splits the headers of RFC 1421 off: lines with a colon, up to an empty one.
fn split_headers(body: &str) -> (Option<&str>, &str) {
    if !body.contains(':') {
        return (None, body);
    }
    let mut encryption = None;
    let mut rest = body;
    while let Some((line, after)) = rest.split_once('\n') {
        let line = line.trim();
        match line.split_once(':') {
            Some(("DEK-Info", value)) => encryption = Some(value.trim()),
            Some(_) => {}
            None if line.is_empty() => {}
            None => break,
        }
        rest = after;
    }
    (encryption, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(text: &str) -> Vec<(String, Vec<u8>)> {
        let blocks = blocks(text).map_err(|trouble| format!("{trouble:?}")).unwrap();
        blocks.iter().map(|b| (b.label.to_owned(), b.contents.to_vec())).collect()
    }

    #[test]
    fn blocks_are_found_among_other_text_with_any_line_ends() {
        let expected = [("A".to_owned(), b"hello".to_vec()), ("B C".to_owned(), b"you".to_vec())];
        for text in [
            "-----BEGIN A-----\naGVs\nbG8=\n-----END A-----\n-----BEGIN B C-----\neW91\n-----END B C-----\n",
            "subject=x\r\n-----BEGIN A-----\r\naGVsbG8=\r\n-----END A-----\r\nnote\r\n-----BEGIN B C-----\r\neW91\r\n-----END B C-----",
            "\u{feff}-----BEGIN A----- aGVs bG8= -----END A----- -----BEGIN B C-----eW91-----END B C-----",
            r"-----BEGIN A-----\naGVsbG8=\n-----END A-----\n-----BEGIN B C-----\neW91\n-----END B C-----\n",
        ] {
            assert_eq!(contents(text), expected, "{text}");
        }
    }

    #[test]
    fn the_headers_of_encrypted_keys_are_read() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00FF\r\n\r\neW91\r\n-----END RSA PRIVATE KEY-----";
        let blocks = blocks(text).ok().unwrap();
        assert_eq!(blocks[0].encryption, Some("AES-256-CBC,00FF"));
        assert_eq!(*blocks[0].contents, b"you");
    }

    #[test]
    fn broken_blocks_are_malformed_and_too_many_are_refused() {
        for text in [
            "-----BEGIN A-----",
            "-----BEGIN A",
            "-----BEGIN A-----\neW91\n",
            "-----BEGIN A-----\neW91\n-----END B-----",
            "-----BEGIN A-----\neW9\n-----END A-----",
            "-----BEGIN A-----\nüüüü\n-----END A-----",
        ] {
            assert_eq!(blocks(text).err(), Some(PemTrouble::Malformed), "{text}");
        }
        let many = "-----BEGIN A-----\n-----END A-----\n".repeat(MAX_BLOCKS + 1);
        assert_eq!(blocks(&many).err(), Some(PemTrouble::TooMany));
    }

    #[test]
    fn text_without_blocks_has_none() {
        assert!(contents("").is_empty());
        assert!(contents("hello -----").is_empty());
    }
}
