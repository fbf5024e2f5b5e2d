//! Series: what each load balancer did lately, for graphs. Volatile and bounded: 1 s steps for 5 min, 10 s for 1 h, 1 min
//! for 1 day, and only for load balancers with traffic, only for steps in which something happened.
//!
//! A step takes 30 bytes: counts are kept as [`Short`] floating-point numbers, and of latencies only three percentiles,
//! taken from a histogram that lives while its step does. A load balancer that is busy all day thus takes 63 KB, and
//! ten thousand of them 630 MB; one that is idle takes nothing. What scaling groups carried is in [`GroupSeries`].

mod group_counters;
mod groups;
mod ring;
mod short;
mod step;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use elbow_model::value::{LoadBalancerId, Timestamp};

pub use self::group_counters::{GroupCounters, GroupCounts};
pub use self::groups::{GROUP_SECONDS, GroupReadout, GroupSecond, GroupSeries, Totals};
use self::ring::Track;
pub use self::step::{LATENCY_BUCKETS, Sample, Step};

/// A resolution: how long a step is and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// 1 s steps for 5 min.
    Second,
    /// 10 s steps for 1 h.
    TenSeconds,
    /// 1 min steps for 1 day.
    Minute,
}

impl Resolution {
    /// All, the finest first.
    pub const ALL: [Self; 3] = [Self::Second, Self::TenSeconds, Self::Minute];

    /// The length of a step in seconds.
    pub const fn step_s(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::TenSeconds => 10,
            Self::Minute => 60,
        }
    }

    /// How many steps there are.
    pub const fn steps(self) -> u32 {
        match self {
            Self::Second => 300,
            Self::TenSeconds => 360,
            Self::Minute => 1_440,
        }
    }

    /// The finest resolution that reaches back so far; the coarsest if none does.
    pub fn covering(range: Duration) -> Self {
        let reaches = |r: &Self| u64::from(r.step_s()) * u64::from(r.steps()) >= range.as_secs();
        Self::ALL.into_iter().find(reaches).unwrap_or(Self::Minute)
    }
}

/// What a load balancer did lately.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// The length of a step in seconds.
    pub step_s: u32,
    /// When the first of `steps` began.
    pub from: Timestamp,
    /// Without gaps, oldest first; the last one is the last that is over.
    pub steps: Vec<Step>,
    /// The last step of a second that is over: the values at present.
    pub last: Step,
}

/// The series of all load balancers and scaling groups.
#[derive(Debug, Default)]
pub struct Series {
    tracks: Mutex<HashMap<LoadBalancerId, Track>>,
    groups: GroupSeries,
    group_counters: GroupCounters,
}

impl Series {
    /// What scaling groups did lately.
    pub fn groups(&self) -> &GroupSeries {
        &self.groups
    }

    /// What scaling groups did since this process started.
    pub fn group_counters(&self) -> &GroupCounters {
        &self.group_counters
    }

    /// Adds what a load balancer did until `now` since the last sample; for control alone.
    pub fn record(&self, balancer: LoadBalancerId, now: Timestamp, sample: &Sample) {
        let mut tracks = self.tracks();
        if sample.is_idle() && !tracks.contains_key(&balancer) {
            return;
        }
        tracks.entry(balancer).or_default().record(second_of(now), sample);
    }

    /// Forgets a load balancer.
    pub fn forget(&self, balancer: LoadBalancerId) {
        self.tracks().remove(&balancer);
    }

    /// What a load balancer did until `now`; all zero if nothing is known of it.
    pub fn read(
        &self,
        balancer: LoadBalancerId,
        resolution: Resolution,
        now: Timestamp,
    ) -> Readout {
        let second = second_of(now);
        let tracks = self.tracks();
        let track = tracks.get(&balancer);
        let length = resolution.step_s();
        // The step that `now` lies in is not over.
        let end = second / length;
        let first = end.saturating_sub(resolution.steps());
        let steps =
            (first..end).map(|slot| track.map_or_else(Step::default, |t| t.step(resolution, slot)));
        Readout {
            step_s: length,
            from: Timestamp(u64::from(first) * u64::from(length) * 1_000),
            steps: steps.collect(),
            last: track.map_or_else(Step::default, |t| {
                t.step(Resolution::Second, second.saturating_sub(1))
            }),
        }
    }

    fn tracks(&self) -> MutexGuard<'_, HashMap<LoadBalancerId, Track>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since the Unix epoch; they fit until the year 2106.
fn second_of(now: Timestamp) -> u32 {
    u32::try_from(now.0 / 1_000).unwrap_or(u32::MAX)
}
