//! Durable commits per second by writers that each wait for their answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::fleet::Fleet;
use crate::http_client::HttpClient;

/// Concurrent writers that are tried.
pub(super) const WRITERS: [usize; 3] = [1, 8, 64];
const LENGTH: Duration = Duration::from_secs(2);

/// Commits per second, and how many requests failed.
pub(super) fn measure(api: &HttpClient, fleet: &Fleet, writers: usize) -> (f64, u64) {
    let (done, errors) = (AtomicU64::new(0), AtomicU64::new(0));
    let started = Instant::now();
    let write = |writer: usize| {
        let mut api = api.another();
        let sample = &fleet.samples[writer % fleet.samples.len()];
        let path = format!("/v1/load-balancers/{}", sample.id);
        let mut number = 0;
        while started.elapsed() < LENGTH {
            number += 1;
            let body = json!({"description": format!("writer {writer} change {number}")});
            let is_done = api.json("PATCH", &path, Some(&body)).is_ok();
            let counter = if is_done { &done } else { &errors };
            if counter.fetch_add(1, Ordering::Relaxed) > 100 && !is_done {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let write = &write;
            scope.spawn(move || write(writer));
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    (done.into_inner() as f64 / seconds, errors.into_inner())
}
