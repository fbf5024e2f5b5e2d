//! Certificates as text (RFC 7468 §5), as people paste them. What they say is the vault's to read.

use base64ct::{Base64, Encoding as _};
use elbow_model::value::Der;

/// Letters in one line.
const LINE: usize = 64;

/// Certificates one after the other.
pub fn certificates(ders: &[Der]) -> String {
    let mut text = String::new();
    for der in ders {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = Base64::encode_string(der.as_bytes());
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, next) = rest.split_at(rest.len().min(LINE));
            text.push_str(line);
            text.push('\n');
            rest = next;
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_64_letters() {
        let text = certificates(&[Der::new(vec![0; 50]), Der::new(vec![1; 48])]);
        let lines: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(lines, [27, 64, 4, 25, 27, 64, 25]);
        assert_eq!(certificates(&[]), "");
    }
}
