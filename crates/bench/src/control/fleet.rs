//! Many load balancers, created over the API by many writers at once.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;

use super::{READY_LIMIT, tree, wait_for};
use crate::contender::text;
use crate::failure::Failure;
use crate::http_client::HttpClient;

/// Writers that fill the store.
const WRITERS: usize = 64;
/// Load balancers that are looked at closely.
const SAMPLED: usize = 64;

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) member: String,
    pub(super) address: SocketAddr,
}

/// What was created.
pub(super) struct Fleet {
    pub(super) samples: Vec<Sample>,
    last: String,
}

impl Fleet {
    pub(super) fn fill(api: &HttpClient, size: usize) -> Result<Self, Failure> {
        let next = AtomicUsize::new(0);
        let created = Mutex::new(Vec::new());
        let write = || -> Result<(), Failure> {
            let mut api = api.another();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= size {
                    return Ok(());
                }
                let name = format!("fleet-{number:05}");
                let answer = api.json("POST", "/v1/load-balancers", Some(&tree(&name)))?;
                if number == size - 1 || number.is_multiple_of(size.div_ceil(SAMPLED)) {
                    let mut created = created.lock().unwrap_or_else(PoisonError::into_inner);
                    created.push((number, answer));
                }
            }
        };
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS.min(size)).map(|_| scope.spawn(write)).collect();
            writers.into_iter().try_for_each(|writer| {
                writer.join().map_err(|_| Failure::new("a writer panicked"))?
            })
        })?;
        let mut created = created.into_inner().unwrap_or_else(PoisonError::into_inner);
        created.sort_by_key(|(number, _)| *number);
        let samples =
            created.iter().map(|(_, answer)| sample(answer)).collect::<Result<Vec<_>, _>>()?;
        let last = samples.last().map(|sample| sample.id.clone());
        let last = last.ok_or_else(|| Failure::new("a size of nothing"))?;
        Ok(Self { samples, last })
    }

    /// Waits until the last one created is active and all sampled ones take connections.
    pub(super) fn wait_until_in_force(&self, api: &mut HttpClient) -> Result<(), Failure> {
        let deadline = Instant::now() + READY_LIMIT;
        let path = format!("/v1/load-balancers/{}", self.last);
        wait_for(deadline, "active", || {
            api.json("GET", &path, None).is_ok_and(|shown| shown["status"] == "ACTIVE")
        })?;
        for address in self.sampled_addresses() {
            wait_for(deadline, "serving", || super::latency::takes_connections(address))?;
        }
        Ok(())
    }

    pub(super) fn sampled_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.samples.iter().map(|sample| sample.address)
    }
}

/// What is needed of a created load balancer.
pub(super) fn sample(answer: &Value) -> Result<Sample, Failure> {
    let address = format!("{}:{}", text(answer, "vip")?, answer["listeners"][0]["port"]);
    Ok(Sample {
        id: text(answer, "id")?,
        name: text(answer, "name")?,
        member: text(&answer["pools"][0]["members"][0], "id")?,
        address: address.parse().map_err(|_| Failure::new(format!("address {address}")))?,
    })
}
