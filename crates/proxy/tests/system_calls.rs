//! How many system calls a request costs: receive and send on each side, and a share of a wait.
//! Counted by `strace`; without it, or where it may not trace, this test says so and proves nothing.

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use elbow_model::listener::Protocol;
use support::Stage;
use support::client::Client;
use support::origin::Origin;

const CLIENTS: usize = 64;
const ROUNDS: usize = 100;
/// What only the end of the worker costs, and the line of sums.
const AT_THE_END: [&str; 8] =
    ["close", "munmap", "madvise", "mprotect", "sigaltstack", "rt_sigprocmask", "exit", "total"];

/// The thread of the only worker in this process.
fn worker_thread() -> Option<String> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    tasks.map_while(Result::ok).map(|task| task.path()).find_map(|task| {
        let name = std::fs::read_to_string(task.join("comm")).ok()?;
        (name.trim() == "worker-0").then(|| Some(task.file_name()?.to_str()?.to_owned()))?
    })
}

fn serve_all(clients: &mut [Client]) {
    for client in clients.iter_mut() {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for client in clients.iter_mut() {
        assert_eq!(client.response().expect("a response").status, 200);
    }
}

#[test]
fn a_kept_alive_request_costs_at_most_four_calls_and_a_share_of_a_wait() {
    let origin = Origin::start(|mut peer| {
        let body = "x".repeat(1024);
        while peer.read_request().is_some() {
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n{body}"));
        }
    });
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| Client::connect(stage.address)).collect();
    for _ in 0..3 {
        serve_all(&mut clients);
    }
    let thread = worker_thread().expect("a worker");
    let strace = Command::new("strace").args(["-c", "-p", &thread]).stderr(Stdio::piped()).spawn();
    let Ok(mut strace) = strace else {
        eprintln!("skipped: there is no strace");
        return;
    };
    let mut said = BufReader::new(strace.stderr.take().expect("a pipe"));
    let mut first = String::new();
    said.read_line(&mut first).expect("a line");
    if !first.contains("attached") {
        eprintln!("skipped: strace may not trace: {first}");
        return;
    }
    for _ in 0..ROUNDS {
        serve_all(&mut clients);
    }
    // It tells its counts when what it traces ends.
    drop(stage);
    let mut summary = String::new();
    said.read_to_string(&mut summary).expect("a summary");
    strace.wait().expect("its end");
    let calls = |line: &str| -> Option<(String, u32)> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Some((words.last()?.to_string(), words.get(3)?.parse().ok()?))
    };
    let counted: Vec<(String, u32)> = summary
        .lines()
        .filter_map(calls)
        .filter(|(name, _)| !AT_THE_END.contains(&name.as_str()))
        .collect();
    let requests = f64::from(u32::try_from(CLIENTS * ROUNDS).expect("a few"));
    let of = |is_wait: bool| -> f64 {
        let chosen = counted.iter().filter(|(name, _)| (name == "epoll_wait") == is_wait);
        f64::from(chosen.map(|(_, count)| count).sum::<u32>()) / requests
    };
    let (each, waits) = (of(false), of(true));
    eprintln!("{each:.3} calls a request and {waits:.3} waits");
    assert!((4.0..=4.05).contains(&each), "{each} calls a request:\n{summary}");
    // How many events a wait finds is up to the scheduler, as clients here wait for each other.
    assert!(waits <= 0.2, "{waits} waits a request:\n{summary}");
}
