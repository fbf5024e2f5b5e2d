//! From the head of an HTTP/2 response to the HTTP/1.1 head that means the same (RFC 9113 §8.3.2).
//! It must refuse whatever could change its meaning on the way: the strict HTTP/1 parser reads what
//! is written here.

use super::head::{Ending, Field, Framing, MalformedHead, check_field, write_line};
use crate::http1::framing::Asked;

/// Appends the HTTP/1.1 head of a final response to a request that `asked`.
///
/// # Errors
/// [`MalformedHead`]: the response is none.
pub fn write_response_head<'a>(
    status: u16,
    fields: impl Iterator<Item = Field<'a>>,
    asked: Asked,
    ending: Ending,
    out: &mut Vec<u8>,
) -> Result<Framing, MalformedHead> {
    if !(200..=599).contains(&status) {
        return Err(MalformedHead(":status is none of a final response"));
    }
    let length = write_start(status, fields, out)?;
    let has_none = asked == Asked::Head || matches!(status, 204 | 304);
    let framing = match (has_none, length, ending) {
        (true, Some(length), _) if status != 204 => {
            write_line(b"content-length", length, out);
            Framing::Nothing
        }
        (true, ..) => Framing::Nothing,
        (false, Some(length), Ending::HeadOnly) if length != b"0" => {
            return Err(MalformedHead("a Content-Length without a body"));
        }
        (false, _, Ending::HeadOnly) => {
            write_line(b"content-length", b"0", out);
            Framing::Nothing
        }
        (false, Some(length), Ending::BodyFollows) => {
            write_line(b"content-length", length, out);
            if length == b"0" { Framing::Nothing } else { Framing::Fixed }
        }
        (false, None, Ending::BodyFollows) => {
            out.extend_from_slice(b"transfer-encoding: chunked\r\n");
            Framing::Chunked
        }
    };
    out.extend_from_slice(b"\r\n");
    Ok(framing)
}

/// Appends the HTTP/1.1 head of an interim response; 101 does not exist in HTTP/2 (RFC 9113 §8.6).
///
/// # Errors
/// As above.
pub fn write_interim_head<'a>(
    status: u16,
    fields: impl Iterator<Item = Field<'a>>,
    out: &mut Vec<u8>,
) -> Result<(), MalformedHead> {
    if !(100..=199).contains(&status) || status == 101 {
        return Err(MalformedHead(":status is none of an interim response"));
    }
    write_start(status, fields, out)?;
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends the status line and all fields but the length, which it gives.
fn write_start<'a>(
    status: u16,
    fields: impl Iterator<Item = Field<'a>>,
    out: &mut Vec<u8>,
) -> Result<Option<&'a [u8]>, MalformedHead> {
    out.extend_from_slice(b"HTTP/1.1 ");
    for place in [100, 10, 1] {
        out.push(b'0' + u8::try_from(status / place % 10).unwrap_or_default());
    }
    out.extend_from_slice(b" \r\n");
    let mut length = None;
    for (name, value) in fields {
        check_field(name, value)?;
        match name {
            b"te" => return Err(MalformedHead("TE in a response")),
            b"content-length" if length.is_some() => {
                return Err(MalformedHead("Content-Length is given twice"));
            }
            b"content-length" => length = Some(value),
            name => write_line(name, value, out),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::ResponseHead;
    use crate::http1::request::{Parsed, field_space};

    const OTHER: Asked = Asked::Other;

    fn written(
        status: u16,
        fields: &[(&str, &str)],
        asked: Asked,
        ending: Ending,
    ) -> Result<(String, Framing), MalformedHead> {
        let mut out = Vec::new();
        let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let framing = write_response_head(status, fields, asked, ending, &mut out)?;
        let mut space = field_space();
        let read = ResponseHead::parse(&out, asked, &mut space);
        assert!(matches!(read, Ok(Parsed::Head(_))), "{read:?}");
        Ok((String::from_utf8_lossy(&out).into_owned(), framing))
    }

    #[test]
    fn bodies_are_framed_by_what_the_head_says() {
        use Ending::{BodyFollows, HeadOnly};
        let five = ("content-length", "5");
        type Row<'a> = (u16, &'a [(&'a str, &'a str)], Asked, Ending, Framing, &'a str);
        let rows: [Row<'_>; 9] = [
            (200, &[], OTHER, BodyFollows, Framing::Chunked, "transfer-encoding: chunked"),
            (200, &[five], OTHER, BodyFollows, Framing::Fixed, "content-length: 5"),
            (200, &[], OTHER, HeadOnly, Framing::Nothing, "content-length: 0"),
            (200, &[("grpc-status", "5")], OTHER, HeadOnly, Framing::Nothing, "content-length: 0"),
            (200, &[five], Asked::Head, HeadOnly, Framing::Nothing, "content-length: 5"),
            (200, &[("x", "y")], Asked::Head, HeadOnly, Framing::Nothing, "x: y"),
            (304, &[five], OTHER, HeadOnly, Framing::Nothing, "content-length: 5"),
            (204, &[("x", "y")], OTHER, HeadOnly, Framing::Nothing, "x: y"),
            (404, &[("content-length", "0")], OTHER, BodyFollows, Framing::Nothing, "-length: 0"),
        ];
        for (status, fields, asked, ending, framing, end) in rows {
            let (head, found) = written(status, fields, asked, ending).expect("a response");
            assert!(head.starts_with(&format!("HTTP/1.1 {status} \r\n")), "{head}");
            assert!(head.ends_with(&format!("{end}\r\n\r\n")), "{head}");
            assert_eq!(found, framing, "{head}");
        }
    }

    #[test]
    fn responses_that_are_none_are_not_passed_on() {
        let rows: [(u16, &[(&str, &str)]); 10] = [
            (99, &[]),
            (100, &[]),
            (101, &[]),
            (600, &[]),
            (200, &[("content-length", "5")]),
            (200, &[("content-length", "0"), ("content-length", "0")]),
            (200, &[("connection", "close")]),
            (200, &[("transfer-encoding", "chunked")]),
            (200, &[("x", "y\r\nSet-Cookie: z")]),
            (200, &[("te", "trailers")]),
        ];
        for (status, fields) in rows {
            let verdict = written(status, fields, OTHER, Ending::HeadOnly);
            assert!(verdict.is_err(), "{status} {fields:?}");
        }
    }

    #[test]
    fn interim_responses_are_heads_alone() {
        let mut out = Vec::new();
        let hint = [(b"link".as_slice(), b"</x>; rel=preload".as_slice())];
        write_interim_head(103, hint.into_iter(), &mut out).expect("an interim response");
        assert_eq!(out, b"HTTP/1.1 103 \r\nlink: </x>; rel=preload\r\n\r\n");
        assert!(write_interim_head(101, hint.into_iter(), &mut out).is_err());
        assert!(write_interim_head(200, hint.into_iter(), &mut out).is_err());
    }
}
