//! The brake on guessing passwords. Pure: time is an argument.
//!
//! Failures are counted for a user name from one source, for a source whatever the name (one password tried on many
//! names), and for a name whatever the source (many sources on one name). The more failures, the longer the wait until
//! the next try. No wait is long, and nobody is locked out:
//!
//! - A source from which the user logged in before is *familiar*: what others do with his name does not concern it.
//! - Elsewhere, a wait that was told is a promise: whoever waits as long as he was told may try, whatever was done with
//!   his name meanwhile. So guessers cannot starve a user, however many they are.

mod recent;

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use elbow_model::value::Timestamp;

use self::recent::Recent;

/// Counts, familiar sources and promises that are kept of each; beyond that, those that were used longest ago go.
pub const MAX_KEPT: usize = 10_000;

/// A count is forgotten so long after its last failure.
const FORGET_AFTER: Duration = Duration::from_secs(15 * 60);

/// A source is familiar so long after the last login from there.
const FAMILIAR_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long after the wait the promised try can be made.
const PROMISE_KEPT: Duration = Duration::from_secs(120);

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
            Self::Name(_) => Rule { free: 50, most: Duration::from_secs(30) },
        }
    }
}

/// Who tries, and from which network.
type Place = (String, IpAddr);

/// Whose failures are remembered.
#[derive(Debug)]
pub struct Throttle {
    /// How many failures, and when the last one was.
    failures: Recent<Subject, u32>,
    /// Where users logged in.
    familiar: Recent<Place, ()>,
    /// When whoever was told to wait may try.
    promises: Recent<Place, Timestamp>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            failures: Recent::new(FORGET_AFTER),
            familiar: Recent::new(FAMILIAR_FOR),
            promises: Recent::new(Rule::LONGEST + PROMISE_KEPT),
        }
    }
}

impl Rule {
    /// The longest wait of all.
    const LONGEST: Duration = Duration::from_secs(60);
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
        let place = place(name, source);
        let [own, from_source, of_name] = subjects(&place);
        let is_familiar = self.familiar.get(&place, now).is_some();
        let is_promised = self.promises.get(&place, now).is_some_and(|ready| *ready <= now);
        let concerns_it = |subject: &Subject| match subject {
            Subject::NameFromSource(..) => true,
            Subject::Source(_) => !is_familiar,
            Subject::Name(_) => !is_familiar && !is_promised,
        };
        let subjects = [own, from_source, of_name];
        let waits = subjects.iter().filter(|subject| concerns_it(subject));
        let wait = waits.map(|subject| self.wait(subject, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            self.promise(place, wait, now);
            return Err(TooMany { wait });
        }
        self.promises.remove(&place);
        for subject in subjects {
            let failures = self.failures.get(&subject, now).copied().unwrap_or_default();
            self.failures.put(subject, failures.saturating_add(1), now);
        }
        Ok(())
    }

    /// The login was right: its own failures are forgiven, and the others' counts are as if it had not been. From now on
    /// the source is familiar.
    pub fn succeeded(&mut self, name: &str, source: IpAddr, now: Timestamp) {
        let place = place(name, source);
        let [own, from_source, of_name] = subjects(&place);
        self.failures.remove(&own);
        for subject in [from_source, of_name] {
            self.failures.alter(&subject, |failures| *failures = failures.saturating_sub(1));
        }
        self.familiar.put(place, (), now);
    }

    /// Keeps the earlier of two promises: asking again must not make anybody wait longer.
    fn promise(&mut self, place: Place, wait: Duration, now: Timestamp) {
        if self.promises.get(&place, now).is_none_or(|ready| *ready <= now) {
            self.promises.put(place, now.after(wait), now);
        }
    }

    /// How long `subject` must still wait.
    fn wait(&self, subject: &Subject, now: Timestamp) -> Duration {
        let Some((failures, last)) = self.failures.get_with_time(subject, now) else {
            return Duration::ZERO;
        };
        let rule = subject.rule();
        let Some(above) = failures.checked_sub(rule.free) else {
            return Duration::ZERO;
        };
        // 1 s, 2 s, 4 s and so on; the exponent is bounded long after the longest wait is reached.
        let due = Duration::from_secs(1_u64 << above.min(16)).min(rule.most);
        due.saturating_sub(now.since(last))
    }
}

fn place(name: &str, source: IpAddr) -> Place {
    (name.chars().take(MAX_NAME_CHARS).collect(), network_of(source))
}

fn subjects((name, source): &Place) -> [Subject; 3] {
    [
        Subject::NameFromSource(name.clone(), *source),
        Subject::Source(*source),
        Subject::Name(name.clone()),
    ]
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
        throttle.succeeded("ann", HOME, at(0));
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

    /// Thousands of sources guess `ann`'s password.
    fn besieged() -> Throttle {
        let mut throttle = Throttle::default();
        for n in 0..5_000 {
            throttle.begin("ann", source(n), at(0)).ok();
        }
        throttle
    }

    #[test]
    fn many_sources_on_one_name_are_slowed() {
        let mut throttle = Throttle::default();
        let tries = (0..1_000).filter(|n| throttle.begin("ann", source(*n), at(0)).is_ok());
        assert_eq!(tries.count(), 50);
    }

    #[test]
    fn who_waits_as_he_was_told_is_let_try_whatever_others_did_meanwhile() {
        let mut throttle = besieged();
        let Err(TooMany { wait }) = throttle.begin("ann", HOME, at(0)) else {
            panic!("not slowed")
        };
        assert!(wait <= Duration::from_secs(30), "{wait:?}");
        for second in 0..=wait.as_secs() {
            for n in 0..100 {
                throttle.begin("ann", source(n), at(second)).ok();
            }
        }
        throttle.begin("ann", HOME, at(wait.as_secs())).unwrap();
        throttle.begin("ann", HOME, at(wait.as_secs())).expect_err("one try was promised");
    }

    #[test]
    fn asking_again_and_again_does_not_make_the_wait_longer() {
        let mut throttle = besieged();
        let Err(TooMany { wait }) = throttle.begin("ann", HOME, at(0)) else {
            panic!("not slowed")
        };
        for second in 0..wait.as_secs() {
            throttle.begin("ann", source(2), at(second)).ok();
            throttle.begin("ann", HOME, at(second)).ok();
        }
        throttle.begin("ann", HOME, at(wait.as_secs())).unwrap();
    }

    #[test]
    fn failures_from_elsewhere_do_not_hold_up_a_user_where_he_logged_in_before() {
        let mut throttle = Throttle::default();
        throttle.begin("ann", HOME, at(0)).unwrap();
        throttle.succeeded("ann", HOME, at(0));
        for n in 0..5_000 {
            throttle.begin("ann", source(n), at(1)).ok();
        }
        throttle.begin("ann", HOME, at(1)).unwrap();
        throttle.begin("ann", source(9_999), at(1)).expect_err("an unfamiliar source waits");
    }

    #[test]
    fn a_familiar_source_is_slowed_by_its_own_failures() {
        let mut throttle = Throttle::default();
        throttle.begin("ann", HOME, at(0)).unwrap();
        throttle.succeeded("ann", HOME, at(0));
        assert_eq!(fail(&mut throttle, "ann", HOME, 100), 5);
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
    fn the_tables_stay_bounded_and_keep_the_newest() {
        let mut throttle = Throttle::default();
        for n in 0..30_000 {
            let (name, source, now) = (format!("user{n}"), source(n), at(u64::from(n) / 100));
            throttle.begin(&name, source, now).ok();
            throttle.succeeded(&name, source, now);
            throttle.promise(place(&name, source), Duration::from_secs(1), now);
            let lengths =
                [throttle.failures.len(), throttle.familiar.len(), throttle.promises.len()];
            assert!(lengths.iter().all(|length| *length <= MAX_KEPT), "{lengths:?}");
        }
        let newest = place("user29999", source(29_999));
        assert!(throttle.familiar.get(&newest, at(300)).is_some());
        assert!(throttle.promises.get(&newest, at(300)).is_some());
    }
}
