//! A whole proxy with requests that wait for an instance: what it tells control, and how soon it finds out that
//! somebody can serve them.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

#[path = "process/control.rs"]
mod control;
mod support;

use std::net::SocketAddr;
use std::os::unix::net::UnixListener;

use elbow_model::health_monitor::{Check, HealthMonitor, IntervalMs, TimeoutMs};
use elbow_model::listener::Protocol;
use elbow_model::scaling_group::{WakeQueue, WakeSeconds};
use elbow_model::table::TableEntry;
use elbow_model::value::PoolId;
use elbow_model::wake::{Patience, Wake};

use control::{Control, Directory, Proxy, answer_at, free_address};
use support::client::Client;

/// A pool of instances of a group that can be woken; the checks have their time.
fn entry(at: SocketAddr, members: &[SocketAddr]) -> TableEntry {
    let mut entry = support::entry(Protocol::Http, at, members);
    let pool = &mut entry.pools[0];
    pool.members.iter_mut().for_each(|member| member.only_when_healthy = true);
    let times = (IntervalMs::constant::<3_600_000>(), TimeoutMs::constant::<1_000>());
    let monitor = HealthMonitor::with_defaults(Check::Tcp).with_times(times.0, times.1);
    pool.health_monitor = Some(monitor.unwrap());
    let (most, timeout_s) = (WakeQueue::constant::<10>(), WakeSeconds::constant::<60>());
    pool.wake = Wake::Possible(Patience { most, timeout_s });
    entry
}

fn waits(control: &mut Control, pool: PoolId, count: u64) {
    control.until("it says how many wait", |control| control.waiting.get(&pool) == Some(&count));
}

#[test]
fn control_is_told_who_waits_whenever_it_connects_and_that_it_is_over() {
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let _proxy = Proxy::start(&directory.0);
    let mut control = Control::accept(&listener);
    let (front, server) = (free_address(), free_address());
    let pool = entry(front, &[]).pools[0].id;
    control.put_in_force(vec![entry(front, &[])]);
    let mut client = Client::connect(front);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    waits(&mut control, pool, 1);
    let (revision, entries) = (control.revision, control.entries.clone());
    drop(control);
    let mut control = Control::accept(&listener);
    (control.revision, control.entries) = (revision, entries);
    waits(&mut control, pool, 1);
    // Nobody listens there yet: the first check fails, and the next one would be in an hour.
    control.put_in_force(vec![entry(front, &[server])]);
    control.until("the first check has failed", |control| {
        control.health.values().any(|seen| seen.last_failure.is_some())
    });
    answer_at(server, "late");
    assert_eq!(client.response().unwrap().body, "late");
    waits(&mut control, pool, 0);
}

#[test]
fn an_instance_is_waited_for_only_while_it_is_checked_for_the_first_time() {
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let _proxy = Proxy::start(&directory.0);
    let mut control = Control::accept(&listener);
    let (front, server) = (free_address(), free_address());
    let never = |members: &[SocketAddr]| {
        let mut entry = entry(front, members);
        entry.pools[0].wake = Wake::Never;
        entry
    };
    control.put_in_force(vec![never(&[])]);
    assert_eq!(Client::connect(front).get("/").status, 503, "nobody is on the way");
    control.put_in_force(vec![never(&[server])]);
    let mut client = Client::connect(front);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let response = client.response().unwrap();
    assert_eq!(response.status, 503, "checked often enough, it is known to be unhealthy");
    let failure = control.health.values().find_map(|seen| seen.last_failure.clone());
    assert!(failure.is_some() || control.waiting.is_empty(), "nobody was to be woken for it");
}
