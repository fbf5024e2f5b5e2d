//! Steady keep-alive requests allocate nothing in the worker: the allocator of this test counts
//! what the worker's thread asks of it.
#![expect(unsafe_code, reason = "an allocator has no safe interface")]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use elbow_model::listener::Protocol;
use support::Stage;
use support::client::Client;
use support::origin::Origin;

/// The thread that is watched; 0 for none.
static WATCHED: AtomicI32 = AtomicI32::new(0);
/// How often it asked for memory.
static ASKED: AtomicU64 = AtomicU64::new(0);

struct Counting;

fn note() {
    let watched = WATCHED.load(Ordering::Relaxed);
    // SAFETY: the call takes nothing and always succeeds.
    if watched != 0 && unsafe { libc::gettid() } == watched {
        ASKED.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: all requests go to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The thread of the only worker in this process.
fn worker_thread() -> i32 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
    tasks
        .map(|task| task.expect("a thread").path())
        .find(|task| {
            let name = std::fs::read_to_string(task.join("comm")).unwrap_or_default();
            name.trim() == "worker-0"
        })
        .and_then(|task| task.file_name()?.to_str()?.parse().ok())
        .expect("a worker")
}

#[test]
fn steady_requests_allocate_nothing_in_the_worker() {
    let origin = Origin::start(|mut peer| {
        let body = "x".repeat(1024);
        while peer.read_request().is_some() {
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n{body}"));
        }
    });
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut clients: Vec<Client> = (0..8).map(|_| Client::connect(stage.address)).collect();
    let round = |clients: &mut Vec<Client>| {
        for client in clients.iter_mut() {
            client.send(
                "GET /some/path?with=query HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\
                 User-Agent: test\r\nAccept-Language: en\r\nCookie: a=b; c=d\r\n\r\n",
            );
        }
        for client in clients.iter_mut() {
            assert_eq!(client.response().expect("a response").status, 200);
        }
    };
    // Buffers, slots of the timers and lists of connections grow at first.
    for _ in 0..500 {
        round(&mut clients);
    }
    WATCHED.store(worker_thread(), Ordering::Relaxed);
    for _ in 0..500 {
        round(&mut clients);
    }
    WATCHED.store(0, Ordering::Relaxed);
    assert_eq!(ASKED.load(Ordering::Relaxed), 0, "of 4000 requests");
}
