//! A second reader of HTTP/1, independent of the product's: written from RFC 9112 alone, slow and
//! plain. It must never be more generous than the standard.

/// What bytes turned out to be.
#[derive(Debug)]
pub(crate) enum Parse<T> {
    /// A whole message, and how many bytes it took.
    Whole(T, usize),
    /// Good so far, but not the whole message.
    Partial,
    Bad(String),
}

/// How much freedom a sender has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rigour {
    /// What RFC 9112 lets a sender do.
    Standard,
    /// The one way in which the balancer writes: `name: value`, no chunk extensions.
    Canonical,
}

/// A field of a head or a trailer section.
pub(crate) type Field = (String, Vec<u8>);

/// A request, as far as its head and body say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) host: String,
    pub(crate) version: u8,
    pub(crate) fields: Vec<Field>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<Field>,
}

/// A response, as far as its head and body say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) fields: Vec<Field>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<Field>,
    pub(crate) length: Length,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Known(usize),
    Chunked,
    UntilClose,
}

/// The values of a field.
pub(crate) fn values<'a>(fields: &'a [Field], name: &str) -> Vec<&'a [u8]> {
    let same = |field: &&Field| field.0.eq_ignore_ascii_case(name);
    fields.iter().filter(same).map(|(_, value)| value.as_slice()).collect()
}

impl Request {
    /// Method, target, host and whatever body and trailers there are, in one line.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!("{} {} {}", self.method, self.target, self.host);
        if !self.body.is_empty() {
            text += &format!(" {}", self.body.escape_ascii());
        }
        for (name, value) in &self.trailers {
            text += &format!(" +{name}: {}", value.escape_ascii());
        }
        text
    }
}

/// Reads the request at the start of `bytes`.
pub(crate) fn read_request(bytes: &[u8], rigour: Rigour) -> Parse<Request> {
    let (request, length, head_length) = match read_request_head(bytes, rigour) {
        Parse::Whole((request, length), head_length) => (request, length, head_length),
        Parse::Partial => return Parse::Partial,
        Parse::Bad(why) => return Parse::Bad(why),
    };
    match read_body(&bytes[head_length..], length, rigour) {
        Parse::Whole((body, trailers), taken) => {
            Parse::Whole(Request { body, trailers, ..request }, head_length + taken)
        }
        Parse::Partial => Parse::Partial,
        Parse::Bad(why) => Parse::Bad(why),
    }
}

/// Reads the head of the request at the start of `bytes`.
pub(crate) fn read_request_head(bytes: &[u8], rigour: Rigour) -> Parse<(Request, Length)> {
    let (lines, taken) = match head_lines(bytes) {
        Ok(Some(found)) => found,
        Ok(None) => return Parse::Partial,
        Err(why) => return Parse::Bad(why),
    };
    match request_of(&lines, rigour) {
        Ok(found) => Parse::Whole(found, taken),
        Err(why) => Parse::Bad(why),
    }
}

fn request_of(lines: &[&[u8]], rigour: Rigour) -> Result<(Request, Length), String> {
    let parts: Vec<&[u8]> = lines[0].split(|byte| *byte == b' ').collect();
    let [method, target, version] = parts[..] else { return Err("request line".into()) };
    let version = match version {
        b"HTTP/1.1" => 1,
        b"HTTP/1.0" => 0,
        _ => return Err("version".into()),
    };
    if !is_token(method) || method == b"CONNECT" {
        return Err("method".into());
    }
    if target.is_empty() || !target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#') {
        return Err("target".into());
    }
    let fields =
        lines[1..].iter().map(|line| read_field(line, rigour)).collect::<Result<Vec<_>, _>>()?;
    let hosts = values(&fields, "host");
    let host = match (hosts.as_slice(), version) {
        ([host], _) => text(host),
        ([], 0) => String::new(),
        _ => return Err("count of Host fields".into()),
    };
    // Without an authority, the field is there and empty (RFC 9112 §3.2).
    if !(host.is_empty() || is_authority(&host)) {
        return Err("Host".into());
    }
    let (target, host) = split_target(&text(method), &text(target), host)?;
    let length = match framing(&fields, version)? {
        Length::UntilClose => Length::Known(0),
        length => length,
    };
    let method = text(method);
    let (body, trailers) = (Vec::new(), Vec::new());
    Ok((Request { method, target, host, version, fields, body, trailers }, length))
}

/// The absolute form's authority replaces Host (RFC 9112 §3.2.2).
fn split_target(method: &str, target: &str, host: String) -> Result<(String, String), String> {
    let lower = target.to_ascii_lowercase();
    if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
        return Ok((target.to_owned(), host));
    }
    let scheme = ["http://", "https://"].into_iter().find(|scheme| lower.starts_with(scheme));
    let rest = &target[scheme.ok_or("form of the target")?.len()..];
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, if method == "OPTIONS" { "*" } else { "/" }),
    };
    if !is_authority(authority) || path.starts_with('?') {
        return Err("authority of the target".into());
    }
    Ok((path.to_owned(), authority.to_owned()))
}

/// Reads the response at the start of `bytes`; `is_over` if nothing can follow them.
pub(crate) fn read_response(bytes: &[u8], method: &str, is_over: bool) -> Parse<Response> {
    let (lines, taken) = match head_lines(bytes) {
        Ok(Some(found)) => found,
        Ok(None) => return Parse::Partial,
        Err(why) => return Parse::Bad(why),
    };
    let response = match response_of(&lines, method) {
        Ok(response) => response,
        Err(why) => return Parse::Bad(why),
    };
    let rest = &bytes[taken..];
    if response.length == Length::UntilClose {
        return match is_over {
            true => Parse::Whole(Response { body: rest.to_vec(), ..response }, bytes.len()),
            false => Parse::Partial,
        };
    }
    match read_body(rest, response.length, Rigour::Canonical) {
        Parse::Whole((body, trailers), length) => {
            Parse::Whole(Response { body, trailers, ..response }, taken + length)
        }
        Parse::Partial => Parse::Partial,
        Parse::Bad(why) => Parse::Bad(why),
    }
}

fn response_of(lines: &[&[u8]], method: &str) -> Result<Response, String> {
    let status = match lines[0] {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', digits @ ..]
            if digits.len() >= 4 =>
        {
            let is_status = digits[..3].iter().all(u8::is_ascii_digit) && digits[3] == b' ';
            is_status.then(|| text(&digits[..3])).and_then(|digits| digits.parse().ok())
        }
        _ => None,
    };
    let status: u16 = status.ok_or("status line")?;
    let fields = lines[1..]
        .iter()
        .map(|line| read_field(line, Rigour::Canonical))
        .collect::<Result<Vec<_>, _>>()?;
    let framed = framing(&fields, 1)?;
    let has_none = method == "HEAD" || matches!(status, 100..=199 | 204 | 304);
    if matches!(status, 100..=199 | 204) && framed != Length::UntilClose {
        return Err(format!("framing fields in a {status}"));
    }
    let length = if has_none { Length::Known(0) } else { framed };
    Ok(Response { status, fields, body: Vec::new(), trailers: Vec::new(), length })
}

type Lines<'a> = (Vec<&'a [u8]>, usize);

/// The lines of a head, and its bytes with the empty line at the end.
fn head_lines(bytes: &[u8]) -> Result<Option<Lines<'_>>, String> {
    let mut lines = Vec::new();
    let mut at = 0;
    loop {
        let Some(end) = line_end(&bytes[at..])? else { return Ok(None) };
        let line = &bytes[at..at + end];
        at += end + 2;
        if line.is_empty() && lines.is_empty() {
            return Err("an empty line instead of a start line".into());
        }
        if line.is_empty() {
            return Ok(Some((lines, at)));
        }
        lines.push(line);
    }
}

/// Where the first line ends in CRLF; control bytes are not for lines.
fn line_end(bytes: &[u8]) -> Result<Option<usize>, String> {
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' => match bytes.get(at + 1) {
                Some(b'\n') => return Ok(Some(at)),
                Some(_) => return Err("a bare CR".into()),
                None => return Ok(None),
            },
            b'\t' => {}
            0..0x20 | 0x7f => return Err(format!("the byte {byte:#04x} in a line")),
            _ => {}
        }
    }
    Ok(None)
}

fn read_field(line: &[u8], rigour: Rigour) -> Result<Field, String> {
    let wrong = || format!("field line {}", line.escape_ascii());
    let colon = line.iter().position(|byte| *byte == b':').ok_or_else(wrong)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let trimmed = value.trim_ascii();
    let is_canonical = value.strip_prefix(b" ").is_some_and(|value| value == trimmed);
    if !is_token(name) || (rigour == Rigour::Canonical && !is_canonical) {
        return Err(wrong());
    }
    Ok((text(name), trimmed.to_vec()))
}

fn framing(fields: &[Field], version: u8) -> Result<Length, String> {
    let lengths = values(fields, "content-length");
    let codings = values(fields, "transfer-encoding");
    match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Ok(Length::UntilClose),
        ([length], []) if !length.is_empty() && length.iter().all(u8::is_ascii_digit) => {
            let length: u64 = text(length).parse().map_err(|_| "Content-Length is too large")?;
            usize::try_from(length).map(Length::Known).map_err(|_| "Content-Length".into())
        }
        ([], [coding]) if version == 1 && coding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Length::Chunked)
        }
        _ => Err("framing fields".into()),
    }
}

type Body = (Vec<u8>, Vec<Field>);

fn read_body(bytes: &[u8], length: Length, rigour: Rigour) -> Parse<Body> {
    match length {
        Length::Known(length) if bytes.len() >= length => {
            Parse::Whole((bytes[..length].to_vec(), Vec::new()), length)
        }
        Length::Known(_) | Length::UntilClose => Parse::Partial,
        Length::Chunked => match read_chunks(bytes, rigour) {
            Ok(Some((body, taken))) => Parse::Whole(body, taken),
            Ok(None) => Parse::Partial,
            Err(why) => Parse::Bad(why),
        },
    }
}

fn read_chunks(bytes: &[u8], rigour: Rigour) -> Result<Option<(Body, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(end) = line_end(&bytes[at..])? else { return Ok(None) };
        let size = chunk_size(&bytes[at..at + end], rigour)?;
        at += end + 2;
        if size == 0 {
            break;
        }
        let Some(data) = bytes[at..].get(..size) else { return Ok(None) };
        body.extend_from_slice(data);
        at += size;
        match &bytes[at..] {
            [b'\r', b'\n', ..] => at += 2,
            [] | [b'\r'] => return Ok(None),
            _ => return Err("a chunk without CRLF at its end".into()),
        }
    }
    let mut trailers = Vec::new();
    loop {
        let Some(end) = line_end(&bytes[at..])? else { return Ok(None) };
        let line = &bytes[at..at + end];
        at += end + 2;
        if line.is_empty() {
            return Ok(Some(((body, trailers), at)));
        }
        trailers.push(read_field(line, rigour)?);
    }
}

fn chunk_size(line: &[u8], rigour: Rigour) -> Result<usize, String> {
    let wrong = || format!("chunk size {}", line.escape_ascii());
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let is_clean = rigour == Rigour::Standard || digits.len() == line.len();
    let is_hex = (1..=16).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    if !is_clean || !is_hex {
        return Err(wrong());
    }
    usize::from_str_radix(&text(digits), 16).map_err(|_| wrong())
}

fn is_token(bytes: &[u8]) -> bool {
    let is_good = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_good)
}

fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => {
            (&authority[..colon], Some(&authority[colon + 1..]))
        }
        _ => (authority, None),
    };
    if !port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit())) {
        return false;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && is_registered_name(host.as_bytes()),
    }
}

fn is_registered_name(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte);
    match name {
        [] => true,
        [b'%', high, low, rest @ ..] => {
            high.is_ascii_hexdigit() && low.is_ascii_hexdigit() && is_registered_name(rest)
        }
        [byte, rest @ ..] => is_plain(byte) && is_registered_name(rest),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
