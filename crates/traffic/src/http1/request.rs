//! Parses request heads, strictly: what it returns has one meaning only. It must borrow from the
//! input and allocate nothing; it runs once per request.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Header, ParserConfig, Status};

use super::field::{FieldKind, list_members};
use super::framing::{BodyLength, FramingFields, Version, request_length};
use super::grammar::{is_authority, is_target, is_token};
use super::refusal::Refusal;
use super::tokens::{canonical_span, lines_end_in_crlf, offset_in};
use crate::limits::{
    MAX_EMPTY_LINES, MAX_FIELDS, MAX_HEAD_BYTES, MAX_METHOD_BYTES, MAX_TARGET_BYTES,
};

/// Room for the fields of one head, to be put on the caller's stack.
pub type FieldSpace<'b> = [MaybeUninit<Header<'b>>; MAX_FIELDS];

/// Makes room for the fields of one head.
#[must_use]
pub const fn field_space<'b>() -> FieldSpace<'b> {
    [const { MaybeUninit::uninit() }; MAX_FIELDS]
}

/// What a piece of input turned out to be.
#[derive(Debug)]
pub enum Parsed<T> {
    /// A whole head.
    Head(T),
    /// Good so far, but not the whole head.
    Partial,
}

/// What `Connection` asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    pub close: bool,
    pub keep_alive: bool,
    pub upgrade: bool,
}

/// The form of a request target (RFC 9112 §3.2); `CONNECT`'s authority form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetForm {
    /// `/path?query`
    Origin,
    /// `http://host/path?query`; its authority replaces `Host`.
    Absolute,
    /// `*`, only with OPTIONS.
    Asterisk,
}

/// A request head with one meaning, borrowed from the bytes it came in.
#[derive(Debug)]
pub struct RequestHead<'h, 'b> {
    /// Bytes of the head with its final empty line and any empty lines before it.
    pub length: usize,
    pub method: &'b str,
    /// Path and query as sent, without scheme and authority; `*` in the asterisk form.
    pub target: &'b str,
    pub form: TargetForm,
    pub version: Version,
    /// `host[:port]` as sent; empty only for an HTTP/1.0 request without any.
    pub authority: &'b str,
    pub body: BodyLength,
    pub connection: ConnectionOptions,
    pub expects_continue: bool,
    /// Whether the client understands trailers (`TE: trailers`, RFC 9110 §10.1.4).
    pub takes_trailers: bool,
    /// The protocol asked for by a valid `Upgrade` (never `h2c`).
    pub upgrade: Option<&'b [u8]>,
    /// How many more hops an OPTIONS request may take (RFC 9110 §7.6.2).
    pub max_forwards: Option<u64>,
    pub(super) head: &'b [u8],
    pub(super) fields: &'h [Header<'b>],
    pub(super) kinds: [FieldKind; MAX_FIELDS],
}

impl<'h, 'b> RequestHead<'h, 'b> {
    /// Parses the head at the start of `input`.
    ///
    /// # Errors
    /// A [`Refusal`]: the bytes are no request that could be forwarded without doubt.
    pub fn parse(input: &'b [u8], space: &'h mut FieldSpace<'b>) -> Result<Parsed<Self>, Refusal> {
        let skipped = empty_lines(input)?;
        let bytes = input.get(skipped..).unwrap_or_default();
        let mut parsed = httparse::Request::new(&mut []);
        let status =
            ParserConfig::default().parse_request_with_uninit_headers(&mut parsed, bytes, space);
        let length = match status {
            Ok(Status::Complete(length)) if length <= MAX_HEAD_BYTES => length,
            // Counted with the empty lines before it: whoever reads stops at that many bytes.
            Ok(Status::Partial) if input.len() < MAX_HEAD_BYTES => {
                return check_partial(bytes).map(|()| Parsed::Partial);
            }
            Ok(_) => return Err(too_large(bytes)),
            Err(httparse::Error::Version) if may_name_other_version(bytes) => {
                return Ok(Parsed::Partial);
            }
            Err(error) => return Err(refusal_for(error, bytes)),
        };
        let head = bytes.get(..length).unwrap_or_default();
        let fields: &'h [Header<'b>] = parsed.headers;
        if !lines_end_in_crlf(head, fields) {
            return Err(Refusal::Malformed("a line does not end in CRLF"));
        }
        let version = match parsed.version {
            Some(0) => Version::Http10,
            _ => Version::Http11,
        };
        let method = parsed.method.unwrap_or_default();
        let whole_target = parsed.path.unwrap_or_default();
        check_request_line(head, method, whole_target)?;
        let target = split_target(method, whole_target)?;
        let mut request = Self {
            length: skipped + length,
            method,
            target: target.path,
            form: target.form,
            version,
            authority: "",
            body: BodyLength::Empty,
            connection: ConnectionOptions::default(),
            expects_continue: false,
            takes_trailers: false,
            upgrade: None,
            max_forwards: None,
            head,
            fields,
            kinds: [FieldKind::Plain; MAX_FIELDS],
        };
        request.read_fields(target.authority)?;
        Ok(Parsed::Head(request))
    }

    fn read_fields(&mut self, target_authority: Option<&'b str>) -> Result<(), Refusal> {
        let mut framing = FramingFields::default();
        let mut host: Option<&'b [u8]> = None;
        let mut upgrade = None;
        let mut nominates = false;
        for (field, kind) in self.fields.iter().zip(&mut self.kinds) {
            *kind = FieldKind::of(field.name.as_bytes());
            match *kind {
                FieldKind::Plain => {}
                FieldKind::Host if host.is_some() => {
                    return Err(Refusal::Malformed("Host is given more than once"));
                }
                FieldKind::Host => host = Some(field.value),
                FieldKind::ContentLength => framing.note_content_length(field.value),
                FieldKind::TransferEncoding => framing.note_transfer_encoding(field.value),
                FieldKind::Connection => {
                    nominates |= read_connection(field.value, &mut self.connection)?;
                }
                FieldKind::Upgrade => upgrade = Some(field.value),
                FieldKind::MaxForwards if self.method == "OPTIONS" => {
                    read_max_forwards(field.value, &mut self.max_forwards)?;
                }
                FieldKind::Expect if field.value.eq_ignore_ascii_case(b"100-continue") => {
                    self.expects_continue = self.version == Version::Http11;
                }
                FieldKind::Expect => return Err(Refusal::ExpectationFailed),
                FieldKind::Dropped if field.name.eq_ignore_ascii_case("te") => {
                    self.takes_trailers |=
                        list_members(field.value).any(|coding| coding == b"trailers");
                }
                FieldKind::MaxForwards
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
        self.body = request_length(self.version, &framing)?;
        self.authority = authority(self.version, host, target_authority)?;
        // With a body ahead, what follows it could be taken for the tunnel's first bytes.
        self.upgrade = upgrade.filter(|protocol| {
            self.body == BodyLength::Empty
                && self.connection.upgrade
                && self.version == Version::Http11
                && is_upgrade_protocol(protocol)
        });
        Ok(())
    }

    /// Whether the client wants the connection kept after the response.
    #[must_use]
    pub fn wants_keep_alive(&self) -> bool {
        match self.version {
            Version::Http11 => !self.connection.close,
            Version::Http10 => self.connection.keep_alive && !self.connection.close,
        }
    }

    /// The path without query.
    #[must_use]
    pub fn path(&self) -> &'b str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// What follows the first `?`.
    #[must_use]
    pub fn query(&self) -> Option<&'b str> {
        self.target.split_once('?').map(|(_, query)| query)
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

    /// The fields as the tokeniser left them.
    #[must_use]
    pub fn raw_fields(&self) -> &'h [Header<'b>] {
        self.fields
    }

    /// The values of the fields of one kind.
    pub(super) fn values_of(&self, kind: FieldKind) -> impl Iterator<Item = &'b [u8]> {
        self.fields
            .iter()
            .zip(&self.kinds)
            .filter(move |(_, found)| **found == kind)
            .map(|(field, _)| field.value)
    }

    /// Whether the method promises that twice is the same as once (RFC 9110 §9.2.2).
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
    }

    /// The line of the field at `index` if it may be copied as it stands.
    pub(super) fn span(&self, index: usize) -> Option<Range<usize>> {
        let (start, end) = canonical_span(self.head, self.fields.get(index)?)?;
        Some(start..end)
    }
}

fn empty_lines(input: &[u8]) -> Result<usize, Refusal> {
    let mut rest = input;
    let mut count = 0;
    while let [b'\r', b'\n', tail @ ..] = rest {
        rest = tail;
        count += 1;
        if count > MAX_EMPTY_LINES {
            return Err(Refusal::Malformed("too many empty lines before the request line"));
        }
    }
    match rest {
        [b'\n', ..] | [b'\r', _, ..] => Err(Refusal::Malformed("a line does not end in CRLF")),
        _ => Ok(count * 2),
    }
}

/// Refuses early what can't become a request any more, in a head whose end is still to come.
fn check_partial(bytes: &[u8]) -> Result<(), Refusal> {
    let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first_line.iter().position(|byte| *byte == b' ').unwrap_or(first_line.len())
        > MAX_METHOD_BYTES
    {
        return Err(Refusal::MethodNotImplemented);
    }
    if first_line.len() > MAX_TARGET_BYTES + MAX_METHOD_BYTES + 16 {
        return Err(Refusal::TargetTooLong);
    }
    Ok(())
}

fn too_large(bytes: &[u8]) -> Refusal {
    match check_partial(bytes) {
        Ok(()) => Refusal::HeadTooLarge,
        Err(refusal) => refusal,
    }
}

fn refusal_for(error: httparse::Error, bytes: &[u8]) -> Refusal {
    match error {
        httparse::Error::TooManyHeaders => Refusal::TooManyFields,
        httparse::Error::Version if names_other_version(bytes) => Refusal::VersionNotSupported,
        httparse::Error::Version => Refusal::Malformed("the request line names no HTTP version"),
        httparse::Error::HeaderName => {
            Refusal::Malformed("a field name has a byte it must not have")
        }
        httparse::Error::HeaderValue => {
            Refusal::Malformed("a field value has a byte it must not have")
        }
        httparse::Error::NewLine => Refusal::Malformed("a line does not end in CRLF"),
        httparse::Error::Token | httparse::Error::Status => {
            Refusal::Malformed("the request line is malformed")
        }
    }
}

/// Whether the first line is a request line of another version, so that 505 is the honest answer.
fn names_other_version(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut parts = line.split(|byte| *byte == b' ').skip(2);
    match (parts.next(), parts.next()) {
        (Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor]), None) => {
            major.is_ascii_digit() && minor.is_ascii_digit()
        }
        _ => false,
    }
}

/// Whether a first line that is still coming may turn out to name another version: however it is
/// cut into segments, the answer is the same.
fn may_name_other_version(bytes: &[u8]) -> bool {
    const FORM: &[u8; 8] = b"HTTP/0.0";
    if bytes.contains(&b'\r') || bytes.contains(&b'\n') {
        return false;
    }
    let mut parts = bytes.split(|byte| *byte == b' ').skip(2);
    let (Some(version), None) = (parts.next(), parts.next()) else { return false };
    version.len() <= FORM.len()
        && version.iter().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        })
}

fn check_request_line(head: &[u8], method: &str, target: &str) -> Result<(), Refusal> {
    if !is_token(method.as_bytes()) {
        return Err(Refusal::Malformed("the method is not a token"));
    }
    if method.len() > MAX_METHOD_BYTES {
        return Err(Refusal::MethodNotImplemented);
    }
    // TRACE would show a page's script what its browser hides from it (RFC 9110 §9.3.8).
    if matches!(method, "CONNECT" | "TRACE") {
        return Err(Refusal::MethodNotImplemented);
    }
    if target.len() > MAX_TARGET_BYTES {
        return Err(Refusal::TargetTooLong);
    }
    if !is_target(target.as_bytes()) {
        return Err(Refusal::Malformed("the request target has a byte it must not have"));
    }
    // The tokeniser takes several spaces between the parts; RFC 9112 §3 has exactly one.
    let line_length = method.len() + 1 + target.len() + 1 + "HTTP/1.1\r\n".len();
    if offset_in(head, target.as_bytes()) != method.len() + 1
        || head.get(line_length - 1) != Some(&b'\n')
    {
        return Err(Refusal::Malformed("the request line is malformed"));
    }
    Ok(())
}

struct SplitTarget<'b> {
    form: TargetForm,
    path: &'b str,
    authority: Option<&'b str>,
}

fn split_target<'b>(method: &str, target: &'b str) -> Result<SplitTarget<'b>, Refusal> {
    if target.starts_with('/') {
        return Ok(SplitTarget { form: TargetForm::Origin, path: target, authority: None });
    }
    if target == "*" && method == "OPTIONS" {
        return Ok(SplitTarget { form: TargetForm::Asterisk, path: target, authority: None });
    }
    let rest = strip_scheme(target)
        .ok_or(Refusal::Malformed("the request target is neither a path nor an http URI"))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let path = match path {
        // RFC 9112 §3.2.4: OPTIONS on the whole server, asked for through a proxy.
        "" if method == "OPTIONS" => "*",
        "" => "/",
        path if path.starts_with('/') => path,
        _ => return Err(Refusal::Malformed("the request target has a query but no path")),
    };
    Ok(SplitTarget { form: TargetForm::Absolute, path, authority: Some(authority) })
}

fn strip_scheme(target: &str) -> Option<&str> {
    ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

fn authority<'b>(
    version: Version,
    host: Option<&'b [u8]>,
    target_authority: Option<&'b str>,
) -> Result<&'b str, Refusal> {
    const BAD: Refusal = Refusal::Malformed("Host is not a host with an optional port");
    if host.is_none() && version == Version::Http11 {
        return Err(Refusal::Malformed("Host is missing"));
    }
    if host.is_some_and(|host| !is_authority(host)) {
        return Err(BAD);
    }
    match (target_authority, host) {
        (Some(authority), _) if is_authority(authority.as_bytes()) => Ok(authority),
        (Some(_), _) => Err(BAD),
        (None, Some(host)) => std::str::from_utf8(host).map_err(|_| BAD),
        (None, None) => Ok(""),
    }
}

/// Reads `Connection`; true if it nominates other fields.
pub(super) fn read_connection(
    value: &[u8],
    options: &mut ConnectionOptions,
) -> Result<bool, Refusal> {
    let mut nominates = false;
    for member in list_members(value) {
        if member.eq_ignore_ascii_case(b"keep-alive") {
            options.keep_alive = true;
        } else if member.eq_ignore_ascii_case(b"close") {
            options.close = true;
        } else if member.eq_ignore_ascii_case(b"upgrade") {
            options.upgrade = true;
        } else if is_token(member) {
            nominates = true;
        } else {
            return Err(Refusal::Malformed("Connection lists something that is no field name"));
        }
    }
    Ok(nominates)
}

/// Marks the fields that some `Connection` field names.
pub(super) fn drop_nominated(fields: &[Header<'_>], kinds: &mut [FieldKind; MAX_FIELDS]) {
    for connection in fields.iter().filter(|field| field.name.eq_ignore_ascii_case("connection")) {
        for nominated in list_members(connection.value) {
            for (field, kind) in fields.iter().zip(kinds.iter_mut()) {
                if kind.may_be_nominated() && field.name.as_bytes().eq_ignore_ascii_case(nominated)
                {
                    *kind = FieldKind::Dropped;
                }
            }
        }
    }
}

fn is_upgrade_protocol(protocol: &[u8]) -> bool {
    let mut parts = protocol.splitn(2, |byte| *byte == b'/');
    // Neither h2c nor HTTP/2.0: another HTTP inside would pass every check by.
    let lower = protocol.to_ascii_lowercase();
    !lower.starts_with(b"h2") && !lower.starts_with(b"http") && parts.all(is_token)
}

/// Reads `Max-Forwards`; what is too large to count is as good as the largest number.
fn read_max_forwards(value: &[u8], hops: &mut Option<u64>) -> Result<(), Refusal> {
    if hops.is_some() || value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(Refusal::Malformed("Max-Forwards is not a single number"));
    }
    *hops =
        Some(value.iter().fold(0_u64, |sum, digit| {
            sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        }));
    Ok(())
}
