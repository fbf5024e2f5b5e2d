//! Names of subjects and issuers, for people: RFC 4514 with a space after each comma.
//!
//! Comparisons use the encoded form, as TLS clients do; nothing decides by this text.

use super::asn1::{Element, Malformed, Reader, SET};
use super::oid;

/// The longest text; what is beyond it is replaced by `...`.
const MAX_CHARS: usize = 512;

/// The text of an encoded `Name` (RFC 5280 §4.1.2.4): the most specific part first.
pub(super) fn text(encoded: &[u8]) -> Result<String, Malformed> {
    let mut sequence = Reader::der(encoded).sequence()?;
    let mut parts = Vec::new();
    while !sequence.is_empty() {
        let mut set = sequence.expect(SET)?.reader();
        let mut several = Vec::new();
        while !set.is_empty() {
            let mut pair = set.sequence()?;
            let kind = pair.oid()?;
            several.push(format!("{}={}", short_name(&kind), value(&pair.any()?)));
        }
        parts.push(several.join("+"));
    }
    parts.reverse();
    let text = parts.join(", ");
    if text.chars().count() <= MAX_CHARS {
        return Ok(text);
    }
    Ok(text.chars().take(MAX_CHARS - 3).chain("...".chars()).collect())
}

/// The common name, if there is one.
pub(super) fn common_name(encoded: &[u8]) -> Option<String> {
    let mut sequence = Reader::der(encoded).sequence().ok()?;
    while let Ok(set) = sequence.expect(SET) {
        let mut pair = set.reader().sequence().ok()?;
        if pair.oid().ok()? == oid::COMMON_NAME {
            return Some(value(&pair.any().ok()?).chars().take(MAX_CHARS).collect());
        }
    }
    None
}

fn short_name(kind: &const_oid::ObjectIdentifier) -> String {
    let name = match *kind {
        oid::COMMON_NAME => "CN",
        oid::SERIAL_NUMBER => "serialNumber",
        oid::COUNTRY => "C",
        oid::LOCALITY => "L",
        oid::STATE => "ST",
        oid::STREET => "STREET",
        oid::ORGANIZATION => "O",
        oid::UNIT => "OU",
        oid::DOMAIN_COMPONENT => "DC",
        oid::USER_ID => "UID",
        oid::EMAIL => "emailAddress",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// A value's text, with what would be taken for the syntax around it escaped (RFC 4514 §2.4).
fn value(element: &Element<'_>) -> String {
    let Some(text) = string(element) else {
        let hex: String = element.encoded.iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("#{hex}");
    };
    let last = text.chars().count().saturating_sub(1);
    let mut escaped = String::with_capacity(text.len());
    for (place, letter) in text.chars().enumerate() {
        let is_edge = place == 0 || place == last;
        match letter {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => escaped.extend(['\\', letter]),
            '#' if place == 0 => escaped.push_str("\\#"),
            ' ' if is_edge => escaped.push_str("\\ "),
            // What would disturb a terminal or hide text in it.
            _ if letter.is_control()
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                    escaped.push_str(&format!("\\{byte:02x}"));
                }
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// The text of any of ASN.1's strings.
fn string(element: &Element<'_>) -> Option<String> {
    const UTF8: u8 = 0x0c;
    const NUMERIC: u8 = 0x12;
    const PRINTABLE: u8 = 0x13;
    const TELETEX: u8 = 0x14;
    const IA5: u8 = 0x16;
    const VISIBLE: u8 = 0x1a;
    const UNIVERSAL: u8 = 0x1c;
    const BMP: u8 = 0x1e;
    match element.tag {
        UTF8 | NUMERIC | PRINTABLE | IA5 | VISIBLE => {
            std::str::from_utf8(element.body).ok().map(str::to_owned)
        }
        // Everybody writes ISO 8859-1 there.
        TELETEX => Some(element.body.iter().map(|byte| char::from(*byte)).collect()),
        BMP if element.body.len().is_multiple_of(2) => {
            let units =
                element.body.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        UNIVERSAL if element.body.len().is_multiple_of(4) => element
            .body
            .chunks_exact(4)
            .map(|four| char::from_u32(u32::from_be_bytes([four[0], four[1], four[2], four[3]])))
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::asn1::{OID, SEQUENCE, write};

    fn name(parts: &[&[(const_oid::ObjectIdentifier, u8, &[u8])]]) -> Vec<u8> {
        let sets = parts.iter().map(|set| {
            let pairs: Vec<Vec<u8>> = set
                .iter()
                .map(|(kind, tag, value)| {
                    write(SEQUENCE, &[&write(OID, &[kind.as_bytes()]), &write(*tag, &[value])])
                })
                .collect();
            write(SET, &[&pairs.concat()])
        });
        write(SEQUENCE, &[&sets.collect::<Vec<_>>().concat()])
    }

    #[test]
    fn the_most_specific_part_comes_first() {
        let encoded = name(&[
            &[(oid::COUNTRY, 0x13, b"DE")],
            &[(oid::ORGANIZATION, 0x0c, "Müller, Söhne".as_bytes()), (oid::UNIT, 0x16, b"Web")],
            &[(oid::COMMON_NAME, 0x0c, b"example.com")],
        ]);
        assert_eq!(text(&encoded).unwrap(), "CN=example.com, O=Müller\\, Söhne+OU=Web, C=DE");
        assert_eq!(common_name(&encoded).unwrap(), "example.com");
    }

    #[test]
    fn every_string_of_asn1_is_read() {
        let cases: [(u8, &[u8], &str); 5] = [
            (0x1e, &[0, b'a', 0x30, 0x42], "CN=aあ"),
            (0x1c, &[0, 0, 0, b'a', 0, 1, 0xf6, 0], "CN=a\u{1f600}"),
            (0x14, &[b'a', 0xe9], "CN=aé"),
            (0x1e, &[0], "CN=#1e0100"),
            (0x0c, &[0xff], "CN=#0c01ff"),
        ];
        for (tag, bytes, expected) in cases {
            assert_eq!(text(&name(&[&[(oid::COMMON_NAME, tag, bytes)]])).unwrap(), expected);
        }
    }

    #[test]
    fn nothing_in_a_name_can_pass_for_syntax_or_disturb_a_terminal() {
        let hostile = "#a\u{1b}[2Jb\u{202e}\n ";
        let encoded = name(&[&[(oid::COMMON_NAME, 0x0c, hostile.as_bytes())]]);
        assert_eq!(text(&encoded).unwrap(), "CN=\\#a\\1b[2Jb\\e2\\80\\ae\\0a\\ ");
    }

    #[test]
    fn a_long_name_is_cut() {
        let encoded = name(&[&[(oid::COMMON_NAME, 0x0c, "x".repeat(100_000).as_bytes())]]);
        let text = text(&encoded).unwrap();
        assert_eq!(text.chars().count(), MAX_CHARS);
        assert!(text.ends_with("x..."));
    }

    #[test]
    fn an_empty_name_is_an_empty_text() {
        assert_eq!(text(&name(&[])).unwrap(), "");
        assert_eq!(common_name(&name(&[])), None);
    }
}
