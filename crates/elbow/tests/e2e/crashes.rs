//! kill -9 of either process, and of control in a loop under write load.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::deployment::NETWORK;
use crate::harness::{Client, Deployment, Origin, eventually, process};

#[test]
fn traffic_goes_on_without_control_and_the_next_one_adopts_the_proxy() {
    let mut elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two"]);
    let address = elbow.create_http("web", &origins);
    let proxy = elbow.proxy_pid();
    let mut kept = Client::tcp(address);
    assert_eq!(kept.get("/").status, 200);
    elbow.kill_control();
    for _ in 0..20 {
        assert_eq!(kept.get("/").status, 200, "a connection from before");
        assert_eq!(Client::tcp(address).get("/").status, 200, "a new connection");
    }
    elbow.up(&[]);
    elbow.active("web");
    assert_eq!(elbow.proxy_pid(), proxy, "the proxy that survived is adopted");
    assert_eq!(kept.get("/").status, 200, "and its connections are untouched");
    elbow.elbow(&["listener", "add", "web", "http:81", "--wait"]).ok();
    let mut other = address;
    other.set_port(81);
    assert_eq!(Client::tcp(other).get("/").status, 200, "and it takes changes");
}

#[test]
fn killed_proxy_comes_back_and_serves() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one"]);
    let address = elbow.create_http("web", &origins);
    let first = elbow.proxy_pid();
    process::signal(first, "KILL").unwrap();
    let answer = eventually("traffic is back", || {
        Client::try_tcp(address).and_then(|mut client| client.try_send("GET", "/", None))
    });
    assert_eq!(answer.status, 200);
    elbow.active("web");
    assert_ne!(elbow.proxy_pid(), first);
}

#[test]
fn proxy_that_starts_without_control_serves_its_last_table() {
    let mut elbow = Deployment::start();
    let origins = Origin::start_many(["one"]);
    let address = elbow.create_http("web", &origins);
    let first = elbow.proxy_pid();
    elbow.kill_control();
    process::signal(first, "KILL").unwrap();
    let mut alone = std::process::Command::new(crate::harness::deployment::PROGRAM)
        .args(["proxy", "--data-dir"])
        .arg(elbow.data_dir())
        .spawn()
        .unwrap();
    let answer = eventually("the last table is served", || {
        Client::try_tcp(address).and_then(|mut client| client.try_send("GET", "/", None))
    });
    assert_eq!(answer.status, 200);
    elbow.up(&[]);
    elbow.active("web");
    assert_eq!(elbow.proxy_pid(), alone.id(), "it is adopted");
    elbow.stop();
    alone.wait().unwrap();
}

/// Rounds of the loop that kills control.
const ROUNDS: usize = 50;
/// Writers at once.
const WRITERS: usize = 4;

/// What a writer knows of its load balancers.
#[derive(Default)]
struct Answered {
    /// Descriptions by name, of what was answered.
    known: BTreeMap<String, String>,
    /// The one request that was not answered: name, and what it would make of it.
    open: Option<(String, Option<String>)>,
}

#[test]
fn nothing_answered_is_lost_when_control_is_killed_under_write_load() {
    let mut elbow = Deployment::start();
    let mut answered: Vec<Answered> = (0..WRITERS).map(|_| Answered::default()).collect();
    let mut compared = 0;
    for round in 0..ROUNDS {
        let stop = Arc::new(AtomicBool::new(false));
        let (begun, first_answers) = mpsc::channel();
        let writers: Vec<_> = answered
            .into_iter()
            .enumerate()
            .map(|(writer, state)| {
                let (socket, stop, begun) = (elbow.socket(), Arc::clone(&stop), begun.clone());
                thread::spawn(move || {
                    write(Client::unix(&socket), writer, round, state, &stop, &begun)
                })
            })
            .collect();
        for _ in 0..WRITERS {
            first_answers.recv_timeout(Duration::from_secs(20)).unwrap();
        }
        // A different moment in each round.
        let until = Instant::now() + Duration::from_millis(5 + (round as u64 * 7) % 40);
        thread::sleep(until.saturating_duration_since(Instant::now()));
        elbow.kill_control();
        stop.store(true, Ordering::Relaxed);
        answered = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        elbow.up(&[]);
        compared += compare(&elbow, &mut answered, round);
    }
    assert!(compared > 10 * ROUNDS, "too few writes to mean anything: {compared}");
}

/// Creates, edits and deletes until the connection breaks.
fn write(
    mut api: Client,
    writer: usize,
    round: usize,
    mut state: Answered,
    stop: &AtomicBool,
    begun: &mpsc::Sender<()>,
) -> Answered {
    for step in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("w{writer}-{round}-{}", step / 3);
        let text = format!("step {step}");
        let path = format!("/v1/load-balancers/{name}");
        let is_last = step % 6 == 5;
        let (method, path, body, outcome) = match step % 3 {
            0 => (
                "POST",
                "/v1/load-balancers".to_owned(),
                Some(json!({"name": name, "network": NETWORK, "description": text})),
                Some(text),
            ),
            _ if is_last => ("DELETE", path, None, None),
            _ => ("PATCH", path, Some(json!({"description": text})), Some(text)),
        };
        state.open = Some((name.clone(), outcome.clone()));
        let body = body.map(|body| body.to_string());
        match api.try_send(method, &path, body.as_deref()) {
            Ok(response) if response.status < 300 => {}
            Ok(response) => panic!("{method} {path}: {response}"),
            Err(_) => return state,
        }
        state.open = None;
        match outcome {
            Some(text) => state.known.insert(name, text),
            None => state.known.remove(&name),
        };
        if step == 0 {
            begun.send(()).unwrap();
        }
    }
    state
}

/// Holds what was answered against what is there; what was open may be there or not, and is settled by that. Gives how
/// many load balancers were compared.
fn compare(elbow: &Deployment, answered: &mut [Answered], round: usize) -> usize {
    let mut there: BTreeMap<String, String> = BTreeMap::new();
    let (mut api, mut cursor) = (elbow.api(), String::new());
    loop {
        let page = api.get(&format!("/v1/load-balancers?limit=500{cursor}")).expect(200);
        for item in page["items"].as_array().unwrap() {
            let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
            there.insert(text("name"), text("description"));
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    for state in answered.iter_mut() {
        if let Some((name, outcome)) = state.open.take() {
            let found = there.get(&name).cloned();
            let before = state.known.get(&name).cloned();
            assert!(
                found == outcome || found == before,
                "round {round}: {name} is {found:?}, neither {before:?} nor {outcome:?}"
            );
            match found {
                Some(text) => state.known.insert(name, text),
                None => state.known.remove(&name),
            };
        }
    }
    let expected: BTreeMap<String, String> =
        answered.iter().flat_map(|state| state.known.clone()).collect();
    let lost: Vec<_> =
        expected.iter().filter(|(name, text)| there.get(*name) != Some(text)).collect();
    let extra: Vec<_> = there.keys().filter(|name| !expected.contains_key(*name)).collect();
    assert!(
        lost.is_empty() && extra.is_empty(),
        "round {round}: lost {lost:?}, not asked for {extra:?}"
    );
    // Room for the next rounds: the network has few addresses.
    for state in answered {
        let surplus: Vec<String> = state.known.keys().skip(2).cloned().collect();
        for name in surplus {
            api.delete(&format!("/v1/load-balancers/{name}")).expect(204);
            state.known.remove(&name);
        }
    }
    expected.len()
}
