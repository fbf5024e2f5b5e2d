//! A thousand random edits under continuous load: no connection may drop, no request may fail.
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

#[path = "process/control.rs"]
mod control;
mod support;

use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use elbow_model::listener::Protocol;
use elbow_model::table::{PoolIndex, TableAction, TableEntry, TableForward, TableRule};
use elbow_model::value::{LoadBalancerId, Weight};
use uuid::Uuid;

use control::{Control, Directory, Proxy, free_address};
use support::client::Client;
use support::origin::Origin;

const EDITS: u32 = 1_000;
/// Edits go on until so many requests were answered.
const REQUESTS: u64 = 5_000;
const CLIENTS: usize = 4;

/// SplitMix64, so that a printed seed tells the whole run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

fn entry(number: u128, at: SocketAddr, members: &[SocketAddr]) -> TableEntry {
    let mut entry = support::entry(Protocol::Http, at, members);
    entry.id = LoadBalancerId::from(Uuid::from_u128(number));
    entry.listeners[0].id = Uuid::from_u128(number << 32 | 2).into();
    entry.pools[0].id = Uuid::from_u128(number << 32 | 3).into();
    for (index, at) in members.iter().enumerate() {
        entry.pools[0].members[index] = support::member(number as usize * 1_000 + index, *at);
    }
    entry
}

/// Edits the load balancer that carries the load; member 0 always stays.
fn edit(entry: &mut TableEntry, dice: &mut Dice, origins: &[Origin], next_member: &mut usize) {
    let count = entry.pools[0].members.len();
    match dice.roll(5) {
        0 => {
            let weight = 1 + dice.roll(256) as i64;
            entry.pools[0].members[dice.roll(count)].weight = Weight::new(weight).unwrap();
        }
        1 if count < 8 => {
            *next_member += 1;
            let at = origins[dice.roll(origins.len())].address;
            entry.pools[0].members.push(support::member(*next_member, at));
        }
        2 if count > 1 => {
            entry.pools[0].members.remove(1 + dice.roll(count - 1));
        }
        3 => {
            let forward = TableForward { pool: PoolIndex(0), weight: Weight::default() };
            let condition = elbow_model::rule::Condition {
                path: Some(format!("/{}/*", dice.roll(9)).parse().unwrap()),
                ..Default::default()
            };
            let action = TableAction::Forward(vec![forward]);
            let id = Uuid::from_u128(dice.roll(1_000_000) as u128).into();
            entry.listeners[0].rules = vec![TableRule { id, condition, action }];
        }
        _ => {
            // Another listener comes, or goes.
            if entry.listeners.len() == 1 {
                let mut listener = entry.listeners[0].clone();
                listener.id = Uuid::from_u128(77).into();
                listener.address = free_address();
                entry.listeners.push(listener);
            } else {
                entry.listeners.pop();
            }
        }
    }
}

#[test]
fn a_thousand_random_edits_fail_no_request_and_drop_no_connection() {
    let seed = Uuid::now_v7().as_u64_pair().1;
    println!("seed {seed:#x}");
    let mut dice = Dice(seed);
    let directory = Directory::new();
    let listener = UnixListener::bind(directory.link()).unwrap();
    let _proxy = Proxy::start(&directory.0);
    let mut control = Control::accept(&listener);
    let origins: Vec<Origin> = (0..4).map(|_| Origin::named("ok")).collect();
    let members: Vec<SocketAddr> = origins.iter().map(|origin| origin.address).collect();
    let (at, other_at) = (free_address(), free_address());
    let mut busy = entry(1, at, &members);
    control.put_in_force(vec![busy.clone()]);
    let (is_over, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (is_over, count) = (is_over.clone(), count.clone());
            std::thread::spawn(move || {
                let mut client = Client::connect(at);
                while !is_over.load(Ordering::Relaxed) {
                    let response = client.get(&format!("/{number}/x"));
                    assert_eq!((response.status, &*response.body), (200, "ok"));
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut next_member = 500_000;
    let mut edits = 0;
    while edits < EDITS || count.load(Ordering::Relaxed) < REQUESTS {
        edits += 1;
        assert!(clients.iter().all(|client| !client.is_finished()), "after {edits} edits");
        match dice.roll(4) {
            // Load balancers beside it come, change and go.
            0 => control.put(vec![entry(2, other_at, &members[..1 + dice.roll(3)])]),
            1 => control.remove(LoadBalancerId::from(Uuid::from_u128(2))),
            _ => {
                edit(&mut busy, &mut dice, &origins, &mut next_member);
                control.put(vec![busy.clone()]);
            }
        }
        // Some edits come while the one before is on its way.
        if dice.roll(3) == 0 {
            control.await_ack();
        }
    }
    control.await_ack();
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().expect("no request fails, and the connection lives from first to last");
    }
    assert!(control.failed.is_empty() && control.resyncs == 0, "{:?}", control.failed);
    println!("{edits} edits, {} requests", count.load(Ordering::Relaxed));
}
