//! Members that answer much more slowly than their peers get no traffic for a while, if their pool
//! asks for it. Pure: totals and times come in, who is out (and why, in words) goes out.
//!
//! ```text
//!            mean of the window > factor x median of the peers, and enough requests,
//!                         and not too many are out already
//!   In ---------------------------------------------------------------> Out, the longer
//!    ^                                                                   |  the more often
//!    +------------------------- its time is over ------------------------+
//! ```

use std::collections::{BTreeMap, VecDeque};

use elbow_model::pool::OutlierEjection;

/// How many observations, one a second, the mean is taken over.
pub const WINDOW: usize = 10;
/// The least that a member must be slower than its peers: less is noise, whatever the factor says.
pub const LEAST_EXCESS_US: u64 = 1_000;
/// An ejection lasts this many times as long as the first one at most.
pub const LONGEST: u64 = 10;

/// What a member has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests that ended with a response.
    pub requests: u64,
    /// Their times, from assignment to end, in microseconds.
    pub busy_us: u64,
}

/// A change that an observation leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<K> {
    /// Gets no traffic from now on, with the evidence.
    Eject(K, String),
    /// May have traffic again.
    Admit(K),
}

/// The members of one pool.
#[derive(Debug)]
pub struct Outliers<K> {
    members: BTreeMap<K, Track>,
}

/// One member.
#[derive(Debug, Default)]
struct Track {
    /// The totals of the last window, the newest last.
    seen: VecDeque<Totals>,
    /// How often it was out without having done well for long in between.
    times_out: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    In,
    Out {
        until_ms: u64,
        lasts_ms: u64,
    },
    /// Back in; what it was out for is forgotten if it stays in until then.
    Back {
        until_ms: u64,
    },
}

/// A member's mean time over the window.
#[derive(Clone, Copy, Debug)]
struct Mean<K> {
    member: K,
    requests: u64,
    mean_us: u64,
}

impl<K> Default for Outliers<K> {
    fn default() -> Self {
        Self { members: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> Outliers<K> {
    /// Takes the totals of all members of the pool, once a second.
    pub fn observe(
        &mut self,
        rules: &OutlierEjection,
        totals: &[(K, Totals)],
        now_ms: u64,
    ) -> Vec<Verdict<K>> {
        let present: BTreeMap<K, Totals> = totals.iter().copied().collect();
        self.members.retain(|member, _| present.contains_key(member));
        let mut verdicts = Vec::new();
        for (member, totals) in present {
            let track = self.members.entry(member).or_default();
            if track.pass_time(now_ms) {
                verdicts.push(Verdict::Admit(member));
            }
            track.see(totals);
        }
        let mut means = self.means(rules);
        while let Some(place) = worst(&means, rules)
            && self.may_eject_another(rules)
        {
            let outlier = means.remove(place);
            let median_us = median(means.len(), |place| means.get(place).map_or(0, |m| m.mean_us));
            if let Some(track) = self.members.get_mut(&outlier.member) {
                let lasts_ms = track.eject(rules, now_ms);
                let evidence = explain(&outlier, median_us, rules, lasts_ms);
                verdicts.push(Verdict::Eject(outlier.member, evidence));
            }
        }
        verdicts
    }

    /// Who is out, for when the pool does not ask for it any more.
    pub fn out(&self) -> impl Iterator<Item = K> {
        self.members.iter().filter(|(_, track)| track.is_out()).map(|(member, _)| *member)
    }

    /// The means of those that are in and had enough requests, the lowest first.
    fn means(&self, rules: &OutlierEjection) -> Vec<Mean<K>> {
        let mut means: Vec<Mean<K>> = self
            .members
            .iter()
            .filter(|(_, track)| !track.is_out())
            .filter_map(|(member, track)| {
                let (first, last) = (track.seen.front()?, track.seen.back()?);
                let requests = last.requests.saturating_sub(first.requests);
                let busy_us = last.busy_us.saturating_sub(first.busy_us);
                let is_enough = requests >= u64::from(rules.min_requests.get());
                let mean_us = busy_us.checked_div(requests)?;
                is_enough.then_some(Mean { member: *member, requests, mean_us })
            })
            .collect();
        means.sort_unstable_by_key(|mean| mean.mean_us);
        means
    }

    fn may_eject_another(&self, rules: &OutlierEjection) -> bool {
        let percent = (self.out().count() as u64 + 1) * 100;
        percent <= self.members.len() as u64 * u64::from(rules.max_ejected_percent.get())
    }
}

impl Track {
    fn is_out(&self) -> bool {
        matches!(self.state, State::Out { .. })
    }

    /// Whether it may have traffic again from now on.
    fn pass_time(&mut self, now_ms: u64) -> bool {
        match self.state {
            State::Out { until_ms, lasts_ms } if now_ms >= until_ms => {
                self.state = State::Back { until_ms: now_ms + lasts_ms };
                // What it did before says nothing about it now.
                self.seen.clear();
                true
            }
            State::Back { until_ms } if now_ms >= until_ms => {
                self.state = State::In;
                self.times_out = 0;
                false
            }
            State::In | State::Out { .. } | State::Back { .. } => false,
        }
    }

    fn see(&mut self, totals: Totals) {
        // A window has a beginning and an end: one more than its seconds.
        if self.seen.len() > WINDOW {
            self.seen.pop_front();
        }
        self.seen.push_back(totals);
    }

    fn eject(&mut self, rules: &OutlierEjection, now_ms: u64) -> u64 {
        self.times_out += 1;
        let lasts_ms = u64::from(rules.eject_ms.get()) * self.times_out.min(LONGEST);
        self.state = State::Out { until_ms: now_ms + lasts_ms, lasts_ms };
        lasts_ms
    }
}

/// The place of the slowest member, if it is an outlier among `means`, which are in order.
fn worst<K>(means: &[Mean<K>], rules: &OutlierEjection) -> Option<usize> {
    let (slowest, peers) = means.split_last()?;
    if peers.is_empty() {
        return None;
    }
    let median_us = median(peers.len(), |place| peers.get(place).map_or(0, |peer| peer.mean_us));
    let allowed_us = median_us.saturating_mul(rules.factor_percent.get().into()) / 100;
    let is_outlier = slowest.mean_us > allowed_us && slowest.mean_us - median_us > LEAST_EXCESS_US;
    is_outlier.then_some(peers.len())
}

/// The middle of `count` values in order; of two in the middle, the lower: it is the healthy half
/// that members are measured by.
fn median(count: usize, value: impl Fn(usize) -> u64) -> u64 {
    value(count.saturating_sub(1) / 2)
}

fn explain<K>(outlier: &Mean<K>, median_us: u64, rules: &OutlierEjection, lasts_ms: u64) -> String {
    let ms = |us: u64| format!("{}.{:01} ms", us / 1000, us % 1000 / 100);
    format!(
        "mean {} of {} requests in {WINDOW} s, more than {} % of its peers' median of {}; \
         out for {}.{:01} s",
        ms(outlier.mean_us),
        outlier.requests,
        rules.factor_percent,
        ms(median_us),
        lasts_ms / 1000,
        lasts_ms % 1000 / 100
    )
}

#[cfg(test)]
mod tests {
    use elbow_model::pool::{EjectMs, EjectedPercent, OutlierFactor, OutlierRequests};

    use super::*;

    /// Requests that end in a second, and how many milliseconds each took.
    type Work = (u64, u64);

    /// A pool under virtual time: one observation a second.
    struct Bench {
        rules: OutlierEjection,
        outliers: Outliers<usize>,
        totals: Vec<Totals>,
        now_ms: u64,
    }

    impl Bench {
        fn new(members: usize) -> Self {
            let rules = OutlierEjection {
                factor_percent: OutlierFactor::constant::<300>(),
                min_requests: OutlierRequests::constant::<20>(),
                eject_ms: EjectMs::constant::<30_000>(),
                max_ejected_percent: EjectedPercent::constant::<50>(),
            };
            let totals = vec![Totals::default(); members];
            let mut bench = Self { rules, outliers: Outliers::default(), totals, now_ms: 0 };
            assert!(bench.second(&[]).is_empty());
            bench
        }

        /// A second in which each member ends so many requests of so many milliseconds; those
        /// that are out end none.
        fn second(&mut self, work: &[(u64, u64)]) -> Vec<String> {
            let out: Vec<usize> = self.outliers.out().collect();
            for (member, (requests, ms)) in work.iter().enumerate() {
                if !out.contains(&member) {
                    self.totals[member].requests += requests;
                    self.totals[member].busy_us += requests * ms * 1000;
                }
            }
            self.now_ms += 1000;
            let totals: Vec<_> = self.totals.iter().copied().enumerate().collect();
            let verdicts = self.outliers.observe(&self.rules, &totals, self.now_ms);
            let told = |verdict| match verdict {
                Verdict::Eject(member, _) => format!("-{member}"),
                Verdict::Admit(member) => format!("+{member}"),
            };
            verdicts.into_iter().map(told).collect()
        }

        /// The seconds, from now, in which anything happens.
        fn run(&mut self, seconds: u64, work: &[(u64, u64)]) -> Vec<(u64, String)> {
            let start = self.now_ms;
            let mut all = Vec::new();
            for _ in 0..seconds {
                for verdict in self.second(work) {
                    all.push(((self.now_ms - start) / 1000, verdict));
                }
            }
            all
        }
    }

    #[test]
    fn who_is_ejected_in_the_first_second() {
        let table: &[(&[Work], &[&str])] = &[
            // Alike.
            (&[(50, 10), (50, 12), (50, 9)], &[]),
            // Exactly at the factor is not above it.
            (&[(50, 10), (50, 30), (50, 10)], &[]),
            (&[(50, 10), (50, 31), (50, 10)], &["-1"]),
            // Too few requests to tell, of the outlier or of its peers.
            (&[(50, 10), (19, 99), (50, 10)], &[]),
            (&[(19, 10), (50, 99), (19, 10)], &[]),
            // One peer is enough.
            (&[(50, 10), (50, 99)], &["-1"]),
            // Nobody is alone an outlier.
            (&[(50, 99)], &[]),
            // Half of the pool at most, the slowest first.
            (&[(50, 10), (50, 80), (50, 10), (50, 90)], &["-3", "-1"]),
            (&[(50, 10), (50, 80), (50, 90)], &["-2"]),
            // Less than a millisecond more is noise.
            (&[(50, 0), (50, 1), (50, 0)], &[]),
        ];
        for (work, expected) in table {
            assert_eq!(Bench::new(work.len()).second(work), *expected, "{work:?}");
        }
    }

    #[test]
    fn slow_requests_count_for_ten_seconds() {
        let mut bench = Bench::new(2);
        // 5 a second: enough of them only in the fourth.
        assert!(bench.run(3, &[(50, 10), (5, 100)]).is_empty());
        assert_eq!(bench.run(1, &[(50, 10), (5, 100)]), [(1, "-1".to_owned())]);
        let mut bench = Bench::new(2);
        assert!(bench.run(1, &[(50, 10), (19, 100)]).is_empty());
        assert!(bench.run(9, &[(50, 10), (0, 0)]).is_empty());
        // Those of the first second count no more.
        assert!(bench.run(1, &[(50, 10), (1, 100)]).is_empty());
        assert!(bench.run(30, &[(50, 10), (1, 100)]).is_empty());
    }

    #[test]
    fn a_member_that_stays_slow_is_out_for_longer_each_time() {
        let mut bench = Bench::new(3);
        let work = [(50, 10), (50, 100), (50, 10)];
        // What a member did in the second of its return is seen with the next.
        let expected = [(1, "-1"), (31, "+1"), (32, "-1"), (92, "+1"), (93, "-1"), (183, "+1")];
        let expected = expected.map(|(at, what)| (at, what.to_owned()));
        assert_eq!(bench.run(183, &work), expected);
    }

    #[test]
    fn a_member_that_does_well_for_as_long_as_it_was_out_begins_anew() {
        let (slow, well) = ([(50, 10), (50, 100)], [(50, 10), (50, 10)]);
        let mut bench = Bench::new(2);
        assert_eq!(bench.run(32, &slow).len(), 3);
        assert_eq!(bench.run(60 + 60, &well), [(60, "+1".to_owned())]);
        let again = bench.run(60, &slow);
        let [(out, _), (back, _), ..] = again.as_slice() else { panic!("{again:?}") };
        assert_eq!(back - out, 30);
    }

    #[test]
    fn a_member_that_left_is_forgotten() {
        let mut bench = Bench::new(2);
        assert_eq!(bench.second(&[(50, 10), (50, 100)]), ["-1"]);
        bench.totals.pop();
        assert_eq!(bench.second(&[(50, 10)]), [""; 0]);
        assert_eq!(bench.outliers.out().count(), 0);
    }

    #[test]
    fn the_evidence_says_what_was_measured() {
        let rules = Bench::new(1).rules;
        let outlier = Mean { member: (), requests: 55, mean_us: 412_345 };
        assert_eq!(
            explain(&outlier, 20_100, &rules, 60_000),
            "mean 412.3 ms of 55 requests in 10 s, more than 300 % of its peers' median of \
             20.1 ms; out for 60.0 s"
        );
    }
}
