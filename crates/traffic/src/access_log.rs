//! The access log's records: one JSON object a line for each HTTP request and byte stream. It must
//! allocate nothing once its buffers have grown, and no byte of a peer may break a line.
//!
//! ```text
//! a request begins: open_request   {"time":...,"path":"/x"
//! it ends:          close          ,"status":200,...}\n
//! ```
//!
//! So whoever carries the request keeps one buffer for it, and knows its client no more at the end.

mod end;
mod json;
#[cfg(test)]
mod tests;
mod time;

use std::io::Write as _;
use std::net::SocketAddr;

use elbow_model::table::{TableEntry, TableListener};
use elbow_model::value::{HostName, Timestamp};

pub use end::End;

/// The most of a request's target, and of its authority, that is logged; the rest is cut off.
pub const MAX_TEXT: usize = 2048;
/// The most that one record takes: both texts with every byte escaped, and the rest of it.
pub const MAX_RECORD: usize = 2 * 6 * MAX_TEXT + 2048;

/// Where and when something began.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    pub at: Timestamp,
    pub entry: &'a TableEntry,
    pub listener: &'a TableListener,
    pub client: SocketAddr,
    /// None in clear.
    pub tls: Option<Secured<'a>>,
}

/// What a TLS connection's ends agreed on.
#[derive(Clone, Copy, Debug)]
pub struct Secured<'a> {
    /// `TLSv1.3`.
    pub version: &'a str,
    /// The cipher suite.
    pub cipher: &'a str,
    /// The name that the client asked for.
    pub server_name: Option<&'a str>,
    /// The protocol that was chosen by ALPN.
    pub alpn: Option<&'a [u8]>,
    pub is_resumed: bool,
}

/// What a client asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub authority: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
}

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An HTTP request, with the stream that it may have turned into.
    Http,
    /// A TCP connection.
    Tcp,
}

/// How it went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What a TLS client asked for whose bytes pass through; only for [`Kind::Tcp`].
    pub server_name: Option<HostName>,
    /// None if nothing was answered; not for [`Kind::Tcp`].
    pub status: Option<u16>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub duration_us: u64,
    pub member: Option<SocketAddr>,
    /// None on a connection that was there already.
    pub connect_us: Option<u64>,
    /// From the assignment to the whole head of the response; not for [`Kind::Tcp`].
    pub response_us: Option<u64>,
    pub retries: u8,
    pub end: End,
}

/// Begins a request's record; `asked` is none for what could not be understood.
pub fn open_request(
    arrival: &Arrival<'_>,
    request_id: &[u8],
    asked: Option<&Asked<'_>>,
    out: &mut Vec<u8>,
) {
    open("http", arrival, out);
    text(out, "request_id", request_id);
    if let Some(asked) = asked {
        text(out, "method", asked.method.as_bytes());
        text(out, "host", asked.authority.as_bytes());
        text(out, "path", asked.target.as_bytes());
    } else {
        out.extend_from_slice(b",\"method\":null,\"host\":null,\"path\":null");
    }
}

/// Begins a TCP connection's record.
pub fn open_connection(arrival: &Arrival<'_>, out: &mut Vec<u8>) {
    open("tcp", arrival, out);
}

/// Ends a record, and its line.
pub fn close(kind: Kind, outcome: &Outcome, out: &mut Vec<u8>) {
    match (kind, outcome.status) {
        (Kind::Http, Some(status)) => write(out, format_args!(",\"status\":{status}")),
        (Kind::Http, None) => out.extend_from_slice(b",\"status\":null"),
        (Kind::Tcp, _) => match &outcome.server_name {
            Some(name) => text(out, "tls_server_name", name.as_str().as_bytes()),
            None => out.extend_from_slice(b",\"tls_server_name\":null"),
        },
    }
    let Outcome { bytes_in, bytes_out, .. } = outcome;
    write(out, format_args!(",\"bytes_in\":{bytes_in},\"bytes_out\":{bytes_out}"));
    milliseconds(out, "duration_ms", Some(outcome.duration_us));
    match outcome.member {
        Some(member) => write(out, format_args!(",\"member\":\"{member}\"")),
        None => out.extend_from_slice(b",\"member\":null"),
    }
    milliseconds(out, "upstream_connect_ms", outcome.connect_us);
    if kind == Kind::Http {
        milliseconds(out, "upstream_response_ms", outcome.response_us);
    }
    let (retries, end) = (outcome.retries, outcome.end.word());
    write(out, format_args!(",\"retries\":{retries},\"end\":\"{end}\"}}\n"));
}

fn open(kind: &str, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"time\":\"");
    time::write(arrival.at, out);
    write(out, format_args!("\",\"kind\":\"{kind}\""));
    text(out, "load_balancer", arrival.entry.name.as_str().as_bytes());
    write(out, format_args!(",\"load_balancer_id\":\"{}\"", arrival.entry.id));
    text(out, "listener", arrival.listener.name.as_str().as_bytes());
    write(out, format_args!(",\"listener_id\":\"{}\"", arrival.listener.id));
    write(out, format_args!(",\"client\":\"{}\"", arrival.client));
    if let Some(tls) = &arrival.tls {
        text(out, "tls_version", tls.version.as_bytes());
        text(out, "tls_cipher", tls.cipher.as_bytes());
        optional_text(out, "tls_server_name", tls.server_name.map(str::as_bytes));
        optional_text(out, "tls_alpn", tls.alpn);
        write(out, format_args!(",\"tls_resumed\":{}", tls.is_resumed));
    }
}

fn optional_text(out: &mut Vec<u8>, name: &str, value: Option<&[u8]>) {
    match value {
        Some(value) => text(out, name, value),
        None => write(out, format_args!(",\"{name}\":null")),
    }
}

fn milliseconds(out: &mut Vec<u8>, name: &str, time_us: Option<u64>) {
    match time_us {
        Some(us) => write(out, format_args!(",\"{name}\":{}.{:03}", us / 1000, us % 1000)),
        None => write(out, format_args!(",\"{name}\":null")),
    }
}

fn text(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    write(out, format_args!(",\"{name}\":\""));
    json::escape(value.get(..MAX_TEXT).unwrap_or(value), out);
    out.push(b'"');
}

fn write(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to a vector does not fail.
    let _never = out.write_fmt(arguments);
}
