//! What is known of one member's health: by checks, by traffic, since when, with what evidence.

use elbow_model::observed::{FailedCheck, MemberObservation, ProbedHealth};
use elbow_model::value::{LoadBalancerId, PoolId, Timestamp};
use elbow_traffic::health::passive::{FAILURES, Passive};
use elbow_traffic::health::{MemberHealth, Outcome, Standing, Thresholds, bounded};

use crate::probe::ProbeId;

/// One member.
#[derive(Debug)]
pub(super) struct Member {
    pub balancer: LoadBalancerId,
    pub pool: PoolId,
    /// Its place in the pool.
    pub index: u32,
    pub checked: Option<Checked>,
    pub health: MemberHealth,
    pub passive: Passive,
    /// Whether it is out for being slower than its peers.
    pub is_outlier: bool,
    /// Since when it has been as it is, by the calendar.
    pub since: Timestamp,
    /// Since when it has been healthy, or there without checks: where a slow start begins.
    pub rising_since_ms: u64,
    pub last_failure: Option<FailedCheck>,
}

/// How a member is checked.
#[derive(Debug)]
pub(super) struct Checked {
    /// None if it can't be checked.
    pub probe: Option<ProbeId>,
    pub thresholds: Thresholds,
    /// `GET /healthz to 10.0.0.5:8080`
    pub attempt: String,
}

/// What became different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    None,
    /// Only the evidence.
    Evidence,
    Standing,
}

impl Member {
    pub(super) fn standing(&self) -> Standing {
        let probed = self.checked.as_ref().map(|_| self.health.probed());
        Standing::of(probed, self.passive.is_ejected() || self.is_outlier)
    }

    /// Takes the outcome of a check.
    pub(super) fn note_check(
        &mut self,
        outcome: Outcome,
        at: Timestamp,
        now_ms: u64,
    ) -> Difference {
        let Some(checked) = &self.checked else { return Difference::None };
        let (before, thresholds) = (self.standing(), checked.thresholds);
        match outcome {
            Ok(()) => {
                self.health = self.health.succeed(thresholds);
                self.passive = self.passive.vouch();
                self.settle(before, at, now_ms)
            }
            Err(outcome) => {
                self.health = self.health.fail(thresholds);
                let attempt = checked.attempt.clone();
                let is_news = self.note_failure(FailedCheck { at, attempt, outcome });
                match self.settle(before, at, now_ms) {
                    Difference::None if is_news => Difference::Evidence,
                    difference => difference,
                }
            }
        }
    }

    /// Takes note that traffic could not be brought to it; `opened` counts its connections, the
    /// evidence says what became of this one.
    pub(super) fn note_connect_failure(
        &mut self,
        (opened, evidence): (u64, Option<&str>),
        at: Timestamp,
        now_ms: u64,
    ) -> Difference {
        let before = self.standing();
        self.passive = self.passive.fail(opened, now_ms);
        let difference = self.settle(before, at, now_ms);
        if difference == Difference::Standing {
            let attempt = "connections for traffic".to_owned();
            let last = evidence.map(|text| format!(", the last one: {text}")).unwrap_or_default();
            let outcome = bounded(&format!("{FAILURES} in a row failed{last}"));
            self.note_failure(FailedCheck { at, attempt, outcome });
        }
        difference
    }

    /// Takes it out for being slower than its peers, with the evidence, or lets it in again.
    pub(super) fn note_outlier(
        &mut self,
        evidence: Option<String>,
        at: Timestamp,
        now_ms: u64,
    ) -> Difference {
        let before = self.standing();
        self.is_outlier = evidence.is_some();
        let difference = self.settle(before, at, now_ms);
        if let Some(outcome) = evidence {
            let attempt = "latency of traffic".to_owned();
            self.note_failure(FailedCheck { at, attempt, outcome });
        }
        difference
    }

    /// Time passed.
    pub(super) fn note_time(&mut self, opened: u64, at: Timestamp, now_ms: u64) -> Difference {
        let before = self.standing();
        self.passive = self.passive.wait(opened, now_ms);
        self.settle(before, at, now_ms)
    }

    /// What control is told; none before there is anything to tell.
    pub(super) fn observation(&self) -> Option<MemberObservation> {
        let health = match (self.standing(), &self.checked) {
            (Standing::Ejected | Standing::Unhealthy, _) => ProbedHealth::Unhealthy,
            (Standing::Healthy, _) => ProbedHealth::Healthy,
            (Standing::Unknown | Standing::Unproven, _) => ProbedHealth::Unknown,
        };
        let is_told = self.health != MemberHealth::New || self.last_failure.is_some();
        is_told.then(|| MemberObservation {
            health,
            since: self.since,
            last_failure: self.last_failure.clone(),
        })
    }

    fn settle(&mut self, before: Standing, at: Timestamp, now_ms: u64) -> Difference {
        let after = self.standing();
        if before == after {
            return Difference::None;
        }
        self.since = at;
        if after == Standing::Healthy {
            self.rising_since_ms = now_ms;
        }
        Difference::Standing
    }

    /// Whether it says something else than the failure before.
    fn note_failure(&mut self, failure: FailedCheck) -> bool {
        let is_same = self.last_failure.as_ref().is_some_and(|known| {
            known.attempt == failure.attempt && known.outcome == failure.outcome
        });
        self.last_failure = Some(failure);
        !is_same
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn member(checked: bool) -> Member {
        let thresholds = Thresholds { rise: 2, fall: 2 };
        Member {
            balancer: LoadBalancerId::from(Uuid::nil()),
            pool: PoolId::from(Uuid::nil()),
            index: 0,
            checked: checked.then(|| Checked {
                probe: None,
                thresholds,
                attempt: "connect to 10.0.0.5:80".to_owned(),
            }),
            health: MemberHealth::New,
            passive: Passive::default(),
            is_outlier: false,
            since: Timestamp(0),
            rising_since_ms: 0,
            last_failure: None,
        }
    }

    #[test]
    fn only_news_are_told() {
        let mut member = member(true);
        assert_eq!(member.observation(), None);
        assert_eq!(member.note_check(Ok(()), Timestamp(5), 5), Difference::Standing);
        assert_eq!(member.note_check(Ok(()), Timestamp(6), 6), Difference::None);
        let refused = || Err("connection refused".to_owned());
        assert_eq!(member.note_check(refused(), Timestamp(7), 7), Difference::Evidence);
        assert_eq!(member.note_check(refused(), Timestamp(8), 8), Difference::Standing);
        assert_eq!(member.note_check(refused(), Timestamp(9), 9), Difference::None);
        let told = member.observation().unwrap();
        assert_eq!((told.health, told.since), (ProbedHealth::Unhealthy, Timestamp(8)));
        assert_eq!(told.last_failure.unwrap().at, Timestamp(9));
    }

    #[test]
    fn traffic_ejects_and_a_check_admits_again() {
        let mut member = member(true);
        member.note_check(Ok(()), Timestamp(1), 1);
        for _ in 0..2 {
            assert_eq!(member.note_connect_failure((4, None), Timestamp(2), 2), Difference::None);
        }
        let evidence = Some("TLS handshake failed: expired");
        let seen = (4, evidence);
        assert_eq!(member.note_connect_failure(seen, Timestamp(2), 2), Difference::Standing);
        let told = member.observation().unwrap().last_failure.unwrap().outcome;
        assert_eq!(told, "3 in a row failed, the last one: TLS handshake failed: expired");
        assert_eq!(member.standing(), Standing::Ejected);
        assert_eq!(member.note_check(Ok(()), Timestamp(3), 3), Difference::Standing);
        assert_eq!((member.standing(), member.rising_since_ms), (Standing::Healthy, 3));
    }

    #[test]
    fn an_outlier_is_out_until_it_is_let_in_whatever_its_checks_say() {
        let mut member = member(true);
        member.note_check(Ok(()), Timestamp(1), 1);
        let evidence = Some("mean 90 ms".to_owned());
        assert_eq!(member.note_outlier(evidence, Timestamp(2), 2), Difference::Standing);
        assert_eq!(member.note_check(Ok(()), Timestamp(3), 3), Difference::None);
        assert_eq!(member.standing(), Standing::Ejected);
        assert_eq!(member.observation().unwrap().last_failure.unwrap().outcome, "mean 90 ms");
        assert_eq!(member.note_outlier(None, Timestamp(4), 4), Difference::Standing);
        assert_eq!((member.standing(), member.rising_since_ms), (Standing::Healthy, 4));
    }

    #[test]
    fn without_checks_a_back_off_admits_again() {
        let mut member = member(false);
        for _ in 0..3 {
            member.note_connect_failure((0, None), Timestamp(10), 10);
        }
        assert_eq!(member.note_time(0, Timestamp(11), 1_009), Difference::None);
        assert_eq!(member.note_time(0, Timestamp(12), 1_010), Difference::Standing);
        assert_eq!(member.standing(), Standing::Healthy);
    }
}
