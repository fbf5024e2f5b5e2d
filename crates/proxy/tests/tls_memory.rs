//! What an idle connection over TLS holds of the worker's memory: the allocator of this test counts
//! what the worker's thread has and not given back.
#![expect(unsafe_code, reason = "an allocator has no safe interface")]
#![expect(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

use elbow_model::listener::Protocol;
use support::Stage;
use support::client::Client;
use support::origin::Origin;
use support::secure::{certificate, tls, trusting};

/// The thread that is watched; 0 for none.
static WATCHED: AtomicI32 = AtomicI32::new(0);
/// Bytes that it has and not given back.
static HELD: AtomicI64 = AtomicI64::new(0);

struct Counting;

fn note(bytes: i64) {
    let watched = WATCHED.load(Ordering::Relaxed);
    // SAFETY: the call takes nothing and always succeeds.
    if watched != 0 && unsafe { libc::gettid() } == watched {
        HELD.fetch_add(bytes, Ordering::Relaxed);
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

// SAFETY: all requests go to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(signed(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(-signed(layout.size()));
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(signed(size) - signed(layout.size()));
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The thread of the only worker in this process.
fn worker_thread() -> i32 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .map(|task| task.unwrap().path())
        .find(|task| {
            let name = std::fs::read_to_string(task.join("comm")).unwrap_or_default();
            name.trim() == "worker-0"
        })
        .and_then(|task| task.file_name()?.to_str()?.parse().ok())
        .unwrap()
}

/// Bytes that an idle connection may hold; what the C library allocates by itself comes on top.
const MOST: i64 = 3_000;
const CLIENTS: usize = 200;

#[test]
fn an_idle_connection_over_tls_holds_little_and_no_buffer() {
    let origin = Origin::echo();
    let made = certificate(&["a"]);
    let stage = Stage::with(Protocol::Https, &[origin.address], |entry| {
        entry.listeners[0].tls = Some(tls(&[&made]));
    });
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let config = Arc::new(trusting(&[&made], &[version]));
        let connect = || {
            let mut client = Client::secure(stage.address, config.clone(), "a").unwrap();
            assert_eq!(client.get("/").status, 200);
            client
        };
        // What all share, and room in the worker's lists, comes with the first ones.
        let first: Vec<Client> = (0..CLIENTS).map(|_| connect()).collect();
        drop(first);
        stage.wait_connections(0);
        WATCHED.store(worker_thread(), Ordering::Relaxed);
        HELD.store(0, Ordering::Relaxed);
        let clients: Vec<Client> = (0..CLIENTS).map(|_| connect()).collect();
        let each = HELD.load(Ordering::Relaxed) / signed(clients.len());
        WATCHED.store(0, Ordering::Relaxed);
        eprintln!("{each} bytes each with {version:?}");
        assert!((1..=MOST).contains(&each), "{each} bytes each with {version:?}");
        drop(clients);
        stage.wait_connections(0);
    }
}
