//! A whole proxy process but for its `main`, between a scripted control, real clients and real
//! servers.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

#[path = "process/control.rs"]
mod control;
mod support;

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use elbow_model::health_monitor::{
    Check, HealthMonitor, HttpCheck, IntervalMs, Threshold, TimeoutMs,
};
use elbow_model::listener::Protocol;
use elbow_model::observed::ProbedHealth;
use elbow_model::pool::{EjectMs, MemberLimit, OutlierEjection, OutlierRequests, PoolTls, Verify};
use elbow_model::table::{TableCertificate, TableEntry};
use elbow_model::value::{Der, HostName, HttpPath, HttpToken, LoadBalancerId, Revision, SealedKey};
use elbow_model::wire::{Down, Tables, Up};
use elbow_proxy::trouble::Trouble;
use rustls::version::TLS13;
use uuid::Uuid;

use control::{Control, Directory, Proxy, answer_at, free_address};
use support::authority::Authority;
use support::client::Client;
use support::origin::Origin;
use support::{secure, tls};

/// A load balancer with a number, a listener and members numbered from `first`.
fn balancer(number: u128, at: SocketAddr, first: usize, members: &[SocketAddr]) -> TableEntry {
    let mut entry = support::entry(Protocol::Http, at, members);
    entry.id = LoadBalancerId::from(Uuid::from_u128(number));
    entry.listeners[0].id = Uuid::from_u128(number << 32 | 2).into();
    entry.pools[0].id = Uuid::from_u128(number << 32 | 3).into();
    for (index, at) in members.iter().enumerate() {
        entry.pools[0].members[index] = support::member(first + index, *at);
    }
    entry
}

fn monitor(check: Check) -> HealthMonitor {
    let mut monitor = HealthMonitor::with_defaults(check)
        .with_times(IntervalMs::constant::<100>(), TimeoutMs::constant::<100>())
        .unwrap();
    monitor.rise = Threshold::constant::<2>();
    monitor.fall = Threshold::constant::<2>();
    monitor
}

fn http_check() -> Check {
    Check::Http(HttpCheck {
        method: HttpToken::new("GET").unwrap(),
        path: HttpPath::new("/healthz").unwrap(),
        host: None,
        expected_codes: "200".parse().unwrap(),
    })
}

/// A stage with one proxy that has said hello.
fn stage() -> (Directory, UnixListener, Proxy, Control) {
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let proxy = Proxy::start(&directory.0);
    let control = Control::accept(&listener);
    (directory, listener, proxy, control)
}

fn get(at: SocketAddr) -> String {
    Client::connect(at).get("/").body
}

#[test]
fn a_member_much_slower_than_its_peers_is_out_for_a_while_and_it_is_said_why() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let slow = Origin::start(|mut peer| {
        while peer.read_request().is_some() {
            // To be slow is what it is there for.
            std::thread::sleep(Duration::from_millis(30));
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
        }
    });
    let origins = [Origin::named("a"), slow, Origin::named("b")];
    let at = free_address();
    let mut entry = balancer(1, at, 0, &origins.each_ref().map(|origin| origin.address));
    entry.pools[0].outlier_ejection = Some(OutlierEjection {
        min_requests: OutlierRequests::constant::<5>(),
        eject_ms: EjectMs::constant::<2_000>(),
        ..OutlierEjection::default()
    });
    control.put_in_force(vec![entry]);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let traffic = std::thread::spawn(move || {
        let mut client = Client::connect(at);
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            client.get("/");
        }
    });
    control.until("it is out", |control| control.health_of(1) == Some(ProbedHealth::Unhealthy));
    drop(stop);
    traffic.join().unwrap();
    let answers: Vec<String> = (0..6).map(|_| get(at)).collect();
    assert!(!answers.contains(&"slow".to_owned()), "{answers:?}");
    let told = control.health.values().find_map(|seen| seen.last_failure.clone()).unwrap();
    assert_eq!(told.attempt, "latency of traffic");
    assert!(told.outcome.contains("more than 300 % of its peers' median"), "{}", told.outcome);
    control.until("it is back", |control| control.health_of(1) == Some(ProbedHealth::Healthy));
}

#[test]
fn a_table_over_the_link_carries_traffic_once_it_is_acknowledged() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let Up::Hello { revision, digest, .. } = &control.hello else { panic!("{:?}", control.hello) };
    assert_eq!((*revision, *digest), (Revision(0), control.digest()));
    let origins = [Origin::named("a"), Origin::named("b")];
    let at = free_address();
    let took =
        control.put_in_force(vec![balancer(1, at, 0, &origins.each_ref().map(|o| o.address))]);
    println!("in force after {took:?}");
    assert!(control.failed.is_empty(), "{:?}", control.failed);
    let answers: Vec<String> = (0..4).map(|_| get(at)).collect();
    assert_eq!(answers, ["a", "b", "a", "b"]);
    control.until("counters", |control| {
        control.counters.values().any(|balancer| {
            let listener = balancer.listeners[0].1;
            listener.requests == 4 && listener.latency.iter().sum::<u64>() == 4
        })
    });
}

#[test]
fn a_member_that_gets_nothing_new_is_drained_when_its_last_request_ends_and_not_before() {
    let (_directory, listener, _proxy, mut control) = stage();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let finished = std::sync::Mutex::new(finished);
    let slow = Origin::start(move |mut peer| {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        let _told = finished.lock().unwrap().recv();
        peer.write("slow");
    });
    let at = free_address();
    let entry = balancer(1, at, 0, &[slow.address]);
    let member = entry.pools[0].members[0].id;
    control.put_in_force(vec![entry.clone()]);
    let mut client = Client::connect(at);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head().unwrap();

    let mut draining = entry;
    draining.pools[0].members[0].weight = elbow_model::value::Weight::DRAIN;
    control.put_in_force(vec![draining]);
    let since = Revision(control.revision);
    // Counters come once a second: in that time a drained member would have been told a hundred times.
    control.counters.clear();
    control.until("a report", |control| !control.counters.is_empty());
    assert_eq!(control.drained.get(&member), None, "its request is in flight");
    finish.send(()).unwrap();
    control.until("it is drained", |control| control.drained.get(&member) == Some(&since));

    // A control process that starts anew is told again.
    drop(control);
    let mut control = Control::accept(&listener);
    control.until("it is told again", |control| control.drained.get(&member) == Some(&since));
}

#[test]
fn requests_that_wait_for_a_member_are_told_by_pool_until_they_do_not() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let finished = std::sync::Mutex::new(finished);
    let slow = Origin::start(move |mut peer| {
        while peer.read_request().is_some() {
            let _told = finished.lock().unwrap().recv();
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
        }
    });
    let at = free_address();
    let mut entry = balancer(1, at, 0, &[slow.address]);
    let pool = entry.pools[0].id;
    entry.pools[0].max_connections_per_member = Some(MemberLimit::constant::<1>());
    control.put_in_force(vec![entry]);
    let mut clients = [(); 3].map(|()| Client::connect(at));
    for client in &mut clients {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    let waits = |control: &Control, count| {
        control.counters.values().any(|counters| counters.queued == [(pool, count)])
    };
    control.until("two wait", |control| waits(control, 2));
    for client in &mut clients {
        finish.send(()).unwrap();
        assert_eq!(client.response().unwrap().body, "slow");
    }
    control.until("none waits", |control| waits(control, 0));
}

#[test]
fn errors_of_elbows_own_are_counted_apart() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[origin.address])]);
    assert_eq!(get(at), "a");
    let mut client = Client::connect(at);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    assert!(client.head().unwrap().starts_with("HTTP/1.1 400 "));
    control.until("counters", |control| {
        control.counters.values().any(|balancer| {
            let listener = balancer.listeners[0].1;
            listener.own_errors == 1 && listener.responses == [0, 1, 0, 1, 0]
        })
    });
}

#[test]
fn a_removed_load_balancer_listens_no_more_and_others_go_on() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let (kept, gone) = (free_address(), free_address());
    control.put_in_force(vec![
        balancer(1, kept, 0, &[origin.address]),
        balancer(2, gone, 10, &[origin.address]),
    ]);
    let mut client = Client::connect(kept);
    assert_eq!(client.get("/").body, "a");
    control.remove(LoadBalancerId::from(Uuid::from_u128(2)));
    control.await_ack();
    assert!(TcpStream::connect(gone).is_err());
    assert_eq!(client.get("/").body, "a");
}

#[test]
fn a_removed_listener_refuses_new_clients_while_an_old_one_is_still_served() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let (asked, hears) = std::sync::mpsc::channel();
    let (go, goes) = std::sync::mpsc::channel::<()>();
    let goes = std::sync::Mutex::new(goes);
    let origin = Origin::start(move |mut peer| {
        if peer.read_request().is_some() {
            asked.send(()).unwrap();
            goes.lock().unwrap().recv().unwrap();
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
        }
    });
    let at = free_address();
    let entry = balancer(1, at, 0, &[origin.address]);
    control.put_in_force(vec![entry.clone()]);
    let mut client = Client::connect(at);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    hears.recv_timeout(support::PATIENCE).unwrap();
    control.remove(entry.id);
    control.await_ack();
    assert!(TcpStream::connect(at).is_err());
    control.put_in_force(vec![entry]);
    assert!(TcpStream::connect(at).is_ok(), "the address is free again");
    go.send(()).unwrap();
    assert_eq!(client.response().unwrap().body, "late");
}

#[test]
fn an_https_listener_without_a_certificate_is_refused_and_never_served_in_clear() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    let mut entry = balancer(1, at, 0, &[origin.address]);
    entry.listeners[0].protocol = Protocol::Https;
    control.put_in_force(vec![entry]);
    assert!(control.failed[0].1.contains("has no certificate"), "{:?}", control.failed);
    assert!(TcpStream::connect(at).is_err());
}

#[test]
fn a_certificate_that_cannot_be_used_is_reported_while_the_earlier_one_goes_on() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    let (good, newer) = (secure::certificate(&["a"]), secure::certificate(&["a"]));
    let mut unopened = newer.clone();
    unopened.key = SealedKey::new([]);
    let mut foreign = newer.clone();
    foreign.key = good.key.clone();
    let https = |certificate: &TableCertificate, revision: u64| {
        let mut entry = balancer(1, at, 0, &[origin.address]);
        entry.revision = Revision(revision);
        entry.listeners[0].protocol = Protocol::Https;
        entry.listeners[0].tls = Some(secure::tls(&[certificate]));
        entry
    };
    let shown = || {
        let config = Arc::new(secure::trusting(&[&good, &newer], secure::BOTH));
        let mut client = Client::secure(at, config, "a").unwrap();
        assert_eq!(client.get("/").body, "a");
        client.tls.as_ref().unwrap().peer_certificates().unwrap()[0].to_vec()
    };
    control.put_in_force(vec![https(&unopened, 1)]);
    let failure = format!("listener front has no TLS: certificate {} can't be used", newer.id);
    assert!(control.failed[0].1.starts_with(&failure), "{:?}", control.failed);
    assert!(TcpStream::connect(at).is_err(), "nobody would serve its clients");
    control.put_in_force(vec![https(&good, 2)]);
    assert!(control.failed.is_empty(), "{:?}", control.failed);
    assert_eq!(shown(), good.chain[0].as_bytes());
    for (revision, (wrong, why)) in
        (3..).zip([(&unopened, "the key can't be opened"), (&foreign, "its key is another's")])
    {
        control.put_in_force(vec![https(wrong, revision)]);
        assert!(control.failed[0].1.contains("goes on with its earlier TLS"));
        assert!(control.failed[0].1.contains(why), "{:?}", control.failed);
        assert_eq!(shown(), good.chain[0].as_bytes());
    }
    control.put_in_force(vec![https(&newer, 5)]);
    assert!(control.failed.is_empty(), "{:?}", control.failed);
    assert_eq!(shown(), newer.chain[0].as_bytes());
}

#[test]
fn an_address_in_use_fails_alone_and_is_taken_once_it_is_free() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let other = TcpListener::bind((free_address().ip(), 0)).unwrap();
    let (used, good) = (other.local_addr().unwrap(), free_address());
    control.put_in_force(vec![
        balancer(1, used, 0, &[origin.address]),
        balancer(2, good, 10, &[origin.address]),
    ]);
    let failed = control.failed.clone();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0, LoadBalancerId::from(Uuid::from_u128(1)));
    assert!(failed[0].1.contains("in use by another program"), "{}", failed[0].1);
    assert_eq!(get(good), "a");
    drop(other);
    control.until("the repair", |control| control.failed.is_empty());
    assert_eq!(get(used), "a");
}

#[test]
fn an_address_moves_from_one_load_balancer_to_another_without_a_gap() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let (a, b) = (Origin::named("a"), Origin::named("b"));
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[a.address])]);
    assert_eq!(get(at), "a");
    let old = LoadBalancerId::from(Uuid::from_u128(1));
    control.entries.remove(&old);
    control.revision += 1;
    let new =
        TableEntry { revision: Revision(control.revision), ..balancer(2, at, 10, &[b.address]) };
    control.entries.insert(new.id, new.clone());
    let tables = Tables {
        revision: Revision(control.revision),
        full: false,
        more: false,
        changed: vec![new],
        removed: vec![old],
        digest: control.digest(),
    };
    control.send(&Down::Tables(tables));
    control.await_ack();
    assert!(control.failed.is_empty(), "{:?}", control.failed);
    assert_eq!(get(at), "b");
}

#[test]
fn a_digest_that_does_not_fit_asks_for_everything() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let (first, second) = (free_address(), free_address());
    control.put_in_force(vec![balancer(1, first, 0, &[origin.address])]);
    // As if a message had been lost.
    control.revision += 1;
    let lost = TableEntry { revision: Revision(2), ..balancer(2, second, 10, &[origin.address]) };
    control.entries.insert(lost.id, lost);
    let third = balancer(3, free_address(), 20, &[origin.address]);
    control.put(vec![third]);
    control.until("a resync", |control| control.resyncs == 1);
    let full = |more, changed| Tables {
        revision: Revision(control.revision),
        full: true,
        more,
        changed,
        removed: Vec::new(),
        digest: control.digest(),
    };
    let mut entries: Vec<TableEntry> = control.entries.values().cloned().collect();
    let last = entries.split_off(1);
    let parts = [full(true, entries), full(false, last)];
    for part in parts {
        control.send(&Down::Tables(part));
    }
    control.await_ack();
    assert_eq!(get(second), "a");
}

#[test]
fn a_control_that_talks_nonsense_is_left_and_dialled_again() {
    let (_directory, listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[origin.address])]);
    for nonsense in
        [&b"\xff\xff\xff\xff"[..], b"\0\0\0\x02{]", b"\0\0\0\x0d{\"type\":\"no\"}", b"\0"]
    {
        control.stream.write_all(nonsense).unwrap();
        control.stream.shutdown(std::net::Shutdown::Write).unwrap();
        control = Control::accept(&listener);
        assert!(matches!(control.hello, Up::Hello { revision: Revision(1), .. }));
        assert_eq!(get(at), "a");
    }
}

#[test]
fn a_set_that_was_cut_off_leaves_nothing_behind() {
    let (_directory, listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    let half = Tables {
        revision: Revision(9),
        full: true,
        more: true,
        changed: vec![balancer(7, free_address(), 70, &[origin.address])],
        removed: Vec::new(),
        digest: control.digest(),
    };
    control.send(&Down::Tables(half));
    drop(control);
    let mut control = Control::accept(&listener);
    control.put_in_force(vec![balancer(1, at, 0, &[origin.address])]);
    assert_eq!(control.resyncs, 0);
    assert_eq!(get(at), "a");
}

#[test]
fn traffic_goes_on_without_control_and_the_next_hello_says_what_runs() {
    let (_directory, listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[origin.address])]);
    let (revision, digest) = (control.revision, control.digest());
    drop(control);
    assert_eq!(get(at), "a");
    let control = Control::accept(&listener);
    let Up::Hello { revision: said, digest: its, .. } = control.hello else { panic!() };
    assert_eq!((said.0, its), (revision, digest));
}

#[test]
fn a_restart_without_control_serves_what_was_last_known() {
    let (directory, listener, mut proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[origin.address])]);
    let (revision, digest) = (control.revision, control.digest());
    proxy.end();
    assert!(TcpStream::connect(at).is_err());
    drop(control);
    // The new one finds a control that accepts and says nothing.
    let _next = Proxy::start(&directory.0);
    let mut control = Control::accept(&listener);
    let Up::Hello { revision: said, digest: its, .. } = control.hello.clone() else { panic!() };
    assert_eq!((said.0, its), (revision, digest));
    control.until("in force", |control| control.acked == revision);
    assert_eq!(get(at), "a");
}

#[test]
fn a_second_proxy_in_the_same_directory_is_refused() {
    let (directory, _listener, _proxy, _control) = stage();
    let refused = Proxy::start(&directory.0).join();
    assert!(matches!(refused, Err(Trouble::AlreadyRunning { .. })), "{refused:?}");
}

#[test]
fn control_can_stop_a_proxy_that_finishes_what_it_has() {
    let (_directory, _listener, mut proxy, mut control) = stage();
    let origin = Origin::named("a");
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[origin.address])]);
    assert_eq!(get(at), "a");
    control.send(&Down::Stop { grace_ms: 5_000 });
    proxy.join().unwrap();
    assert!(TcpStream::connect(at).is_err());
}

#[test]
fn a_member_that_fails_its_checks_gets_no_traffic_until_it_recovers() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let good = Origin::named("good");
    let spare = TcpListener::bind("127.0.0.1:0").unwrap();
    let broken = spare.local_addr().unwrap();
    drop(spare);
    let at = free_address();
    let mut entry = balancer(1, at, 0, &[good.address, broken]);
    entry.pools[0].health_monitor = Some(monitor(http_check()));
    control.put_in_force(vec![entry]);
    control.until("health", |control| {
        control.health_of(0) == Some(ProbedHealth::Healthy)
            && control.health_of(1) == Some(ProbedHealth::Unhealthy)
    });
    let id = support::member(1, broken).id;
    let evidence = control.health[&id].last_failure.clone().unwrap();
    assert_eq!(evidence.attempt, format!("GET /healthz to {broken}"));
    assert_eq!(evidence.outcome, "connection refused");
    assert!((0..6).all(|_| get(at) == "good"));
    answer_at(broken, "back");
    control.until("recovery", |control| control.health_of(1) == Some(ProbedHealth::Healthy));
    let end = Instant::now() + support::PATIENCE;
    while get(at) != "back" {
        assert!(Instant::now() < end);
    }
}

#[test]
fn a_check_that_fails_takes_a_member_out_of_traffic_within_milliseconds() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let good = Origin::named("good");
    // Answers its first check with 200 and every later one with 500; says when.
    let (failed, fails) = std::sync::mpsc::channel();
    let flaky = Origin::start(move |mut peer| {
        while let Some(head) = peer.read_head() {
            let is_late_check = head.contains("/healthz") && peer.number > 0;
            peer.write(if is_late_check {
                "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
            } else {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nflaky"
            });
            if is_late_check {
                let _unheard = failed.send(Instant::now());
            }
        }
    });
    let at = free_address();
    let mut entry = balancer(1, at, 0, &[good.address, flaky.address]);
    let mut monitor = monitor(http_check());
    monitor.fall = Threshold::constant::<1>();
    entry.pools[0].health_monitor = Some(monitor);
    control.put_in_force(vec![entry]);
    control.until("health", |control| control.health_of(1) == Some(ProbedHealth::Unhealthy));
    let told = Instant::now();
    let answered = fails.recv_timeout(support::PATIENCE).unwrap();
    println!("told {:?} after the answer that failed the check", told - answered);
    assert!((0..6).all(|_| get(at) == "good"));
    assert!(told - answered < Duration::from_millis(100), "{:?}", told - answered);
}

#[test]
fn checks_over_tls_are_shared_and_say_what_failed() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let secure = tls::origin(tls::server(&[&TLS13]), |_, _| {
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned()
    });
    let clear = Origin::start(|mut peer| {
        peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        peer.read_to_end();
    });
    let Check::Http(check) = http_check() else { unreachable!() };
    let mut monitor = monitor(Check::Https(check))
        .with_times(IntervalMs::constant::<1_000>(), TimeoutMs::constant::<1_000>())
        .unwrap();
    monitor.fall = Threshold::constant::<1>();
    let entries = (0..5_u16).map(|number| {
        let members = [secure.address, clear.address];
        let first = usize::from(number) * 10;
        let mut entry = balancer(u128::from(number) + 1, free_address(), first, &members);
        entry.pools[0].health_monitor = Some(monitor.clone());
        entry
    });
    control.put_in_force(entries.collect());
    control.until("health", |control| {
        (0..5).all(|number| {
            control.health_of(number * 10) == Some(ProbedHealth::Healthy)
                && control.health_of(number * 10 + 1) == Some(ProbedHealth::Unhealthy)
        })
    });
    assert!(secure.connection_count() < 5, "{}", secure.connection_count());
    let evidence = &control.health[&support::member(41, clear.address).id].last_failure;
    let evidence = evidence.clone().unwrap();
    assert_eq!(evidence.attempt, format!("GET /healthz to {} over TLS", clear.address));
    assert!(evidence.outcome.contains("answers in plain HTTP"), "{}", evidence.outcome);
}

#[test]
fn tcp_checks_and_shared_targets_tell_every_member() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let entries = (0..5_u16).map(|number| {
        let first = usize::from(number) * 10;
        let mut entry = balancer(u128::from(number) + 1, free_address(), first, &[origin.address]);
        entry.pools[0].health_monitor = Some(monitor(Check::Tcp));
        entry
    });
    control.put_in_force(entries.collect());
    control.until("health", |control| {
        (0..5).all(|number| control.health_of(number * 10) == Some(ProbedHealth::Healthy))
    });
}

#[test]
fn connections_that_fail_eject_a_member_without_checks() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let good = Origin::named("good");
    let spare = TcpListener::bind("127.0.0.1:0").unwrap();
    let broken = spare.local_addr().unwrap();
    drop(spare);
    let at = free_address();
    control.put_in_force(vec![balancer(1, at, 0, &[good.address, broken])]);
    for _ in 0..8 {
        assert_eq!(get(at), "good", "a retry hides the broken one");
    }
    control.until("ejection", |control| control.health_of(1) == Some(ProbedHealth::Unhealthy));
}

#[test]
fn connections_that_fail_eject_a_member_behind_a_tcp_listener_too() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let good = Origin::start(|mut peer| peer.write("good"));
    let spare = TcpListener::bind("127.0.0.1:0").unwrap();
    let broken = spare.local_addr().unwrap();
    drop(spare);
    let at = free_address();
    let mut entry = balancer(1, at, 0, &[good.address, broken]);
    entry.listeners[0].protocol = Protocol::Tcp;
    control.put_in_force(vec![entry]);
    for _ in 0..8 {
        assert_eq!(Client::connect(at).rest(), b"good", "another try hides the broken one");
    }
    control.until("ejection", |control| control.health_of(1) == Some(ProbedHealth::Unhealthy));
    let evidence = control.failure_of(1).unwrap();
    assert_eq!(evidence, "3 in a row failed, the last one: connection refused");
}

#[test]
fn members_that_fail_in_tls_are_ejected_and_it_is_said_why() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let authority = Authority::new("ca");
    let config = Arc::new(authority.issue(&["a.example"]).server(&[&TLS13]));
    let origin = tls::origin(config, |_, _| String::new());
    let at = free_address();
    let mut entry = balancer(1, at, 0, &[origin.address]);
    let verify = Verify::Against(vec![Der::new(authority.certificate.to_vec())]);
    let server_name = Some(HostName::new("b.example").unwrap());
    entry.pools[0].tls = Some(PoolTls { verify, server_name });
    control.put_in_force(vec![entry]);
    for _ in 0..3 {
        assert_eq!(Client::connect(at).get("/").status, 502);
    }
    control.until("ejection", |control| control.health_of(0) == Some(ProbedHealth::Unhealthy));
    let evidence = control.failure_of(0).unwrap();
    let expected = "certificate is for other names: a.example, not for b.example";
    assert!(evidence.ends_with(expected), "{evidence}");
}

#[test]
fn a_thousand_load_balancers_come_quickly_and_a_change_does_not_wait_for_them() {
    let (_directory, _listener, _proxy, mut control) = stage();
    let origin = Origin::named("a");
    let entries: Vec<TableEntry> = (0..1_000_u16)
        .map(|number| {
            let first = usize::from(number) * 10;
            balancer(u128::from(number) + 1, free_address(), first, &[origin.address; 10])
        })
        .collect();
    let all = control.put_in_force(entries.clone());
    assert!(control.failed.is_empty());
    let mut changes: Vec<Duration> =
        (0..50).map(|number| control.put_in_force(vec![entries[number * 7].clone()])).collect();
    changes.sort_unstable();
    println!("1,000 balancers in force after {all:?}; one change: median {:?}", changes[25]);
    assert!(changes[25] < Duration::from_millis(20), "{:?}", changes[25]);
}

#[test]
#[ignore = "most of a minute for figures; run by hand (owner: proxy)"]
fn ten_thousand_load_balancers_with_a_hundred_thousand_checked_members() {
    let (directory, _listener, mut proxy, mut control) = stage();
    let origin = Origin::named("a");
    let entries: Vec<TableEntry> = (0..10_000_usize)
        .map(|number| {
            let members: Vec<SocketAddr> = (0..10_u8)
                .map(|member| {
                    let host = [127, 50 + (number >> 8) as u8, number as u8, member + 1];
                    SocketAddr::from((host, origin.address.port()))
                })
                .collect();
            let mut entry = balancer(number as u128 + 1, free_address(), number * 10, &members);
            let check = HealthMonitor::with_defaults(Check::Tcp);
            entry.pools[0].health_monitor = Some(check);
            entry
        })
        .collect();
    let start = Instant::now();
    control.revision += 1;
    for entry in &entries {
        let revision = Revision(control.revision);
        control.entries.insert(entry.id, TableEntry { revision, ..entry.clone() });
    }
    let all: Vec<TableEntry> = control.entries.values().cloned().collect();
    let parts: Vec<&[TableEntry]> = all.chunks(500).collect();
    for (place, part) in parts.iter().enumerate() {
        let tables = Tables {
            revision: Revision(control.revision),
            full: true,
            more: place + 1 < parts.len(),
            changed: part.to_vec(),
            removed: Vec::new(),
            digest: control.digest(),
        };
        control.send(&Down::Tables(tables));
    }
    control.await_ack();
    println!(
        "10,000 balancers in force after {:?}, failed {}",
        start.elapsed(),
        control.failed.len()
    );
    let mut changes: Vec<Duration> =
        (0..100).map(|number| control.put_in_force(vec![entries[number * 77].clone()])).collect();
    changes.sort_unstable();
    println!("one change: median {:?}, most {:?}", changes[50], changes[99]);
    control.until("health", |control| control.health.len() == 100_000);
    println!("100,000 members checked after {:?}", start.elapsed());
    changes =
        (0..100).map(|number| control.put_in_force(vec![entries[number * 77].clone()])).collect();
    changes.sort_unstable();
    println!("one change while checking: median {:?}, most {:?}", changes[50], changes[99]);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmRSS")).unwrap());
    proxy.end();
    drop(control);
    let start = Instant::now();
    let _proxy = Proxy::start(&directory.0);
    while TcpStream::connect(entries[9_999].listeners[0].address).is_err() {}
    println!("the last of them serves {:?} after a restart", start.elapsed());
}
