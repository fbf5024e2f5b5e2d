//! ASN.1 as certificates, keys and PKCS#12 files use it (ITU-T X.690): a reader that a hostile file cannot make loop,
//! recurse or allocate beyond its own size, and the few things that are written anew.
//!
//! Indefinite lengths and strings in pieces are read where BER is allowed: Windows, NSS and old Java write them. This reader
//! knows shapes; what they mean is known to the files beside this one.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use elbow_model::value::Timestamp;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// How deep elements may be nested: PKCS#12 with constructed strings needs some 20.
const MAX_DEPTH: u8 = 40;

/// The tag of `[n]` around other elements.
pub(super) const fn context(n: u8) -> u8 {
    0xa0 | n
}

/// The tag of `[n]` in place of a primitive element's own.
pub(super) const fn context_primitive(n: u8) -> u8 {
    0x80 | n
}

/// It is not what was expected at this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Which encodings are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    Ber,
    Der,
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    /// What is in it.
    pub(super) body: &'a [u8],
    /// All of it, tag and length included.
    pub(super) encoded: &'a [u8],
    rules: Rules,
    depth: u8,
}

/// Reads elements one after another.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    rules: Rules,
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Of what tools write in any way that BER allows.
    pub(super) fn ber(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, rules: Rules::Ber, depth: MAX_DEPTH }
    }

    /// Of what has exactly one encoding because it is signed.
    pub(super) fn der(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, rules: Rules::Der, depth: MAX_DEPTH }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let (element, rest) = split(self.rest, self.rules, self.depth)?;
        self.rest = rest;
        Ok(element)
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        self.optional(tag)?.ok_or(Malformed)
    }

    /// The next element if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// A sequence's contents.
    pub(super) fn sequence(&mut self) -> Result<Reader<'a>, Malformed> {
        Ok(self.expect(SEQUENCE)?.reader())
    }

    pub(super) fn oid(&mut self) -> Result<ObjectIdentifier, Malformed> {
        ObjectIdentifier::from_bytes(self.expect(OID)?.body).map_err(|_| Malformed)
    }

    /// A small number that is not negative.
    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        self.expect(INTEGER)?.number()
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

impl<'a> Element<'a> {
    /// Reads what is in it.
    pub(super) fn reader(&self) -> Reader<'a> {
        Reader { rest: self.body, rules: self.rules, depth: self.depth.saturating_sub(1) }
    }

    /// The bytes of an octet string, which BER allows to come in pieces, also under another (implicit) tag.
    pub(super) fn octets(&self) -> Result<Cow<'a, [u8]>, Malformed> {
        if self.tag & 0x20 == 0 {
            return Ok(Cow::Borrowed(self.body));
        }
        if self.rules == Rules::Der {
            return Err(Malformed);
        }
        let mut whole = Vec::with_capacity(self.body.len());
        let mut pieces = self.reader();
        while !pieces.is_empty() {
            let piece = pieces.any()?;
            if piece.tag & !0x20 != OCTET_STRING {
                return Err(Malformed);
            }
            whole.extend_from_slice(&piece.octets()?);
        }
        Ok(Cow::Owned(whole))
    }

    /// The bytes of a bit string of whole bytes.
    pub(super) fn bits(&self) -> Result<&'a [u8], Malformed> {
        match self.body.split_first() {
            Some((0, bytes)) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    pub(super) fn number(&self) -> Result<u64, Malformed> {
        let magnitude = self.magnitude()?;
        if magnitude.len() > 8 {
            return Err(Malformed);
        }
        Ok(magnitude.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number that is not negative, without leading zeros.
    pub(super) fn magnitude(&self) -> Result<&'a [u8], Malformed> {
        if self.body.first().is_none_or(|byte| byte & 0x80 != 0) {
            return Err(Malformed);
        }
        Ok(without_leading_zeros(self.body))
    }

    /// A point in time (RFC 5280 §4.1.2.5); one before 1970 is 1970.
    pub(super) fn time(&self) -> Result<Timestamp, Malformed> {
        const UTC_TIME: u8 = 0x17;
        const GENERALIZED_TIME: u8 = 0x18;
        let digits = self.body.strip_suffix(b"Z").ok_or(Malformed)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(Malformed);
        }
        let pair = |at: usize| -> Option<i16> {
            let pair = digits.get(at..at + 2)?;
            Some(i16::from(pair[0] - b'0') * 10 + i16::from(pair[1] - b'0'))
        };
        let (year, rest) = match (self.tag, digits.len()) {
            // Years from 50 are of the last century.
            (UTC_TIME, 12) => (pair(0).map(|y| if y < 50 { 2_000 + y } else { 1_900 + y }), 2),
            (GENERALIZED_TIME, 14) => (pair(0).zip(pair(2)).map(|(c, y)| c * 100 + y), 4),
            _ => return Err(Malformed),
        };
        let part = |n: usize| pair(rest + 2 * n).and_then(|part| i8::try_from(part).ok());
        let parts = (year, part(0), part(1), part(2), part(3), part(4));
        let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) = parts
        else {
            return Err(Malformed);
        };
        let time = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0);
        let time = time.map_err(|_| Malformed)?.to_zoned(jiff::tz::TimeZone::UTC);
        // The last day of 9999, which stands for "never" (RFC 5280 §4.1.2.5), is beyond what is counted.
        let time = time.map_or(jiff::Timestamp::MAX, |time| time.timestamp());
        let ms = time.as_second() * 1_000;
        Ok(Timestamp(u64::try_from(ms).unwrap_or(0)))
    }
}

/// An element with this tag and contents.
pub(super) fn write(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    // Exactly as much as is needed: keys are written by this too, and growing would leave copies of them.
    let mut element = Vec::with_capacity(length + 10);
    element.push(tag);
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        element.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let bytes = without_leading_zeros(&bytes);
        element.push(0x80 | bytes.len() as u8);
        element.extend_from_slice(bytes);
    }
    for part in contents {
        element.extend_from_slice(part);
    }
    element
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// Splits off the first element.
fn split(bytes: &[u8], rules: Rules, depth: u8) -> Result<(Element<'_>, &[u8]), Malformed> {
    // Tags above 30 take more bytes and stand in nothing that is read here.
    let (&tag, after_tag) = bytes.split_first().ok_or(Malformed)?;
    if depth == 0 || tag & 0x1f == 0x1f {
        return Err(Malformed);
    }
    let (&length, after_length) = after_tag.split_first().ok_or(Malformed)?;
    let element = |body, encoded| Element { tag, body, encoded, rules, depth };
    let (length, contents) = match length {
        0..0x80 => (usize::from(length), after_length),
        0x80 if rules == Rules::Ber && tag & 0x20 != 0 => {
            let length = until_end_of_contents(after_length, depth - 1)?;
            let (body, rest) = after_length.split_at(length);
            let rest = &rest[2..];
            return Ok((element(body, &bytes[..bytes.len() - rest.len()]), rest));
        }
        0x81..=0x84 => {
            let count = usize::from(length & 0x7f);
            let (bytes, contents) = after_length.split_at_checked(count).ok_or(Malformed)?;
            let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            let is_shortest = bytes[0] != 0 && (count > 1 || length >= 0x80);
            if rules == Rules::Der && !is_shortest {
                return Err(Malformed);
            }
            (length, contents)
        }
        _ => return Err(Malformed),
    };
    let (body, rest) = contents.split_at_checked(length).ok_or(Malformed)?;
    Ok((element(body, &bytes[..bytes.len() - rest.len()]), rest))
}

/// How many bytes stand before the two zeros that end an element of indefinite length (X.690 §8.1.3.6).
fn until_end_of_contents(bytes: &[u8], depth: u8) -> Result<usize, Malformed> {
    let mut rest = bytes;
    while !rest.starts_with(&[0, 0]) {
        rest = split(rest, Rules::Ber, depth)?.1;
    }
    Ok(bytes.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_strings_in_pieces_are_read() {
        // SEQUENCE (indefinite) { OCTET STRING (indefinite) { "ab", { "c" } }, INTEGER 5 }
        let bytes =
            [0x30, 0x80, 0x24, 0x80, 4, 2, b'a', b'b', 0x24, 3, 4, 1, b'c', 0, 0, 2, 1, 5, 0, 0, 9];
        let mut outer = Reader::ber(&bytes);
        let mut inner = outer.sequence().unwrap();
        assert_eq!(&*inner.any().unwrap().octets().unwrap(), b"abc");
        assert_eq!(inner.number(), Ok(5));
        assert_eq!(inner.end(), Ok(()));
        assert_eq!(outer.rest, [9]);
        assert!(Reader::der(&bytes).any().is_err());
    }

    #[test]
    fn lengths_beyond_the_end_or_endless_nesting_are_malformed() {
        for bytes in [
            &[0x30][..],
            &[0x30, 2, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x85, 1, 1, 1, 1, 1],
            &[0x30, 0x80, 2, 1, 1],
            &[0x04, 0x80, 0, 0],
            &[0x1f, 0x81, 0],
        ] {
            assert!(Reader::ber(bytes).any().is_err(), "{bytes:02x?}");
        }
        assert!(Reader::ber(&[0x30, 0x80].repeat(100_000)).any().is_err());
    }

    #[test]
    fn signed_things_have_one_encoding() {
        for bytes in [&[4, 0x81, 1, 9][..], &[4, 0x82, 0, 1, 9]] {
            assert!(Reader::ber(bytes).any().is_ok());
            assert!(Reader::der(bytes).any().is_err());
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let body = vec![7; length];
            let written = write(OCTET_STRING, &[&body[..length / 2], &body[length / 2..]]);
            let mut reader = Reader::der(&written);
            assert_eq!(reader.expect(OCTET_STRING).map(|e| e.body.to_vec()), Ok(body));
            assert_eq!(reader.end(), Ok(()));
        }
    }

    #[test]
    fn times_are_read_in_both_forms_and_nonsense_is_not() {
        let time = |tag: u8, text: &str| {
            let bytes = write(tag, &[text.as_bytes()]);
            Reader::der(&bytes).any().unwrap().time().map(|time| time.to_string())
        };
        assert_eq!(time(0x17, "491231235959Z").unwrap(), "2049-12-31T23:59:59.000Z");
        assert_eq!(time(0x17, "990101000000Z").unwrap(), "1999-01-01T00:00:00.000Z");
        assert_eq!(time(0x17, "500101000000Z").unwrap(), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(0x18, "20500101000000Z").unwrap(), "2050-01-01T00:00:00.000Z");
        assert_eq!(time(0x18, "99991231235959Z").unwrap(), "9999-12-30T22:00:00.000Z");
        for (tag, text) in [
            (0x17, "4912312359Z"),
            (0x17, "491331235959Z"),
            (0x17, "49123123595xZ"),
            (0x17, "490230000000Z"),
            (0x18, "20500101000000"),
            (0x02, "491231235959Z"),
        ] {
            assert!(time(tag, text).is_err(), "{text}");
        }
    }
}
