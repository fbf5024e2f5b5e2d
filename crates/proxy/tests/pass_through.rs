//! TLS through TCP listeners: a server name chooses the pool, and the handshake is with its member.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use elbow_model::listener::Protocol;
use elbow_model::pool::ProxyProtocol;
use elbow_model::rule::Condition;
use elbow_model::table::{PoolIndex, TableAction, TableEntry, TableForward, TableRule};
use elbow_model::value::Weight;
use elbow_proxy::worker::Deadlines;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, StreamOwned};
use support::authority::{Authority, connect};
use support::client::Client;
use support::origin::Origin;
use support::{Stage, Tuning, member, tls};
use uuid::Uuid;

/// Adds a pool with one member; its place.
fn add_pool(entry: &mut TableEntry, at: SocketAddr) -> PoolIndex {
    let place = entry.pools.len();
    let mut pool = entry.pools[0].clone();
    pool.id = Uuid::from_u128(30 + place as u128).into();
    pool.members = vec![member(10 * place, at)];
    entry.pools.push(pool);
    PoolIndex(u32::try_from(place).unwrap())
}

/// Adds a rule for a server name, after the others.
fn add_rule(entry: &mut TableEntry, name: &str, pools: &[PoolIndex]) {
    let rules = &mut entry.listeners[0].rules;
    let condition = Condition { server_name: Some(name.parse().unwrap()), ..Condition::default() };
    let forward = |pool: &PoolIndex| TableForward { pool: *pool, weight: Weight::default() };
    let action = TableAction::Forward(pools.iter().map(forward).collect());
    let id = Uuid::from_u128(50 + rules.len() as u128).into();
    rules.push(TableRule { id, condition, action });
}

/// A listener whose own pool has the member at `default`, with rules that have a pool each.
fn stage(default: SocketAddr, rules: &[(&str, SocketAddr)]) -> Stage {
    tuned(Tuning::default(), default, rules, |_| {})
}

fn tuned(
    tuning: Tuning,
    default: SocketAddr,
    rules: &[(&str, SocketAddr)],
    change: impl FnOnce(&mut TableEntry),
) -> Stage {
    Stage::tuned(tuning, Protocol::Tcp, &[default], |entry| {
        for (name, at) in rules {
            let pool = add_pool(entry, *at);
            add_rule(entry, name, &[pool]);
        }
        change(entry);
    })
}

/// Answers each connection with its name and the server name that it saw.
fn secure(name: &'static str, config: ServerConfig) -> Origin {
    let config = Arc::new(config);
    Origin::start(move |peer| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, peer.stream);
        let mut line = [0; 5];
        // A client that does not trust it says so here.
        if stream.read_exact(&mut line).is_ok() {
            let asked = stream.conn.server_name().unwrap_or("nothing").to_owned();
            let text = String::from_utf8_lossy(&line).into_owned();
            let _gone = stream.write_all(format!("{name} {asked} {text}").as_bytes());
            stream.conn.send_close_notify();
            let _gone = stream.flush();
            let _end = stream.read(&mut [0]);
        }
    })
}

/// What the member says to who asks for `name`.
fn said(config: ClientConfig, address: SocketAddr, name: &str) -> String {
    let mut client = connect(config, address, name);
    client.write_all(b"hello").unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    text
}

/// Says which bytes it got.
fn recorder() -> Origin {
    Origin::start(|mut peer| {
        let bytes = peer.read_to_end();
        peer.write_bytes(&bytes);
    })
}

/// The first message of a client that asks for `name`.
fn hello(name: &str) -> Vec<u8> {
    let config = Arc::new(Authority::new("any").trusting_client());
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(config, name).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_server_name_chooses_the_pool_and_the_handshake_is_the_members() {
    let [one, two] = [Authority::new("one"), Authority::new("two")];
    for versions in [&[&TLS13][..], &[&TLS12]] {
        let a = secure("a", one.issue(&["a.example"]).server(versions));
        let b = secure("b", two.issue(&["b.example"]).server(versions));
        let nobody = recorder();
        let rules = [("a.example", a.address), ("b.example", b.address)];
        let stage = stage(nobody.address, &rules);
        // Each client trusts the authority of one member alone.
        let of =
            |authority: &Authority, name| said(authority.trusting_client(), stage.address, name);
        assert_eq!(of(&one, "a.example"), "a a.example hello");
        assert_eq!(of(&two, "B.Example"), "b b.example hello");
        assert_eq!(nobody.connection_count(), 0);
    }
}

#[test]
fn patterns_take_the_names_below_and_the_first_rule_that_matches_decides() {
    let authority = Authority::new("all");
    let origin = |name| {
        let names = ["a.example", "x.a.example", "y.x.a.example", "example", "else.where"];
        secure(name, authority.issue(&names).server(&[&TLS13]))
    };
    let [exact, below, all, default] = ["exact", "below", "all", "default"].map(origin);
    let rules = [
        ("x.a.example", exact.address),
        ("*.a.example", below.address),
        ("*.example", all.address),
    ];
    let stage = stage(default.address, &rules);
    for (name, expected) in [
        ("x.a.example", "exact"),
        ("y.x.a.example", "below"),
        ("a.example", "all"),
        ("example", "default"),
        ("else.where", "default"),
    ] {
        let text = said(authority.trusting_client(), stage.address, name);
        assert_eq!(text, format!("{expected} {name} hello"));
    }
}

#[test]
fn who_asks_for_no_name_gets_the_listeners_pool() {
    let authority = Authority::new("any");
    let a = recorder();
    let default = secure("default", authority.issue(&["127.0.0.1"]).server(&[&TLS13]));
    let stage = stage(default.address, &[("*.example", a.address)]);
    let text = said(authority.trusting_client(), stage.address, "127.0.0.1");
    assert_eq!(text, "default nothing hello");
    assert_eq!(a.connection_count(), 0);
}

#[test]
fn what_is_no_tls_gets_the_listeners_pool() {
    let (a, default) = (recorder(), recorder());
    let stage = stage(default.address, &[("a.example", a.address)]);
    for text in ["GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "\x16\x02", "x"] {
        let mut client = Client::connect(stage.address);
        client.send(text);
        client.end();
        assert_eq!(client.rest(), text.as_bytes());
    }
    assert_eq!((a.connection_count(), default.connection_count()), (0, 3));
}

#[test]
fn members_get_every_byte_once_however_the_hello_comes() {
    let (a, default) = (recorder(), recorder());
    let stage = stage(default.address, &[("a.example", a.address)]);
    let hello = hello("a.example");
    let followed = [&hello[..], &[7; 100_000]].concat();
    let mut client = Client::connect(stage.address);
    client.send(&followed);
    client.end();
    assert!(client.rest() == followed);
    let mut client = Client::connect(stage.address);
    for byte in &hello {
        client.send([*byte]);
    }
    client.send("and data");
    client.end();
    assert!(client.rest() == [&hello[..], b"and data"].concat());
    // In records of nine bytes.
    let mut client = Client::connect(stage.address);
    let records: Vec<u8> = hello[5..]
        .chunks(9)
        .flat_map(|part| [&[22, 3, 1, 0, part.len() as u8], part].concat())
        .collect();
    client.send(&records);
    client.end();
    assert!(client.rest() == records);
    assert_eq!((a.connection_count(), default.connection_count()), (3, 0));
}

#[test]
fn a_client_that_says_nothing_or_not_enough_has_its_deadline() {
    let (a, default) = (recorder(), recorder());
    let deadlines = Deadlines { handshake: Duration::from_millis(100), ..Deadlines::default() };
    let tuning = Tuning { deadlines, trap: None };
    let stage = tuned(tuning, default.address, &[("a.example", a.address)], |_| {});
    let mut silent = Client::connect(stage.address);
    let mut slow = Client::connect(stage.address);
    slow.send(&hello("a.example")[..100]);
    assert!(silent.is_closed() && slow.is_closed());
    stage.wait_connections(0);
    assert_eq!((a.connection_count(), default.connection_count()), (0, 0));
}

#[test]
fn a_client_that_leaves_within_its_hello_is_forgotten() {
    let (a, default) = (recorder(), recorder());
    let stage = stage(default.address, &[("a.example", a.address)]);
    let mut ended = Client::connect(stage.address);
    ended.send(&hello("a.example")[..100]);
    ended.end();
    assert!(ended.is_closed());
    let mut gone = Client::connect(stage.address);
    gone.send(&hello("a.example")[..100]);
    gone.reset();
    stage.wait_connections(0);
    assert_eq!((a.connection_count(), default.connection_count()), (0, 0));
}

#[test]
fn a_hello_that_nobody_could_read_is_answered_with_an_alert() {
    let (a, default) = (recorder(), recorder());
    let stage = stage(default.address, &[("a.example", a.address)]);
    let mut cut = hello("a.example");
    // The session id is said to be longer than it may be.
    cut[43] = 200;
    for bytes in [&cut[..], &[22, 3, 1, 0, 0], &[22, 3, 1, 0xff, 0xff]] {
        let mut client = Client::connect(stage.address);
        client.send(bytes);
        assert_eq!(client.rest(), [21, 3, 1, 0, 2, 2, 50], "{bytes:?}");
    }
    assert_eq!((a.connection_count(), default.connection_count()), (0, 0));
}

#[test]
fn without_rules_the_member_may_speak_first() {
    let origin = Origin::start(|mut peer| {
        peer.write("220 ready");
        peer.read_to_end();
    });
    let mut stage = stage(origin.address, &[("a.example", origin.address)]);
    stage.change(|entry| entry.listeners[0].rules.clear());
    assert_eq!(Client::connect(stage.address).exactly(9).as_deref(), Some(&b"220 ready"[..]));
}

#[test]
fn a_rule_without_a_pool_or_with_an_empty_one_closes() {
    let default = recorder();
    let stage = Stage::with(Protocol::Tcp, &[default.address], |entry| {
        add_rule(entry, "none.example", &[]);
        let empty = add_pool(entry, default.address);
        entry.pools[empty.0 as usize].members.clear();
        add_rule(entry, "empty.example", &[empty]);
    });
    for name in ["none.example", "empty.example"] {
        let mut client = Client::connect(stage.address);
        client.send(hello(name));
        assert!(client.is_closed(), "{name}");
    }
    assert_eq!(default.connection_count(), 0);
}

#[test]
fn a_forward_to_several_pools_uses_them_all() {
    let (one, two, default) = (recorder(), recorder(), recorder());
    let stage = Stage::with(Protocol::Tcp, &[default.address], |entry| {
        let pools = [add_pool(entry, one.address), add_pool(entry, two.address)];
        add_rule(entry, "a.example", &pools);
    });
    let hello = hello("a.example");
    for _ in 0..40 {
        let mut client = Client::connect(stage.address);
        client.send(&hello);
        client.end();
        assert!(client.rest() == hello);
    }
    let counts = (one.connection_count(), two.connection_count());
    assert!(counts.0 > 0 && counts.1 > 0 && counts.0 + counts.1 == 40, "{counts:?}");
}

#[test]
fn a_member_that_refuses_is_passed_over_within_the_chosen_pool() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).unwrap();
    let (a, default) = (recorder(), recorder());
    let stage = tuned(Tuning::default(), default.address, &[("a.example", nobody)], |entry| {
        entry.pools[1].members.push(member(11, a.address));
    });
    let hello = hello("a.example");
    for _ in 0..3 {
        let mut client = Client::connect(stage.address);
        client.send(&hello);
        client.end();
        assert!(client.rest() == hello);
    }
    assert_eq!((a.connection_count(), default.connection_count()), (3, 0));
}

#[test]
fn the_proxy_protocol_works_on_both_sides() {
    let (a, default) = (recorder(), recorder());
    let stage = tuned(Tuning::default(), default.address, &[("a.example", a.address)], |entry| {
        entry.listeners[0].proxy_protocol = true;
        entry.listeners[0].trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        entry.pools[1].proxy_protocol = Some(ProxyProtocol::V1);
    });
    let hello = hello("a.example");
    let port = stage.address.port();
    let expected = format!("PROXY TCP4 1.2.3.4 127.0.0.1 1000 {port}\r\n");
    let header = &b"PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n"[..];
    for split in [false, true] {
        let mut client = Client::connect(stage.address);
        if split {
            client.send(header);
            client.send(&hello);
        } else {
            client.send([header, &hello].concat());
        }
        client.end();
        assert!(client.rest() == [expected.as_bytes(), &hello].concat());
    }
}

#[test]
fn bulk_behind_the_hello_is_spliced() {
    let pipes = || -> usize {
        let links = std::fs::read_dir("/proc/self/fd").unwrap().map_while(Result::ok);
        let targets = links.filter_map(|link| std::fs::read_link(link.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("pipe:")).count()
    };
    let origin = Origin::start(|mut peer| {
        let got = peer.read_to_end().len();
        peer.write_bytes(&vec![7; 5_000_000]);
        peer.write(&got.to_string());
    });
    let stage = stage(recorder().address, &[("a.example", origin.address)]);
    let hello = hello("a.example");
    let before = pipes();
    let mut client = Client::connect(stage.address);
    client.send(&hello);
    client.send(vec![1; 5_000_000]);
    client.end();
    let all = client.rest();
    let count = (hello.len() + 5_000_000).to_string();
    assert!(all.len() == 5_000_000 + count.len() && all.ends_with(count.as_bytes()));
    // The worker keeps its pipes for the next one.
    assert!(pipes() > before, "no pipe was made");
}

#[test]
fn clients_that_are_still_to_say_their_name_leave_with_their_listener() {
    let (a, default) = (recorder(), recorder());
    let stage = stage(default.address, &[("a.example", a.address)]);
    let mut silent = Client::connect(stage.address);
    stage.wait_connections(1);
    let balancer = stage.balancer.id;
    stage.command(|done| elbow_proxy::worker::Command::Remove { balancer, done });
    assert!(silent.is_closed());
    let state = &stage.balancer.listeners[0].state;
    assert_eq!(state.connections.load(Ordering::Relaxed), 0);
}

#[test]
fn a_members_certificate_of_any_kind_is_the_clients_business() {
    let a = secure("a", Arc::unwrap_or_clone(tls::server(&[&TLS13])));
    let stage = stage(recorder().address, &[("a.example", a.address)]);
    let mut client = connect(Authority::new("other").trusting_client(), stage.address, "a.example");
    let refused = client.write_all(b"hello").unwrap_err().to_string();
    assert!(refused.contains("UnknownIssuer"), "{refused}");
}
