//! The control plane's figures against the real program: how long until a change is in force, how
//! fast the API answers, how many commits a second, how much memory, how long a start takes, and how
//! all that grows with the number of load balancers.

mod fleet;
mod latency;
mod report;
mod throughput;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::console::{note, say};
use crate::contender::{Group, Service, Setup};
use crate::failure::{Failure, While};
use crate::http_client::HttpClient;
use crate::process;
use fleet::Fleet;
use latency::Samples;

/// Members of each load balancer.
const MEMBERS: usize = 10;
/// Not the port that others on this machine would take as well.
const PORT: u16 = 18473;
const READY_LIMIT: Duration = Duration::from_secs(60);

/// What was found at one size.
pub(crate) struct Figures {
    pub(crate) size: usize,
    /// Named times, in milliseconds.
    pub(crate) times: Vec<(&'static str, Samples)>,
    /// Named single values with their unit.
    pub(crate) values: Vec<(String, f64, &'static str)>,
    pub(crate) errors: u64,
}

/// Measures at each size; false if a request was refused.
pub(crate) fn run(
    program: &Path,
    setup: &Setup,
    sizes: &[usize],
    output: &Path,
) -> Result<bool, Failure> {
    let mut all = Vec::new();
    for size in sizes {
        note(&format!("{size} load balancers of {MEMBERS} members"));
        all.push(measure(program, setup, *size).while_doing(format_args!("size {size}"))?);
        let text = serde_json::to_string_pretty(&report::json(&all))?;
        std::fs::write(output.join("control.json"), text)?;
    }
    for line in report::lines(&all) {
        say(&line);
    }
    Ok(all.iter().all(|figures| figures.errors == 0))
}

fn measure(program: &Path, setup: &Setup, size: usize) -> Result<Figures, Failure> {
    let Service { group, mut api, proxy } = Service::start(program, setup)?;
    let mut figures = Figures { size, times: Vec::new(), values: Vec::new(), errors: 0 };
    let filled = Instant::now();
    let fleet = Fleet::fill(&api, size)?;
    let per_second = size as f64 / filled.elapsed().as_secs_f64();
    figures.values.push(("creates by 64 writers".to_owned(), per_second, "1/s"));
    fleet.wait_until_in_force(&mut api)?;
    figures.times = latency::measure(&mut api, &fleet)?;
    for writers in throughput::WRITERS {
        let (per_second, errors) = throughput::measure(&api, &fleet, writers);
        figures.values.push((format!("commits by {writers} writers"), per_second, "1/s"));
        figures.errors += errors;
    }
    let mib = |id: u32| process::resident_bytes(&[id]) as f64 / f64::from(1 << 20);
    figures.values.push(("control process".to_owned(), mib(group.child.id()), "MiB"));
    figures.values.push(("proxy process".to_owned(), mib(proxy), "MiB"));
    let (ready, serving) = restart(program, setup, group, &fleet)?;
    figures.values.push(("restart until ready".to_owned(), ready, "s"));
    figures.values.push(("restart until the last one serves".to_owned(), serving, "s"));
    for (name, value, unit) in &figures.values {
        note(&format!("  {name}: {value:.2} {unit}"));
    }
    Ok(figures)
}

/// Stops both processes and starts them again on the same data; seconds until the API is ready and
/// until every sampled load balancer takes connections.
fn restart(
    program: &Path,
    setup: &Setup,
    group: Group,
    fleet: &Fleet,
) -> Result<(f64, f64), Failure> {
    let directory = group.stop_and_keep();
    let started = Instant::now();
    let (_group, listen) = Service::spawn(program, setup, directory)?;
    let mut api = HttpClient::new(listen);
    wait_for(started + READY_LIMIT, "ready again", || {
        api.send("GET", "/readyz", None).is_ok_and(|answer| answer.status == 200)
    })?;
    let ready = started.elapsed().as_secs_f64();
    for address in fleet.sampled_addresses() {
        wait_for(started + READY_LIMIT, "serving again", || latency::takes_connections(address))?;
    }
    Ok((ready, started.elapsed().as_secs_f64()))
}

/// Asks again and again, every few hundred microseconds.
fn wait_for(deadline: Instant, what: &str, mut holds: impl FnMut() -> bool) -> Result<(), Failure> {
    while !holds() {
        if Instant::now() > deadline {
            return Err(Failure::new(format!("not {what} in time")));
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    Ok(())
}

/// A load balancer as the benchmark creates it: one listener, ten members, no health check, so that
/// the control plane and not the checks are measured.
fn tree(name: &str) -> Value {
    let member = |number: usize| json!({"address": "127.0.0.1", "port": 20_000 + number});
    json!({
        "name": name,
        "description": "made by the benchmark",
        "listeners": [{"name": "front", "protocol": "HTTP", "port": PORT}],
        "members": (0..MEMBERS).map(member).collect::<Vec<_>>(),
    })
}
