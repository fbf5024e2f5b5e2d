//! PROXY protocol headers, versions 1 and 2, read and written (haproxy's proxy-protocol.txt).
//! It must check every length before it believes it, and never read past the header.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What begins a version 2 header.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest version 1 line, its CRLF included.
const MAX_LINE: usize = 107;
/// The longest version 2 header taken: addresses and a reasonable amount of TLVs.
pub const MAX_HEADER: usize = 16 + 2048;

/// A header, or that more bytes are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    Partial,
    /// So many bytes; the connection's ends if it was proxied, none if the sender speaks for
    /// itself (`LOCAL`, `UNKNOWN`).
    Header {
        length: usize,
        source: Option<SocketAddr>,
        destination: Option<SocketAddr>,
    },
}

/// The bytes are no PROXY protocol header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAHeader;

/// Which version to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
}

/// Reads the header at the start of `input`.
///
/// # Errors
/// [`NotAHeader`] as soon as the bytes can't become one.
pub fn parse(input: &[u8]) -> Result<Parsed, NotAHeader> {
    let begins = |start: &[u8]| {
        let shared = start.len().min(input.len());
        input.get(..shared) == start.get(..shared)
    };
    if input.is_empty() {
        Ok(Parsed::Partial)
    } else if begins(&SIGNATURE) {
        if input.len() < 16 { Ok(Parsed::Partial) } else { parse_binary(input) }
    } else if begins(b"PROXY ") {
        parse_line(input)
    } else {
        Err(NotAHeader)
    }
}

fn parse_line(input: &[u8]) -> Result<Parsed, NotAHeader> {
    let window = input.get(..MAX_LINE.min(input.len())).unwrap_or_default();
    let Some(end) = window.windows(2).position(|pair| pair == b"\r\n") else {
        return if input.len() < MAX_LINE { Ok(Parsed::Partial) } else { Err(NotAHeader) };
    };
    let line =
        window.get(..end).and_then(|line| std::str::from_utf8(line).ok()).ok_or(NotAHeader)?;
    let length = end + 2;
    let mut words = line.split(' ').skip(1);
    let family = words.next().ok_or(NotAHeader)?;
    if family == "UNKNOWN" {
        return Ok(Parsed::Header { length, source: None, destination: None });
    }
    let mut next = || words.next().ok_or(NotAHeader);
    let (from, to, from_port, to_port) = (next()?, next()?, next()?, next()?);
    if words.next().is_some() {
        return Err(NotAHeader);
    }
    let address = |text: &str, port: &str| -> Result<SocketAddr, NotAHeader> {
        let ip: IpAddr = text.parse().map_err(|_| NotAHeader)?;
        let is_of_family = (family == "TCP4" && ip.is_ipv4()) || (family == "TCP6" && ip.is_ipv6());
        let is_plain = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if !is_of_family || !is_plain {
            return Err(NotAHeader);
        }
        Ok(SocketAddr::new(ip, port.parse().map_err(|_| NotAHeader)?))
    };
    Ok(Parsed::Header {
        length,
        source: Some(address(from, from_port)?),
        destination: Some(address(to, to_port)?),
    })
}

fn parse_binary(input: &[u8]) -> Result<Parsed, NotAHeader> {
    let [command, family, high, low] =
        *input.get(12..16).and_then(|b| b.first_chunk()).ok_or(NotAHeader)?;
    let body_length = usize::from(u16::from_be_bytes([high, low]));
    let length = 16 + body_length;
    if command >> 4 != 2 || command & 0xf > 1 || length > MAX_HEADER {
        return Err(NotAHeader);
    }
    let Some(body) = input.get(16..length) else { return Ok(Parsed::Partial) };
    let ends = match (command & 0xf, family) {
        (0, _) => None,
        (_, 0x11) => Some(binary_ends::<4>(body)?),
        (_, 0x21) => Some(binary_ends::<16>(body)?),
        _ => None,
    };
    check_tlvs(match (ends, family) {
        (Some(_), 0x11) => body.get(12..),
        (Some(_), _) => body.get(36..),
        (None, _) => None,
    })?;
    Ok(Parsed::Header { length, source: ends.map(|e| e.0), destination: ends.map(|e| e.1) })
}

fn binary_ends<const N: usize>(body: &[u8]) -> Result<(SocketAddr, SocketAddr), NotAHeader> {
    let ip = |at: usize| -> Result<IpAddr, NotAHeader> {
        let bytes = body.get(at..at + N).ok_or(NotAHeader)?;
        if let Some(bytes) = bytes.first_chunk::<16>() {
            Ok(Ipv6Addr::from(*bytes).into())
        } else {
            bytes.first_chunk::<4>().map(|bytes| Ipv4Addr::from(*bytes).into()).ok_or(NotAHeader)
        }
    };
    let port = |at: usize| -> Result<u16, NotAHeader> {
        let bytes = body.get(at..).and_then(|rest| rest.first_chunk::<2>()).ok_or(NotAHeader)?;
        Ok(u16::from_be_bytes(*bytes))
    };
    Ok((SocketAddr::new(ip(0)?, port(2 * N)?), SocketAddr::new(ip(N)?, port(2 * N + 2)?)))
}

/// Type-length-value fields are skipped, but must fit.
fn check_tlvs(tlvs: Option<&[u8]>) -> Result<(), NotAHeader> {
    let mut rest = tlvs.unwrap_or_default();
    while !rest.is_empty() {
        let [_, high, low] = *rest.first_chunk::<3>().ok_or(NotAHeader)?;
        let length = 3 + usize::from(u16::from_be_bytes([high, low]));
        rest = rest.get(length..).ok_or(NotAHeader)?;
    }
    Ok(())
}

/// Appends a header for a connection from `source` to `destination`.
pub fn write(version: Version, source: SocketAddr, destination: SocketAddr, out: &mut Vec<u8>) {
    let (from, to) = same_family(source.ip(), destination.ip());
    match version {
        Version::V1 => {
            let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
            // Writing into a vector does not fail.
            drop(write!(
                out,
                "PROXY {family} {from} {to} {} {}\r\n",
                source.port(),
                destination.port()
            ));
        }
        Version::V2 => {
            out.extend_from_slice(&SIGNATURE);
            out.push(0x21);
            let (family, length) = if from.is_ipv4() { (0x11, 12) } else { (0x21, 36) };
            out.extend_from_slice(&[family, 0, length]);
            for ip in [from, to] {
                match ip {
                    IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
                    IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
                }
            }
            out.extend_from_slice(&source.port().to_be_bytes());
            out.extend_from_slice(&destination.port().to_be_bytes());
        }
    }
}

/// Both in the family that fits both.
fn same_family(source: IpAddr, destination: IpAddr) -> (IpAddr, IpAddr) {
    let mapped = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => IpAddr::V6(ip.to_ipv6_mapped()),
        IpAddr::V6(_) => ip,
    };
    match (source.to_canonical(), destination.to_canonical()) {
        (source @ IpAddr::V4(_), destination @ IpAddr::V4(_)) => (source, destination),
        (source, destination) => (mapped(source), mapped(destination)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> SocketAddr {
        text.parse().expect("a socket address in a test")
    }

    #[test]
    fn what_is_written_is_read_back_under_any_split() {
        for (source, destination) in [("1.2.3.4:5", "6.7.8.9:10"), ("[::1]:5", "[fe80::2]:65535")] {
            for version in [Version::V1, Version::V2] {
                let mut header = Vec::new();
                write(version, ends(source), ends(destination), &mut header);
                for cut in 0..header.len() {
                    assert_eq!(parse(&header[..cut]), Ok(Parsed::Partial), "{version:?} {cut}");
                }
                let length = header.len();
                header.extend_from_slice(b"GET /");
                let (source, destination) = (Some(ends(source)), Some(ends(destination)));
                assert_eq!(parse(&header), Ok(Parsed::Header { length, source, destination }));
            }
        }
    }

    #[test]
    fn nothing_else_is_a_header() {
        let long = [b'x'; 200];
        let mut over = b"PROXY TCP4 ".to_vec();
        over.extend_from_slice(&long);
        let cases: [&[u8]; 9] = [
            b"GET / HTTP/1.1\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
            b"PROXY TCP4 ::1 ::2 1 2\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 70000\r\n",
            b"\r\n\r\n\0\r\nQUIT\n\x11\x11\x00\x0c",
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x04\x01\x02\x03\x04",
            &over,
        ];
        for case in cases {
            assert_eq!(parse(case), Err(NotAHeader), "{}", case.escape_ascii());
        }
    }

    #[test]
    fn a_tlv_longer_than_the_header_is_refused() {
        let mut header = Vec::new();
        write(Version::V2, ends("1.2.3.4:5"), ends("6.7.8.9:10"), &mut header);
        header[15] = 12 + 4;
        header.extend_from_slice(&[0x20, 0, 200, 1]);
        assert_eq!(parse(&header), Err(NotAHeader));
    }
}
