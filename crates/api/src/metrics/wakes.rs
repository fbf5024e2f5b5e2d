//! What waits, and waited, for instances of scaling groups to start, by pool.

use elbow_model::observed::Observed;
use elbow_model::wire::WakeCounters;
use elbow_model::world::World;

use super::text::{Family, Kind, Text};
use super::{Labels, borrowed};

/// The most pools that are shown one by one; further ones are left out.
const MAX_POOLS: usize = 10_000;

/// What is shown of each pool.
type Value = fn(&WakeCounters) -> f64;

const ROWS: [(&str, Kind, &str, Value); 8] = [
    (
        "elbow_pool_held_requests",
        Kind::Gauge,
        "Requests (TCP: connections) that wait for an instance to start.",
        |w| w.waiting as f64,
    ),
    (
        "elbow_pool_held_requests_total",
        Kind::Counter,
        "Requests that began to wait for an instance to start.",
        |w| w.held as f64,
    ),
    (
        "elbow_pool_held_requests_woken_total",
        Kind::Counter,
        "Requests that waited and got a member.",
        |w| w.woken as f64,
    ),
    (
        "elbow_pool_held_requests_expired_total",
        Kind::Counter,
        "Requests that waited until their time was over.",
        |w| w.expired as f64,
    ),
    (
        "elbow_pool_held_requests_left_total",
        Kind::Counter,
        "Requests whose client left, or that had nothing to wait for any more.",
        |w| w.left as f64,
    ),
    (
        "elbow_pool_held_requests_refused_total",
        Kind::Counter,
        "Requests that were refused because enough waited already.",
        |w| w.refused as f64,
    ),
    (
        "elbow_pool_wake_wait_seconds_total",
        Kind::Counter,
        "How long requests waited that got a member.",
        |w| w.woken_wait_ms as f64 / 1e3,
    ),
    (
        "elbow_pool_last_wake_wait_seconds",
        Kind::Gauge,
        "How long the last request waited that got a member.",
        |w| w.last_wait_ms as f64 / 1e3,
    ),
];

/// Writes them; a pool where nothing ever waited has none.
pub(super) fn pools(text: &mut Text, world: &World, observed: &Observed) {
    let shown: Vec<(Labels, &WakeCounters)> = world
        .load_balancers()
        .filter_map(|balancer| Some((balancer, observed.counters.get(&balancer.id)?)))
        .flat_map(|(balancer, counters)| {
            let project = world.project(balancer.project).map(|project| project.name.to_string());
            counters.wakes.iter().filter_map(move |(id, wakes)| {
                let labels = vec![
                    ("project", project.clone().unwrap_or_default()),
                    ("load_balancer", balancer.settings.name.to_string()),
                    ("pool", balancer.pool(*id)?.settings.name.to_string()),
                ];
                Some((labels, wakes))
            })
        })
        .take(MAX_POOLS)
        .collect();
    for (name, kind, help, value) in ROWS {
        let mut samples = text.family(&Family::new(name, kind, help));
        for (labels, wakes) in &shown {
            samples.sample(&borrowed(labels), value(wakes));
        }
    }
}
