//! Whose a certificate is, as text (RFC 4514): only as far as a proxy needs to tell members who
//! their client is. It must not guess: what can't be read is no name at all.

/// The longest text; a subject with more is not told, since a part of it may be another's name.
const MAX_TEXT_BYTES: usize = 2048;

/// ASN.1 tags (X.690 §8).
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 6;
const EXPLICIT_VERSION: u8 = 0xa0;
/// UTF8String, PrintableString, IA5String: their bytes are UTF-8.
const TEXT: [u8; 3] = [12, 19, 22];

/// Attribute types with names of their own (RFC 4514 §3), by the bytes of their identifiers.
const NAMES: [(&[u8], &str); 9] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
];

/// The subject of a certificate in DER, in printable ASCII; none if it can't be told.
#[must_use]
pub fn subject_of(certificate: &[u8]) -> Option<String> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (body, _) = element(certificate, SEQUENCE)?;
    let body = match body.first() {
        Some(&EXPLICIT_VERSION) => any_element(body)?.2,
        _ => body,
    };
    // Serial number, signature algorithm, issuer and validity come before it (RFC 5280 §4.1).
    let body = (0..4).try_fold(body, |rest, _| Some(any_element(rest)?.2))?;
    let (name, _) = element(body, SEQUENCE)?;
    write_name(name)
}

fn write_name(mut name: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    while !name.is_empty() {
        let (set, rest) = element(name, SET)?;
        parts.push(write_set(set)?);
        name = rest;
    }
    // The last one first (RFC 4514 §2.1).
    parts.reverse();
    Some(parts.join(",")).filter(|text| text.len() <= MAX_TEXT_BYTES)
}

fn write_set(mut set: &[u8]) -> Option<String> {
    let mut text = String::new();
    while !set.is_empty() {
        let (attribute, rest) = element(set, SEQUENCE)?;
        let (identifier, value) = element(attribute, OBJECT_IDENTIFIER)?;
        if !text.is_empty() {
            text.push('+');
        }
        write_attribute(identifier, value, &mut text)?;
        set = rest;
    }
    (!text.is_empty()).then_some(text)
}

fn write_attribute(identifier: &[u8], value: &[u8], text: &mut String) -> Option<()> {
    let (tag, contents, rest) = any_element(value)?;
    if !rest.is_empty() {
        return None;
    }
    let known = NAMES.iter().find(|(bytes, _)| *bytes == identifier).map(|(_, name)| *name);
    match known.filter(|_| TEXT.contains(&tag)) {
        Some(name) => {
            text.push_str(name);
            text.push('=');
            escape(std::str::from_utf8(contents).ok()?, text);
        }
        None => {
            write_identifier(identifier, text)?;
            text.push_str("=#");
            value.iter().for_each(|byte| push_hex(*byte, text));
        }
    }
    Some(())
}

/// Escapes a value (RFC 4514 §2.4); all that is not printable ASCII as bytes, so that the text may
/// stand in a header field.
fn escape(value: &str, text: &mut String) {
    let last = value.len().saturating_sub(1);
    for (at, byte) in value.bytes().enumerate() {
        let is_special = matches!(byte, b'"' | b'+' | b',' | b';' | b'<' | b'>' | b'\\')
            || at == 0 && matches!(byte, b' ' | b'#')
            || at == last && byte == b' ';
        match byte {
            b' '..=b'~' => {
                if is_special {
                    text.push('\\');
                }
                text.push(char::from(byte));
            }
            _ => {
                text.push('\\');
                push_hex(byte, text);
            }
        }
    }
}

/// Writes an object identifier with dots (X.690 §8.19).
fn write_identifier(identifier: &[u8], text: &mut String) -> Option<()> {
    let mut arc = 0_u64;
    let mut is_first = true;
    for byte in identifier {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 != 0 {
            continue;
        }
        if is_first {
            let root = (arc / 40).min(2);
            text.push_str(&format!("{root}.{}", arc - root * 40));
        } else {
            text.push_str(&format!(".{arc}"));
        }
        (arc, is_first) = (0, false);
    }
    (!is_first && arc == 0).then_some(())
}

fn push_hex(byte: u8, text: &mut String) {
    for digit in [byte >> 4, byte & 0xf] {
        text.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// The contents of the first element, which must have this tag, and what follows it.
fn element(bytes: &[u8], expected: u8) -> Option<(&[u8], &[u8])> {
    let (tag, contents, rest) = any_element(bytes)?;
    (tag == expected).then_some((contents, rest))
}

/// Tag, contents and what follows the first element; only tags and lengths that certificates have.
fn any_element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn wrap(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        let mut bytes = vec![tag];
        match contents.len() {
            short @ 0..=127 => bytes.push(short as u8),
            long => bytes.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        bytes.extend(contents);
        bytes
    }

    fn attribute(identifier: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        wrap(SEQUENCE, &[&wrap(OBJECT_IDENTIFIER, &[identifier]), &wrap(tag, &[value])])
    }

    fn certificate(name: &[u8]) -> Vec<u8> {
        let other = wrap(SEQUENCE, &[]);
        let version = wrap(EXPLICIT_VERSION, &[&[2, 1, 2]]);
        let body = wrap(
            SEQUENCE,
            &[&version, &[2, 1, 7], &other, &other, &other, &wrap(SEQUENCE, &[name]), &other],
        );
        wrap(SEQUENCE, &[&body, &other])
    }

    #[test]
    fn subjects_read_as_rfc_4514_has_them() {
        let country = wrap(SET, &[&attribute(&[0x55, 4, 6], 19, b"DE")]);
        let unit = wrap(
            SET,
            &[&attribute(&[0x55, 4, 11], 12, b"Sales"), &attribute(&[0x55, 4, 3], 12, b"J. Smith")],
        );
        let name = [country, unit].concat();
        assert_eq!(subject_of(&certificate(&name)).unwrap(), "OU=Sales+CN=J. Smith,C=DE");
        assert_eq!(subject_of(&certificate(b"")).unwrap(), "");
    }

    #[test]
    fn nothing_in_a_name_can_break_a_header_or_pass_for_another_attribute() {
        for (value, expected) in [
            (&b"a,CN=admin"[..], "CN=a\\,CN=admin"),
            (b" #x ", "CN=\\ #x\\ "),
            (b"#x\\", "CN=\\#x\\\\"),
            (b"a\r\nX: y", "CN=a\\0D\\0AX: y"),
            ("Lu\u{10d}i\u{107}".as_bytes(), "CN=Lu\\C4\\8Di\\C4\\87"),
        ] {
            let name = wrap(SET, &[&attribute(&[0x55, 4, 3], 12, value)]);
            assert_eq!(subject_of(&certificate(&name)).unwrap(), expected);
        }
    }

    #[test]
    fn unknown_attributes_are_told_by_their_identifiers() {
        let name =
            wrap(SET, &[&attribute(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 1], 22, b"a@b")]);
        assert_eq!(subject_of(&certificate(&name)).unwrap(), "1.2.840.113549.1.9.1=#1603614062");
        // A BMPString is no UTF-8.
        let name = wrap(SET, &[&attribute(&[0x55, 4, 3], 30, b"\0a")]);
        assert_eq!(subject_of(&certificate(&name)).unwrap(), "2.5.4.3=#1E020061");
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_the_text_can_stand_in_a_header(
            bytes in vec(any::<u8>(), 0..200),
            value in vec(any::<u8>(), 0..40),
            changed in (any::<prop::sample::Index>(), any::<u8>()),
        ) {
            let mut made = certificate(&wrap(SET, &[&attribute(&[0x55, 4, 3], 12, &value)]));
            let at = changed.0.index(made.len());
            made[at] = changed.1;
            for certificate in [bytes, made] {
                let text = subject_of(&certificate).unwrap_or_default();
                prop_assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{text:?}");
                prop_assert!(text.len() <= MAX_TEXT_BYTES);
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_no_name() {
        let whole = certificate(&wrap(SET, &[&attribute(&[0x55, 4, 3], 12, b"a")]));
        for length in 0..whole.len() - 2 {
            assert_eq!(subject_of(&whole[..length]), None, "{length}");
        }
        let long = wrap(SET, &[&attribute(&[0x55, 4, 3], 12, &[b'x'; 3000])]);
        assert_eq!(subject_of(&certificate(&long)), None);
    }
}
