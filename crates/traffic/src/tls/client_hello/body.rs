//! The body of a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2). Every vector must fill exactly
//! what its length says, and hold as much as its definition asks for.

use std::net::IpAddr;

use elbow_model::value::HostName;

use super::ClientHello;

const RANDOM_BYTES: usize = 32;
const MAX_SESSION_ID_BYTES: usize = 32;
/// `server_name` (RFC 6066 §3).
const SERVER_NAME: u16 = 0;
/// `application_layer_protocol_negotiation` (RFC 7301 §3.1).
const ALPN: u16 = 16;
/// `supported_versions` (RFC 8446 §4.2.1).
const SUPPORTED_VERSIONS: u16 = 43;
/// The name type `host_name`.
const HOST_NAME: u8 = 0;

/// Reads a whole body.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(body: &[u8]) -> Result<ClientHello, &'static str> {
    const CUT: &str = "the ClientHello is cut wrongly";
    let mut rest = Bytes(body);
    let version = rest.number().ok_or(CUT)?;
    if version >> 8 != 3 {
        return Err("the ClientHello is of no version of TLS");
    }
    rest.take(RANDOM_BYTES).ok_or(CUT)?;
    let session = rest.short_vector().ok_or(CUT)?;
    let ciphers = rest.vector().ok_or(CUT)?;
    let compressions = rest.short_vector().ok_or(CUT)?;
    if session.0.len() > MAX_SESSION_ID_BYTES {
        return Err("the ClientHello's session id is longer than 32 bytes");
    }
    if ciphers.0.is_empty() || ciphers.0.len() % 2 != 0 || compressions.0.is_empty() {
        return Err("the ClientHello offers no cipher suite or compression");
    }
    let mut hello = ClientHello { server_name: None, alpn: Vec::new(), versions: Vec::new() };
    // Before TLS 1.3, the extensions could be left out.
    if !rest.0.is_empty() {
        let extensions = rest.vector().ok_or(CUT)?;
        if !rest.0.is_empty() {
            return Err(CUT);
        }
        read_extensions(extensions, &mut hello)?;
    }
    if hello.versions.is_empty() {
        hello.versions.push(version);
    }
    Ok(hello)
}

fn read_extensions(mut rest: Bytes<'_>, hello: &mut ClientHello) -> Result<(), &'static str> {
    let mut seen = Vec::new();
    while !rest.0.is_empty() {
        let (kind, data) = rest
            .number()
            .zip(rest.vector())
            .ok_or("the ClientHello's extensions are cut wrongly")?;
        seen.push(kind);
        match kind {
            SERVER_NAME => {
                hello.server_name = read_names(data).ok_or("the server name is cut wrongly")?;
            }
            ALPN => hello.alpn = read_protocols(data).ok_or("the ALPN list is cut wrongly")?,
            SUPPORTED_VERSIONS => {
                hello.versions =
                    read_versions(data).ok_or("the list of versions is cut wrongly")?;
            }
            _ => {}
        }
    }
    seen.sort_unstable();
    match seen.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        // With two, each reader could believe another (RFC 8446 §4.2).
        true => Err("the ClientHello has an extension twice"),
        false => Ok(()),
    }
}

/// The one host name of the list, if it is a name.
fn read_names(mut data: Bytes<'_>) -> Option<Option<HostName>> {
    let mut list = data.last_vector().filter(|list| !list.0.is_empty())?;
    let mut found = None;
    while !list.0.is_empty() {
        let kind = list.byte()?;
        // Names of other types begin with their length, too.
        let name = list.vector()?;
        if kind == HOST_NAME && found.replace(name).is_some() {
            return None;
        }
    }
    Some(found.and_then(|name| dns_name(name.0)))
}

/// A name of the DNS, in lower case; an address is none (RFC 6066 §3).
fn dns_name(bytes: &[u8]) -> Option<HostName> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.parse::<IpAddr>().is_ok() {
        return None;
    }
    HostName::new(text).ok()
}

fn read_protocols(mut data: Bytes<'_>) -> Option<Vec<Box<[u8]>>> {
    let mut list = data.last_vector().filter(|list| !list.0.is_empty())?;
    let mut protocols = Vec::new();
    while !list.0.is_empty() {
        let name = list.short_vector().filter(|name| !name.0.is_empty())?;
        protocols.push(name.0.into());
    }
    Some(protocols)
}

fn read_versions(mut data: Bytes<'_>) -> Option<Vec<u16>> {
    let mut list = data.short_vector().filter(|list| !list.0.is_empty() && data.0.is_empty())?;
    let mut versions = Vec::new();
    while !list.0.is_empty() {
        let version = list.number()?;
        if !is_reserved(version) {
            versions.push(version);
        }
    }
    Some(versions)
}

/// Whether a value only stands for all that a reader must skip (RFC 8701 §2).
fn is_reserved(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0xf == 0xa
}

/// Bytes that are taken from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<Self> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(Bytes(taken))
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.0.first().copied()
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2)?.0.first_chunk().copied().map(u16::from_be_bytes)
    }

    /// A vector with 8 bits of length.
    fn short_vector(&mut self) -> Option<Self> {
        let length = self.byte()?;
        self.take(length.into())
    }

    /// A vector with 16 bits of length.
    fn vector(&mut self) -> Option<Self> {
        let length = self.number()?;
        self.take(length.into())
    }

    /// The vector that must be all there is.
    fn last_vector(&mut self) -> Option<Self> {
        self.vector().filter(|_| self.0.is_empty())
    }
}
