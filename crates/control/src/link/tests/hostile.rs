//! Peers that talk nonsense, too much, or nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use elbow_model::value::{ProxyId, Revision};
use elbow_model::wire::{Digest, Up, VERSION};
use elbow_store::ledger::{Ledger, Storage};

use super::fixture::{Place, Proxy, id, numbers};
use crate::link::{Link, LinkError};

/// That the peer was dropped, while another proxy is served as ever.
async fn is_dropped(place: &Place, peer: &mut Proxy, other: &mut Proxy) {
    while peer.hear().await.is_some() {}
    place.rename(1, &format!("after{}", place.ledger.world().revision())).await;
    assert_eq!(numbers(&other.take().await), [1]);
    other.acknowledge().await;
}

#[tokio::test]
async fn nonsense_is_dropped_and_others_are_served() {
    let place = Place::with(1).await;
    let mut other = place.proxy(9).await;
    let garbage: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\nHost: control\r\n\r\n",
        &[0, 0, 0, 2, b'{', b'}'],
        &[0, 0, 0, 0],
        &[0xff; 64],
        b"\0\0\0\x0f{\"type\":\"news\"}",
    ];
    for bytes in garbage {
        let mut early = Proxy::new(1);
        early.dial(&place).await;
        early.say_bytes(bytes).await;
        is_dropped(&place, &mut early, &mut other).await;

        let mut late = place.proxy(1).await;
        late.say_bytes(bytes).await;
        is_dropped(&place, &mut late, &mut other).await;
    }
}

#[tokio::test]
async fn messages_out_of_place_are_dropped() {
    let place = Place::with(1).await;
    let mut other = place.proxy(9).await;

    let mut unannounced = Proxy::new(1);
    unannounced.dial(&place).await;
    unannounced.say(Up::Resync).await;
    is_dropped(&place, &mut unannounced, &mut other).await;

    let mut twice = place.proxy(1).await;
    twice.hello(VERSION, Revision(0), Digest::default()).await;
    is_dropped(&place, &mut twice, &mut other).await;

    let mut ahead = place.proxy(1).await;
    ahead.say(Up::Ack { revision: Revision(u64::MAX), failed: vec![] }).await;
    is_dropped(&place, &mut ahead, &mut other).await;

    let mut foreign = Proxy::new(1);
    foreign.dial(&place).await;
    foreign.hello(VERSION + 2, Revision(0), Digest::default()).await;
    is_dropped(&place, &mut foreign, &mut other).await;
}

#[tokio::test]
async fn a_neighbouring_version_is_served() {
    let place = Place::with(1).await;
    for version in [VERSION - 1, VERSION + 1] {
        let mut proxy = Proxy::new(1);
        proxy.dial(&place).await;
        proxy.hello(version, Revision(0), Digest::default()).await;
        assert_eq!(numbers(&proxy.take().await), [1]);
    }
}

#[tokio::test]
async fn a_proxy_that_connects_again_replaces_its_old_connection() {
    let place = Place::with(1).await;
    let mut old = place.proxy(1).await;
    let mut new = place.proxy(1).await;
    assert_eq!(old.hear().await, None);
    place.rename(1, "first").await;
    assert_eq!(numbers(&new.take().await), [1]);
    new.acknowledge().await;
    let revision = new.revision;
    place
        .until("the new one is seen", |l| {
            l.observed().proxies[&id::<ProxyId>(1)].revision == revision
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_dropped() {
    let place = Place::with(1).await;
    let mut silent = Proxy::new(1);
    silent.dial(&place).await;
    assert_eq!(silent.hear().await, None);
}

#[tokio::test]
async fn only_this_user_may_connect() {
    let place = Place::with(0).await;
    let mode = std::fs::metadata(place.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_socket_left_over_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("link.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let ledger = Ledger::open(&Storage::Memory).unwrap();
    let link = Link::start(&ledger, &path).unwrap();
    std::os::unix::net::UnixStream::connect(&path).unwrap();
    drop(link);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_path_that_is_too_long_is_refused_in_words() {
    let ledger = Ledger::open(&Storage::Memory).unwrap();
    let path = Path::new("/tmp").join("x".repeat(200)).join("link.sock");
    let error = Link::start(&ledger, &path).err().unwrap();
    assert!(matches!(error, LinkError::PathTooLong { .. }));
    assert!(error.to_string().contains("choose a data directory with a shorter path"));
}
