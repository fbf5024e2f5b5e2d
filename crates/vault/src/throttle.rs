//! The brake on guessing passwords. Pure: time is an argument.
//!
//! Failures are counted for a user name from one source, for a source whatever the name (one password tried on many
//! names), and for a name whatever the source (many sources on one name). The more failures, the longer the wait until
//! the next try; the last kind waits least, since it also meets the user. No wait is long: nobody is locked out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use elbow_model::value::Timestamp;

/// Counts that are kept; beyond that, the one that was used longest ago goes.
pub const MAX_COUNTS: usize = 10_000;

/// A count is forgotten so long after its last failure.
const FORGET_AFTER: Duration = Duration::from_secs(15 * 60);

/// Names longer than this are counted by their beginning: nobody has such a name.
const MAX_NAME_CHARS: usize = 128;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    NameFromSource(String, IpAddr),
    Source(IpAddr),
    Name(String),
}

/// How failures become waiting.
struct Rule {
    /// Failures that cost nothing: people mistype.
    free: u32,
    /// The longest wait.
    most: Duration,
}

impl Subject {
    fn rule(&self) -> Rule {
        match self {
            Self::NameFromSource(..) => Rule { free: 5, most: Duration::from_secs(60) },
            Self::Source(_) => Rule { free: 20, most: Duration::from_secs(30) },
            Self::Name(_) => Rule { free: 50, most: Duration::from_secs(4) },
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Timestamp,
}

/// Whose failures are remembered.
#[derive(Debug, Default)]
pub struct Throttle {
    counts: HashMap<Subject, Count>,
}

/// That a login must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins; try again in {} s", .wait.as_secs().max(1))]
pub struct TooMany {
    /// How long.
    pub wait: Duration,
}

impl Throttle {
    /// Begins a login. It counts as failed until [`Throttle::succeeded`], so that many at once gain nothing.
    pub fn begin(&mut self, name: &str, source: IpAddr, now: Timestamp) -> Result<(), TooMany> {
        let subjects = subjects(name, source);
        let wait = subjects.iter().map(|subject| self.wait(subject, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(TooMany { wait });
        }
        for subject in subjects {
            self.count(subject, now);
        }
        Ok(())
    }

    /// The login was right: its own failures are forgiven, and the others' counts are as if it had not been.
    pub fn succeeded(&mut self, name: &str, source: IpAddr) {
        let [own, from_source, of_name] = subjects(name, source);
        self.counts.remove(&own);
        for subject in [from_source, of_name] {
            if let Some(count) = self.counts.get_mut(&subject) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }

    /// How long `subject` must still wait.
    fn wait(&self, subject: &Subject, now: Timestamp) -> Duration {
        let Some(count) = self.counts.get(subject) else {
            return Duration::ZERO;
        };
        let rule = subject.rule();
        let Some(above) = count.failures.checked_sub(rule.free) else {
            return Duration::ZERO;
        };
        // 1 s, 2 s, 4 s and so on; the exponent is bounded long after the longest wait is reached.
        let due = Duration::from_secs(1_u64 << above.min(16)).min(rule.most);
        due.saturating_sub(now.since(count.last))
    }

    fn count(&mut self, subject: Subject, now: Timestamp) {
        if !self.counts.contains_key(&subject) && self.counts.len() >= MAX_COUNTS {
            self.make_room(now);
        }
        let count = self.counts.entry(subject).or_insert(Count { failures: 0, last: now });
        if now.since(count.last) >= FORGET_AFTER {
            count.failures = 0;
        }
        count.failures = count.failures.saturating_add(1);
        count.last = now;
    }

    /// Forgets what is old; if nothing is, then the tenth that was used longest ago, so that this is rare.
    fn make_room(&mut self, now: Timestamp) {
        self.counts.retain(|_, count| now.since(count.last) < FORGET_AFTER);
        if self.counts.len() < MAX_COUNTS {
            return;
        }
        let mut times: Vec<Timestamp> = self.counts.values().map(|count| count.last).collect();
        let (_, tenth, _) = times.select_nth_unstable(MAX_COUNTS / 10);
        let tenth = *tenth;
        let mut to_go = MAX_COUNTS / 10;
        self.counts.retain(|_, count| {
            let goes = to_go > 0 && count.last <= tenth;
            to_go -= usize::from(goes);
            !goes
        });
    }
}

fn subjects(name: &str, source: IpAddr) -> [Subject; 3] {
    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
    let source = network_of(source);
    [Subject::NameFromSource(name.clone(), source), Subject::Source(source), Subject::Name(name)]
}

/// A source of IPv6 is its /64: one customer has all of that.
fn network_of(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn at(second: u64) -> Timestamp {
        Timestamp(1_000_000 + second * 1_000)
    }

    fn source(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    /// Fails `times` times at one moment, or as often as it is let.
    fn fail(throttle: &mut Throttle, name: &str, source: IpAddr, times: u32) -> u32 {
        (0..times).filter(|_| throttle.begin(name, source, at(0)).is_ok()).count() as u32
    }

    #[test]
    fn a_few_mistakes_cost_nothing() {
        let mut throttle = Throttle::default();
        assert_eq!(fail(&mut throttle, "ann", HOME, 5), 5);
        throttle.succeeded("ann", HOME);
        assert_eq!(fail(&mut throttle, "ann", HOME, 5), 5);
    }

    #[test]
    fn further_mistakes_wait_longer_and_longer_up_to_a_minute() {
        let mut throttle = Throttle::default();
        fail(&mut throttle, "ann", HOME, 5);
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..9 {
            let Err(TooMany { wait }) = throttle.begin("ann", HOME, now) else { panic!("let in") };
            waits.push(wait.as_secs());
            now = now.after(wait);
            throttle.begin("ann", HOME, now).unwrap();
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn many_at_once_gain_nothing() {
        assert_eq!(fail(&mut Throttle::default(), "ann", HOME, 1_000), 5);
    }

    #[test]
    fn one_source_on_many_names_is_slowed() {
        let mut throttle = Throttle::default();
        let tries = (0..1_000).filter(|n| throttle.begin(&format!("user{n}"), HOME, at(0)).is_ok());
        assert_eq!(tries.count(), 20);
    }

    #[test]
    fn many_sources_on_one_name_delay_its_user_by_seconds_only() {
        let mut throttle = Throttle::default();
        for n in 0..1_000 {
            throttle.begin("ann", source(n), at(0)).ok();
        }
        let Err(TooMany { wait }) = throttle.begin("ann", HOME, at(0)) else {
            panic!("not slowed")
        };
        assert!(wait <= Duration::from_secs(4), "{wait:?}");
        throttle.begin("ann", HOME, at(4)).unwrap();
    }

    #[test]
    fn others_are_not_slowed() {
        let mut throttle = Throttle::default();
        fail(&mut throttle, "ann", HOME, 100);
        throttle.begin("bob", source(9), at(0)).unwrap();
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_source() {
        let mut throttle = Throttle::default();
        let address = |n: u128| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) + n));
        let tries = (0..100).filter(|n| throttle.begin("ann", address(*n), at(0)).is_ok());
        assert_eq!(tries.count(), 5);
    }

    #[test]
    fn a_quarter_of_an_hour_later_all_is_forgotten() {
        let mut throttle = Throttle::default();
        fail(&mut throttle, "ann", HOME, 100);
        for _ in 0..5 {
            throttle.begin("ann", HOME, at(15 * 60)).unwrap();
        }
    }

    #[test]
    fn the_table_stays_bounded_and_keeps_the_newest() {
        let mut throttle = Throttle::default();
        for n in 0..30_000 {
            throttle.begin(&format!("user{n}"), source(n), at(u64::from(n) / 100)).ok();
            assert!(throttle.counts.len() <= MAX_COUNTS + 3);
        }
        let newest = subjects("user29999", source(29_999));
        assert!(newest.iter().all(|subject| throttle.counts.contains_key(subject)));
    }
}
