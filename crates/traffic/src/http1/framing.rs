//! Where a message's body ends (RFC 9112 §6.3), decided from the head alone. It must refuse every
//! head that two readers could understand differently.

use super::field::list_members;
use super::refusal::{BadResponse, Refusal};

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    Empty,
    Fixed(u64),
    Chunked,
    /// Until the connection closes; only a response can be so.
    UntilClose,
}

/// HTTP's minor version; the major one is always 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    Http10,
    Http11,
}

/// The framing fields of one head as they are found.
#[derive(Clone, Copy, Debug, Default)]
pub struct FramingFields<'a> {
    pub content_length: Option<&'a [u8]>,
    pub content_length_repeated: bool,
    pub transfer_encoding: Option<&'a [u8]>,
    pub transfer_encoding_repeated: bool,
}

impl<'a> FramingFields<'a> {
    /// Takes note of a `Content-Length` field.
    pub fn note_content_length(&mut self, value: &'a [u8]) {
        self.content_length_repeated = self.content_length.is_some();
        self.content_length = Some(value);
    }

    /// Takes note of a `Transfer-Encoding` field.
    pub fn note_transfer_encoding(&mut self, value: &'a [u8]) {
        self.transfer_encoding_repeated |= self.transfer_encoding.is_some();
        self.transfer_encoding = Some(value);
    }

    fn fixed_length(&self) -> Result<Option<u64>, &'static str> {
        match self.content_length {
            None => Ok(None),
            Some(_) if self.content_length_repeated => {
                Err("Content-Length is given more than once")
            }
            Some(value) => {
                parse_length(value).map(Some).ok_or("Content-Length is not a plain number")
            }
        }
    }

    fn is_chunked(&self) -> Result<bool, CodingProblem> {
        let Some(value) = self.transfer_encoding else { return Ok(false) };
        if self.transfer_encoding_repeated {
            return Err(CodingProblem::Obfuscated);
        }
        if value.eq_ignore_ascii_case(b"chunked") {
            return Ok(true);
        }
        let mut codings = list_members(value);
        let last_is_chunked =
            codings.by_ref().last().is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        let chunked_count = list_members(value)
            .filter(|coding| coding.to_ascii_lowercase().starts_with(b"chunked"))
            .count();
        if last_is_chunked && chunked_count == 1 && list_members(value).count() > 1 {
            Err(CodingProblem::Unknown)
        } else {
            Err(CodingProblem::Obfuscated)
        }
    }
}

#[derive(Clone, Copy)]
enum CodingProblem {
    Unknown,
    Obfuscated,
}

/// Decimal digits only, no sign, no list, no overflow.
fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// The length of a request's body.
///
/// # Errors
/// A [`Refusal`] for whatever could be read in two ways.
pub fn request_length(version: Version, fields: &FramingFields<'_>) -> Result<BodyLength, Refusal> {
    let fixed = fields.fixed_length().map_err(Refusal::Malformed)?;
    if fields.transfer_encoding.is_some() {
        if version == Version::Http10 {
            return Err(Refusal::Malformed("HTTP/1.0 has no Transfer-Encoding"));
        }
        if fixed.is_some() {
            return Err(Refusal::Malformed("both Content-Length and Transfer-Encoding are given"));
        }
    }
    match fields.is_chunked() {
        Ok(true) => Ok(BodyLength::Chunked),
        Ok(false) => Ok(match fixed {
            None | Some(0) => BodyLength::Empty,
            Some(length) => BodyLength::Fixed(length),
        }),
        Err(CodingProblem::Unknown) => Err(Refusal::CodingNotImplemented),
        Err(CodingProblem::Obfuscated) => {
            Err(Refusal::Malformed("Transfer-Encoding is not exactly chunked"))
        }
    }
}

/// What the request says about its response's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Head,
    Other,
}

/// The length of a response's body.
///
/// # Errors
/// A [`BadResponse`] for whatever could be read in two ways.
pub fn response_length(
    asked: Asked,
    status: u16,
    version: Version,
    fields: &FramingFields<'_>,
) -> Result<BodyLength, BadResponse> {
    let fixed = fields.fixed_length().map_err(BadResponse::Malformed)?;
    if fields.transfer_encoding.is_some() && version == Version::Http10 {
        return Err(BadResponse::Malformed("HTTP/1.0 has no Transfer-Encoding"));
    }
    if fields.transfer_encoding.is_some() && fixed.is_some() {
        return Err(BadResponse::Malformed("both Content-Length and Transfer-Encoding are given"));
    }
    let is_chunked = fields
        .is_chunked()
        .map_err(|_| BadResponse::Malformed("Transfer-Encoding is not exactly chunked"))?;
    if asked == Asked::Head || matches!(status, 100..=199 | 204 | 304) {
        return Ok(BodyLength::Empty);
    }
    Ok(match (is_chunked, fixed) {
        (true, _) => BodyLength::Chunked,
        (false, Some(0)) => BodyLength::Empty,
        (false, Some(length)) => BodyLength::Fixed(length),
        (false, None) => BodyLength::UntilClose,
    })
}
