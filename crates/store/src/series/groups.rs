//! Series of scaling groups: what each carried and how many instances it had, second by second, for as long as policies
//! look back. Policies decide by them, graphs show them, and replays play them. Volatile and bounded: a second takes 56
//! bytes, so a group that is known for two hours takes 400 KB, and one without an attachment nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use elbow_model::policy::Metric;
use elbow_model::value::{ScalingGroupId, Timestamp};

use super::second_of;

/// How many seconds are kept of a group.
pub const GROUP_SECONDS: usize = 7_200;

/// The most points of a [`GroupReadout`].
const MAX_POINTS: u32 = 360;

/// What was measured of a group in one second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GroupSecond {
    /// How many instances it shall have.
    pub desired: u16,
    /// How many there are, in whatever phase.
    pub instances: u16,
    /// How many are in service.
    pub in_service: u16,
    /// Instances' worth of capacity in service: young ones count in part.
    pub serving: f32,
    /// What was measured.
    pub totals: Totals,
}

impl GroupSecond {
    /// What one instance in service carried, of a metric that instances share; unknown while none serves. Of any other
    /// metric what the group as a whole had.
    #[must_use]
    pub fn each(&self, metric: Metric) -> Option<f32> {
        let total = self.totals.of(metric)?;
        match metric.is_shared() {
            true => Some(total / self.serving).filter(|_| self.serving > 0.0),
            false => Some(total),
        }
    }
}

/// A value by metric, over the whole group in the unit of the metric; what was not reported is unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals([f32; Metric::ALL.len()]);

/// Below every value that can be measured.
const UNKNOWN: f32 = -1.0;

impl Default for Totals {
    fn default() -> Self {
        Self([UNKNOWN; Metric::ALL.len()])
    }
}

impl Totals {
    /// The value of a metric.
    #[must_use]
    pub fn of(&self, metric: Metric) -> Option<f32> {
        Some(self.0[place(metric)]).filter(|value| *value >= 0.0)
    }

    /// Notes a value; one that is no number, or below zero, is unknown.
    pub fn note(&mut self, metric: Metric, value: Option<f64>) {
        #[expect(clippy::cast_possible_truncation, reason = "seven digits are enough to scale by")]
        let value = value.map(|value| value as f32);
        let value = value.filter(|value| value.is_finite() && *value >= 0.0);
        self.0[place(metric)] = value.unwrap_or(UNKNOWN);
    }
}

fn place(metric: Metric) -> usize {
    Metric::ALL.iter().position(|one| *one == metric).expect("ALL has every metric")
}

/// What a group did, thinned out for a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupReadout {
    /// The length of a step in seconds.
    pub step_s: u32,
    /// When the first step began.
    pub from: Timestamp,
    /// Without gaps, oldest first: measurements are means over the step, counts are those at its end. None where nothing
    /// is known.
    pub steps: Vec<Option<GroupSecond>>,
}

/// The series of all groups.
#[derive(Debug, Default)]
pub struct GroupSeries {
    tracks: Mutex<HashMap<ScalingGroupId, Track>>,
}

/// The last seconds of a group, oldest first.
#[derive(Debug, Default)]
struct Track {
    /// The number of the newest second.
    newest: u32,
    seconds: VecDeque<Option<GroupSecond>>,
}

impl Track {
    /// The beat that measures is not exact: two may fall into one second, and one second may be left out.
    fn record(&mut self, now: u32, measured: GroupSecond) {
        let next = self.newest.saturating_add(1);
        let number = if self.seconds.is_empty() { now } else { now.max(next) };
        let left_out = if self.seconds.is_empty() { 0 } else { number - next };
        if left_out as usize >= GROUP_SECONDS {
            self.seconds.clear();
        } else {
            (0..left_out).for_each(|_| self.push(None));
        }
        self.push(Some(measured));
        self.newest = number;
    }

    fn push(&mut self, second: Option<GroupSecond>) {
        if self.seconds.len() >= GROUP_SECONDS {
            self.seconds.pop_front();
        }
        self.seconds.push_back(second);
    }

    /// The number of the oldest second.
    fn oldest(&self) -> u32 {
        let count = u32::try_from(self.seconds.len()).unwrap_or(u32::MAX);
        self.newest.saturating_add(1).saturating_sub(count)
    }

    fn second(&self, number: u32) -> Option<GroupSecond> {
        *self.seconds.get(number.checked_sub(self.oldest())? as usize)?
    }
}

impl GroupSeries {
    /// Adds what was measured in the second that `now` lies in; for control alone.
    pub fn record(&self, group: ScalingGroupId, now: Timestamp, measured: GroupSecond) {
        self.tracks().entry(group).or_default().record(second_of(now), measured);
    }

    /// Forgets the groups that are not to be kept.
    pub fn retain(&self, is_kept: impl Fn(ScalingGroupId) -> bool) {
        self.tracks().retain(|id, _| is_kept(*id));
    }

    /// What was measured of a group by a metric, oldest first, in the last `seconds` that are known: each as it is and
    /// with the capacity that served it.
    pub fn load(
        &self,
        group: ScalingGroupId,
        metric: Metric,
        seconds: usize,
    ) -> Vec<Option<(f32, f32)>> {
        let tracks = self.tracks();
        let Some(track) = tracks.get(&group) else { return Vec::new() };
        let first = track.seconds.len().saturating_sub(seconds);
        let of = |second: &Option<GroupSecond>| {
            let second = second.as_ref()?;
            Some((second.totals.of(metric)?, second.serving))
        };
        track.seconds.range(first..).map(of).collect()
    }

    /// The seconds of a group from `from` on, at most so many: when the first one that is known began, and those from
    /// there on without gaps. Nothing if nothing is known since then.
    pub fn seconds(
        &self,
        group: ScalingGroupId,
        from: Timestamp,
        most: usize,
    ) -> (Timestamp, Vec<Option<GroupSecond>>) {
        let tracks = self.tracks();
        let Some(track) = tracks.get(&group) else { return (from, Vec::new()) };
        let first = second_of(from).max(track.oldest());
        let numbers = first..=track.newest;
        let seconds = numbers.map(|number| track.second(number)).take(most);
        (time_of(first), seconds.collect())
    }

    /// What a group did over the last `range`, thinned out to what a graph shows.
    pub fn read(&self, group: ScalingGroupId, range: Duration, now: Timestamp) -> GroupReadout {
        let most = u32::try_from(GROUP_SECONDS).unwrap_or(u32::MAX);
        let range = u32::try_from(range.as_secs()).unwrap_or(u32::MAX).clamp(1, most);
        let step_s = range.div_ceil(MAX_POINTS);
        // Steps begin at multiples of their length, so that a graph does not dance; the one of `now` is not over.
        let end = second_of(now) / step_s * step_s;
        let first = end.saturating_sub(range.div_ceil(step_s) * step_s);
        let tracks = self.tracks();
        let track = tracks.get(&group);
        let step = |begin: u32| {
            let track = track?;
            mean((begin..begin.saturating_add(step_s)).map(|number| track.second(number)))
        };
        let begins = (first..end).step_by(step_s as usize);
        GroupReadout { step_s, from: time_of(first), steps: begins.map(step).collect() }
    }

    /// The newest second of a group.
    pub fn last(&self, group: ScalingGroupId) -> Option<GroupSecond> {
        *self.tracks().get(&group)?.seconds.back()?
    }

    fn tracks(&self) -> MutexGuard<'_, HashMap<ScalingGroupId, Track>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn time_of(second: u32) -> Timestamp {
    Timestamp(u64::from(second) * 1_000)
}

/// Several seconds as one: counts of the last that is known, means of the rest.
fn mean(seconds: impl Iterator<Item = Option<GroupSecond>>) -> Option<GroupSecond> {
    let known: Vec<GroupSecond> = seconds.flatten().collect();
    let mut step = *known.last()?;
    let mean_of = |values: &mut dyn Iterator<Item = f32>| {
        let (count, sum) =
            values.fold((0_u16, 0.0), |(count, sum), value| (count + 1, sum + f64::from(value)));
        (count > 0).then(|| sum / f64::from(count))
    };
    for metric in Metric::ALL {
        let value = mean_of(&mut known.iter().filter_map(|second| second.totals.of(metric)));
        step.totals.note(metric, value);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a mean of such numbers is one")]
    if let Some(serving) = mean_of(&mut known.iter().map(|second| second.serving)) {
        step.serving = serving as f32;
    }
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> ScalingGroupId {
        ScalingGroupId::from(uuid::Uuid::from_u128(1))
    }

    fn measured(desired: u16, value: f64) -> GroupSecond {
        let mut second = GroupSecond { desired, serving: f32::from(desired), ..Default::default() };
        second.totals.note(Metric::QueueLength, Some(value));
        second
    }

    fn at(second: u64) -> Timestamp {
        Timestamp(second * 1_000)
    }

    #[test]
    fn a_second_that_was_left_out_is_a_gap_and_two_in_one_second_are_two() {
        let series = GroupSeries::default();
        for (second, value) in [(10, 1.0), (11, 2.0), (11, 3.0), (14, 4.0)] {
            series.record(group(), at(second), measured(2, value));
        }
        let load = series.load(group(), Metric::QueueLength, 9);
        let values: Vec<Option<f32>> = load.iter().map(|one| one.map(|(value, _)| value)).collect();
        assert_eq!(values, [Some(1.0), Some(2.0), Some(3.0), None, Some(4.0)]);
        assert_eq!(series.load(group(), Metric::QueueLength, 1), [Some((4.0, 2.0))]);
        assert_eq!(series.load(group(), Metric::CpuPercent, 2), [None, None]);
        assert_eq!(series.seconds(group(), at(12), 9).1.len(), 3);
        assert_eq!(series.seconds(group(), at(0), 2).0, at(10));
    }

    #[test]
    fn no_more_is_kept_than_said_and_a_long_pause_clears_it() {
        let series = GroupSeries::default();
        for second in 0..10_000 {
            series.record(group(), at(second), measured(1, 1.0));
        }
        assert_eq!(series.seconds(group(), at(0), usize::MAX).1.len(), GROUP_SECONDS);
        series.record(group(), at(4_000_000_000), measured(1, 1.0));
        assert_eq!(series.seconds(group(), at(0), usize::MAX).1.len(), 1);
        series.record(group(), at(u64::MAX / 1_000), measured(1, 1.0));
        series.retain(|_| false);
        assert_eq!(series.last(group()), None);
    }

    #[test]
    fn a_graph_of_two_hours_has_means_and_what_is_unknown_stays_so() {
        let series = GroupSeries::default();
        for second in 7_000..7_200 {
            let desired = u16::try_from(second % 20).unwrap();
            series.record(group(), at(second), measured(desired, second as f64));
        }
        let readout = series.read(group(), Duration::from_secs(7_200), at(7_200));
        assert_eq!((readout.step_s, readout.steps.len()), (20, 360));
        assert!(readout.steps[..350].iter().all(Option::is_none));
        let last = readout.steps[359].unwrap();
        assert_eq!((last.desired, last.totals.of(Metric::QueueLength)), (19, Some(7_189.5)));
        let short = series.read(group(), Duration::from_secs(300), at(7_200));
        assert_eq!((short.step_s, short.steps.len(), short.from), (1, 300, at(6_900)));
    }
}
