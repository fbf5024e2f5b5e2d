//! Times as a user sees them: from sending a request to its answer, and from sending a change to
//! when it is in force, seen from outside.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fleet::{Fleet, sample};
use super::{tree, wait_for};
use crate::failure::Failure;
use crate::http_client::HttpClient;
use crate::statistics::percentile;

/// Times taken of each kind: enough that the 99th percentile is not the slowest one.
const SAMPLES: usize = 200;
const IN_FORCE_LIMIT: Duration = Duration::from_secs(10);
const CONNECT_LIMIT: Duration = Duration::from_millis(500);

/// Times of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<u64>);

impl Samples {
    pub(crate) fn take(&mut self, since: Instant) {
        self.0.push(since.elapsed().as_nanos() as u64);
    }

    /// In milliseconds.
    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        percentile(&mut self.0.clone(), percent).unwrap_or(0) as f64 / 1e6
    }
}

/// Every kind of time, with its name.
pub(super) fn measure(
    api: &mut HttpClient,
    fleet: &Fleet,
) -> Result<Vec<(&'static str, Samples)>, Failure> {
    let [answered, serving, active] = creates(api)?;
    let [patched, in_force] = weights(api, fleet)?;
    let list = |_: usize| "/v1/load-balancers".to_owned();
    let search = |number: usize| {
        let name = &fleet.samples[number % fleet.samples.len()].name;
        format!("/v1/load-balancers?q={name}")
    };
    let show = |number: usize| {
        let sample = &fleet.samples[number % fleet.samples.len()];
        format!("/v1/load-balancers/{}", sample.id)
    };
    Ok(vec![
        ("create, answered", answered),
        ("create, takes connections", serving),
        ("create, ACTIVE", active),
        ("member's weight, answered", patched),
        ("member's weight, in force", in_force),
        ("list (first page)", gets(api, list, "items")?),
        ("search", gets(api, search, "items")?),
        ("show", gets(api, show, "pools")?),
        ("edit", edits(api, fleet)?),
    ])
}

/// Whether somebody accepts connections there.
pub(super) fn takes_connections(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, CONNECT_LIMIT).is_ok()
}

fn creates(api: &mut HttpClient) -> Result<[Samples; 3], Failure> {
    let mut all: [Samples; 3] = Default::default();
    for number in 0..SAMPLES {
        let body = tree(&format!("new-{number}"));
        let started = Instant::now();
        let answer = api.json("POST", "/v1/load-balancers", Some(&body))?;
        all[0].take(started);
        let created = sample(&answer)?;
        let deadline = started + IN_FORCE_LIMIT;
        wait_for(deadline, "serving", || takes_connections(created.address))?;
        all[1].take(started);
        let path = format!("/v1/load-balancers/{}", created.id);
        wait_for(deadline, "active", || {
            api.json("GET", &path, None).is_ok_and(|shown| shown["status"] == "ACTIVE")
        })?;
        all[2].take(started);
        api.json("DELETE", &path, None)?;
    }
    Ok(all)
}

fn weights(api: &mut HttpClient, fleet: &Fleet) -> Result<[Samples; 2], Failure> {
    let mut all: [Samples; 2] = Default::default();
    for number in 0..SAMPLES {
        let sample = &fleet.samples[number % fleet.samples.len()];
        let body = json!({"weight": 2 + number % 200});
        let started = Instant::now();
        api.json("PATCH", &format!("/v1/members/{}", sample.member), Some(&body))?;
        all[0].take(started);
        let path = format!("/v1/load-balancers/{}", sample.id);
        wait_for(started + IN_FORCE_LIMIT, "in force", || {
            api.json("GET", &path, None).is_ok_and(|shown| is_in_force(&shown))
        })?;
        all[1].take(started);
    }
    Ok(all)
}

/// Whether every live proxy runs the newest revision.
fn is_in_force(shown: &Value) -> bool {
    let effective = &shown["effective"];
    shown["status"] == "ACTIVE" && effective["of"] != 0 && effective["proxies"] == effective["of"]
}

/// Reads, each of which must find something in the answer's field.
fn gets(
    api: &mut HttpClient,
    path: impl Fn(usize) -> String,
    field: &str,
) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for number in 0..SAMPLES {
        let path = path(number);
        let started = Instant::now();
        let answer = api.json("GET", &path, None)?;
        samples.take(started);
        if answer[field].as_array().is_none_or(Vec::is_empty) {
            return Err(Failure::new(format!("GET {path}: nothing in `{field}`")));
        }
    }
    Ok(samples)
}

fn edits(api: &mut HttpClient, fleet: &Fleet) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for number in 0..SAMPLES {
        let sample = &fleet.samples[number % fleet.samples.len()];
        let body = json!({"description": format!("edited {number}")});
        let started = Instant::now();
        api.json("PATCH", &format!("/v1/load-balancers/{}", sample.id), Some(&body))?;
        samples.take(started);
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_in_force_once_every_proxy_runs_it() {
        let shown = |status: &str, proxies: u32, of: u32| json!({"status": status, "effective": {"proxies": proxies, "of": of}});
        assert!(is_in_force(&shown("ACTIVE", 1, 1)));
        assert!(!is_in_force(&shown("PENDING", 0, 1)));
        assert!(!is_in_force(&shown("ACTIVE", 0, 0)), "nobody is not everybody");
    }
}
