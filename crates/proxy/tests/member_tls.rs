//! TLS to members: who they may be, what becomes of those who are not, and that requests, byte
//! streams and checks travel over it as they do in clear.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

#[path = "member_tls/checks.rs"]
mod checks;
#[path = "member_tls/http2.rs"]
mod http2;
#[path = "member_tls/refusals.rs"]
mod refusals;
#[path = "member_tls/requests.rs"]
mod requests;
#[path = "member_tls/streams.rs"]
mod streams;
mod support;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use elbow_model::listener::Protocol;
use elbow_model::pool::{PoolTls, Verify};
use elbow_model::table::TableEntry;
use elbow_model::value::{Der, HostName};
use rustls::{ServerConfig, ServerConnection};
use support::authority::Authority;
use support::origin::Origin;
use support::tls::Secure;
use support::{Stage, member};

/// Settings that verify against an authority.
fn verified(authority: &Authority, server_name: Option<&str>) -> Option<PoolTls> {
    let verify = Verify::Against(vec![Der::new(authority.certificate.to_vec())]);
    Some(PoolTls { verify, server_name: server_name.map(|name| HostName::new(name).unwrap()) })
}

/// Settings that verify nothing.
fn anybody() -> Option<PoolTls> {
    Some(PoolTls::default())
}

/// A listener before these members, over TLS.
fn stage(protocol: Protocol, members: &[SocketAddr], tls: Option<PoolTls>) -> Stage {
    with(protocol, members, tls, |_| {})
}

fn with(
    protocol: Protocol,
    members: &[SocketAddr],
    tls: Option<PoolTls>,
    change: impl FnOnce(&mut TableEntry),
) -> Stage {
    Stage::with(protocol, members, |entry| {
        entry.pools[0].tls = tls;
        change(entry);
    })
}

/// A server that runs `script` on each of its connections.
fn secure(config: ServerConfig, script: impl Fn(Secure) + Send + Sync + 'static) -> Origin {
    let config = Arc::new(config);
    Origin::start(move |peer| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        script(Secure::new(connection, peer.stream));
    })
}

/// Answers every request of a connection with what it knows of that connection.
fn telling(name: &'static str, config: ServerConfig) -> Origin {
    secure(config, move |mut peer| {
        while let Some(request) = read_request(&mut peer) {
            let asked = peer.conn.server_name().unwrap_or("nothing").to_owned();
            let alpn = peer.conn.alpn_protocol().map(String::from_utf8_lossy).unwrap_or_default();
            let kind = peer.conn.handshake_kind().unwrap();
            let body = format!("{name} asked for {asked}, {alpn}, {kind:?}, {}", request.len());
            answer(&mut peer, &body);
        }
    })
}

fn answer(peer: &mut Secure, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _gone = peer.write_all(format!("{head}{body}").as_bytes()).and_then(|()| peer.flush());
}

/// A request's head and body of known length; none at the connection's end.
fn read_request(peer: &mut Secure) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        peer.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
    let mut body = vec![0; length];
    peer.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

/// Ends a connection as TLS asks for.
fn part(mut peer: Secure) {
    peer.conn.send_close_notify();
    let _gone = peer.flush();
}

/// Adds a member.
fn add_member(entry: &mut TableEntry, at: SocketAddr) {
    let index = entry.pools[0].members.len();
    entry.pools[0].members.push(member(index, at));
}
