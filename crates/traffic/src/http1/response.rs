//! Parses response heads of members, as strictly as requests: a response that could be read in
//! two ways is not passed on. It must borrow from the input and allocate nothing.

use std::ops::Range;

use httparse::{Header, ParserConfig, Status};

use super::field::FieldKind;
use super::framing::{Asked, BodyLength, FramingFields, Version, response_length};
use super::refusal::BadResponse;
use super::request::{ConnectionOptions, FieldSpace, Parsed, drop_nominated, read_connection};
use super::tokens::{canonical_span, lines_end_in_crlf};
use crate::limits::{MAX_FIELDS, MAX_HEAD_BYTES};

/// A response head with one meaning, borrowed from the bytes it came in.
#[derive(Debug)]
pub struct ResponseHead<'h, 'b> {
    /// Bytes of the head with its final empty line.
    pub length: usize,
    pub status: u16,
    pub reason: &'b str,
    pub version: Version,
    pub body: BodyLength,
    pub connection: ConnectionOptions,
    /// The protocol that a 101 changes to.
    pub upgrade: Option<&'b [u8]>,
    /// Framing fields that a message without body must not have: the member is not trusted with
    /// another request on this connection.
    pub has_stray_framing: bool,
    pub(super) head: &'b [u8],
    pub(super) fields: &'h [Header<'b>],
    pub(super) kinds: [FieldKind; MAX_FIELDS],
}

impl<'h, 'b> ResponseHead<'h, 'b> {
    /// Parses the head at the start of `input`, the answer to a request that `asked`.
    ///
    /// # Errors
    /// A [`BadResponse`]: the bytes are no response that could be passed on without doubt.
    pub fn parse(
        input: &'b [u8],
        asked: Asked,
        space: &'h mut FieldSpace<'b>,
    ) -> Result<Parsed<Self>, BadResponse> {
        let mut parsed = httparse::Response::new(&mut []);
        let status =
            ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, input, space);
        let length = match status {
            Ok(Status::Complete(length)) if length <= MAX_HEAD_BYTES => length,
            Ok(Status::Partial) if input.len() < MAX_HEAD_BYTES => return Ok(Parsed::Partial),
            Ok(_) => return Err(BadResponse::HeadTooLarge),
            Err(error) => return Err(bad_response_for(error)),
        };
        let head = input.get(..length).unwrap_or_default();
        let fields: &'h [Header<'b>] = parsed.headers;
        if !lines_end_in_crlf(head, fields) || !head.starts_with(b"HTTP/1.") {
            return Err(BadResponse::Malformed("a line of the response does not end in CRLF"));
        }
        let status = parsed.code.unwrap_or_default();
        if !(100..=599).contains(&status) || !matches!(head.get(12), Some(b' ' | b'\r')) {
            return Err(BadResponse::Malformed("the response's status line is malformed"));
        }
        let mut response = Self {
            length,
            status,
            reason: parsed.reason.unwrap_or_default(),
            version: if parsed.version == Some(0) { Version::Http10 } else { Version::Http11 },
            body: BodyLength::Empty,
            connection: ConnectionOptions::default(),
            upgrade: None,
            has_stray_framing: false,
            head,
            fields,
            kinds: [FieldKind::Plain; MAX_FIELDS],
        };
        response.read_fields(asked)?;
        Ok(Parsed::Head(response))
    }

    fn read_fields(&mut self, asked: Asked) -> Result<(), BadResponse> {
        let mut framing = FramingFields::default();
        let mut nominates = false;
        for (field, kind) in self.fields.iter().zip(&mut self.kinds) {
            *kind = FieldKind::of(field.name.as_bytes());
            match *kind {
                FieldKind::ContentLength => framing.note_content_length(field.value),
                FieldKind::TransferEncoding => framing.note_transfer_encoding(field.value),
                FieldKind::Connection => {
                    nominates |= read_connection(field.value, &mut self.connection)
                        .map_err(|_| BadResponse::Malformed("Connection is malformed"))?;
                }
                FieldKind::Upgrade => self.upgrade = Some(field.value),
                FieldKind::Plain
                | FieldKind::Host
                | FieldKind::Expect
                | FieldKind::MaxForwards
                | FieldKind::Via
                | FieldKind::RequestId
                | FieldKind::ForwardedFor
                | FieldKind::ForwardedProto
                | FieldKind::ForwardedPort
                | FieldKind::ForwardedHost
                | FieldKind::Forwarded
                | FieldKind::Cookie
                | FieldKind::StrictTransport
                | FieldKind::Dropped => {}
            }
        }
        if nominates {
            drop_nominated(self.fields, &mut self.kinds);
        }
        self.body = response_length(asked, self.status, self.version, &framing)?;
        let declares_body = framing.transfer_encoding.is_some()
            || framing.content_length.is_some_and(|length| length != b"0");
        self.has_stray_framing = matches!(self.status, 100..=199 | 204) && declares_body;
        Ok(())
    }

    /// Whether it is an interim response that is followed by another.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        (100..=199).contains(&self.status) && self.status != 101
    }

    /// Whether the member keeps the connection for another request.
    #[must_use]
    pub fn allows_reuse(&self) -> bool {
        let keeps = match self.version {
            Version::Http11 => !self.connection.close,
            Version::Http10 => self.connection.keep_alive && !self.connection.close,
        };
        keeps && self.body != BodyLength::UntilClose && !self.has_stray_framing
    }

    /// Every field as sent, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'b str, &'b [u8])> + use<'h, 'b> {
        self.fields.iter().map(|field| (field.name, field.value))
    }

    /// The fields that belong to the message and not to the connection that it came on.
    pub fn message_fields(&self) -> impl Iterator<Item = (&'b str, &'b [u8])> {
        self.fields
            .iter()
            .zip(&self.kinds)
            .filter(|(_, kind)| kind.is_of_message())
            .map(|(field, _)| (field.name, field.value))
    }

    /// The line of the field at `index` if it may be copied as it stands.
    pub(super) fn span(&self, index: usize) -> Option<Range<usize>> {
        let (start, end) = canonical_span(self.head, self.fields.get(index)?)?;
        Some(start..end)
    }
}

fn bad_response_for(error: httparse::Error) -> BadResponse {
    match error {
        httparse::Error::TooManyHeaders => BadResponse::TooManyFields,
        httparse::Error::HeaderName | httparse::Error::HeaderValue => {
            BadResponse::Malformed("a field of the response has a byte it must not have")
        }
        httparse::Error::NewLine
        | httparse::Error::Status
        | httparse::Error::Token
        | httparse::Error::Version => {
            BadResponse::Malformed("the response's status line is malformed")
        }
    }
}
