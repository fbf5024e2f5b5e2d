//! HTTPS listeners: real workers, rustls clients, bytes that are none of TLS.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

mod support;

mod tls {
    mod clients;
    mod handshakes;
    mod hostile;
    mod http;
    mod http2;
    mod resumption;
    mod rotation;
}

use std::net::SocketAddr;
use std::sync::Arc;

use elbow_model::listener::Protocol;
use elbow_model::table::{TableCertificate, TableEntry, TableTls};
use rustls::ClientConfig;
use support::client::Client;
use support::secure::{BOTH, trusting};
use support::{Stage, Tuning};

/// A stage whose listener speaks HTTPS.
pub(crate) fn stage(members: &[SocketAddr], tls: TableTls) -> Stage {
    stage_with(Tuning::default(), members, tls, |_| {})
}

/// The same, tuned and changed.
pub(crate) fn stage_with(
    tuning: Tuning,
    members: &[SocketAddr],
    tls: TableTls,
    change: impl FnOnce(&mut TableEntry),
) -> Stage {
    Stage::tuned(tuning, Protocol::Https, members, |entry| {
        entry.listeners[0].tls = Some(tls);
        change(entry);
    })
}

/// A client of `stage` that trusts these certificates and asks for `name`.
pub(crate) fn client(stage: &Stage, trusted: &[&TableCertificate], name: &str) -> Client {
    connect(stage, trusting(trusted, BOTH), name)
}

pub(crate) fn connect(stage: &Stage, config: ClientConfig, name: &str) -> Client {
    Client::secure(stage.address, Arc::new(config), name).unwrap()
}

/// The certificate that a client was shown.
pub(crate) fn shown(client: &Client) -> Vec<u8> {
    client.tls.as_ref().unwrap().peer_certificates().unwrap()[0].to_vec()
}
