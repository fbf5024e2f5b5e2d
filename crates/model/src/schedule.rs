//! Schedules: what changes a group's count or its bounds at given times.

mod cron;

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::cron::CronExpression;
use crate::scaling_group::InstanceCount;
use crate::value::{Invalid, Name, Revision, ScheduleId, TimeZoneName, Timestamp};

/// A schedule of a scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// What APIs call it.
    pub id: ScheduleId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// What users can edit.
    pub settings: ScheduleSettings,
    /// The time up to which it is settled: times that are not after it were carried out, missed, or lay before its last
    /// edit.
    pub settled_until: Timestamp,
}

/// What users can edit on a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleSettings {
    /// Unique in the group.
    pub name: Name,
    /// Whether it is followed.
    pub enabled: bool,
    /// When it is due.
    pub timing: Timing,
    /// What it does.
    pub effect: Effect,
}

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Timing {
    /// Once.
    Once {
        /// Then.
        at: Timestamp,
    },
    /// Again and again.
    Cron {
        /// When.
        expression: CronExpression,
        /// By which clocks.
        time_zone: TimeZoneName,
        /// Not before.
        starts_at: Option<Timestamp>,
        /// Not after.
        ends_at: Option<Timestamp>,
    },
}

/// What a schedule does to its group: what is given is set, all at once, and `desired` is held to the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EffectFields", into = "EffectFields")]
pub struct Effect(EffectFields);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct EffectFields {
    min: Option<InstanceCount>,
    max: Option<InstanceCount>,
    desired: Option<InstanceCount>,
}

impl Effect {
    /// Checks and takes an effect: at least one number, and they fit together.
    pub fn new(
        min: Option<InstanceCount>,
        max: Option<InstanceCount>,
        desired: Option<InstanceCount>,
    ) -> Result<Self, Invalid> {
        if min.is_none() && max.is_none() && desired.is_none() {
            return Err(Invalid::new("a schedule does nothing without `min`, `max` or `desired`"));
        }
        let ordered = [min, desired, max];
        if !ordered.iter().flatten().is_sorted() {
            return Err(Invalid::new("a schedule's numbers must satisfy min <= desired <= max"));
        }
        Ok(Self(EffectFields { min, max, desired }))
    }

    /// The fewest instances from then on.
    pub fn min(self) -> Option<InstanceCount> {
        self.0.min
    }

    /// The most instances from then on.
    pub fn max(self) -> Option<InstanceCount> {
        self.0.max
    }

    /// The instances that there shall be then.
    pub fn desired(self) -> Option<InstanceCount> {
        self.0.desired
    }
}

impl TryFrom<EffectFields> for Effect {
    type Error = Invalid;

    fn try_from(fields: EffectFields) -> Result<Self, Invalid> {
        let EffectFields { min, max, desired } = fields;
        Self::new(min, max, desired)
    }
}

impl From<Effect> for EffectFields {
    fn from(effect: Effect) -> Self {
        effect.0
    }
}

impl Timing {
    /// The first time after `after` at which it is due; none if there is none in the next eight years.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Once { at } => Some(*at).filter(|at| *at > after),
            Self::Cron { expression, time_zone, starts_at, ends_at } => {
                let just_before = starts_at.map(|at| Timestamp(at.0.saturating_sub(1)));
                let after = after.max(just_before.unwrap_or_default());
                let next = next_by(expression, &time_zone.zone(), after)?;
                ends_at.is_none_or(|end| next <= end).then_some(next)
            }
        }
    }
}

/// The first time after `after` whose local minute an expression names.
fn next_by(expression: &CronExpression, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let instant = jiff::Timestamp::from_millisecond(i64::try_from(after.0).ok()?).ok()?;
    let mut local = instant.to_zoned(zone.clone()).datetime();
    // Local times that the clocks skip are due when they would have been (jiff's "compatible" rule), and those
    // that come twice are due at the first.
    loop {
        local = expression.next_after(local)?;
        let due = local.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
        let due = Timestamp(u64::try_from(due).ok()?);
        if due > after {
            return Some(due);
        }
    }
}

impl Schedule {
    /// How late a schedule may still be carried out, such as after a restart; what was due earlier is missed.
    pub const LATEST: Duration = Duration::from_secs(600);

    /// The next time at which it is due, carried out or not.
    pub fn next(&self) -> Option<Timestamp> {
        self.settings.timing.next_after(self.settled_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap();
        Timestamp(u64::try_from(instant.as_millisecond()).unwrap())
    }

    fn cron(expression: &str, zone: &str) -> Timing {
        Timing::Cron {
            expression: expression.parse().unwrap(),
            time_zone: TimeZoneName::new(zone).unwrap(),
            starts_at: None,
            ends_at: None,
        }
    }

    #[test]
    fn times_are_those_of_the_zone_s_clocks() {
        let mornings = cron("30 8 * * 1-5", "Asia/Taipei");
        let friday = at("2026-11-20T00:30:00Z");
        assert_eq!(mornings.next_after(Timestamp(friday.0 - 1)), Some(friday));
        assert_eq!(mornings.next_after(friday), Some(at("2026-11-23T00:30:00Z")));
    }

    #[test]
    fn a_skipped_time_is_due_and_a_repeated_one_is_due_once() {
        let skipped = cron("30 2 * * *", "Europe/Berlin");
        assert_eq!(
            skipped.next_after(at("2026-03-28T12:00:00Z")),
            Some(at("2026-03-29T01:30:00Z"))
        );
        let twice = cron("30 2 * * *", "Europe/Berlin");
        let first = at("2026-10-25T00:30:00Z");
        assert_eq!(twice.next_after(at("2026-10-24T12:00:00Z")), Some(first));
        assert_eq!(twice.next_after(first), Some(at("2026-10-26T01:30:00Z")));
    }

    #[test]
    fn a_schedule_keeps_to_its_first_and_last_time() {
        let Timing::Cron { expression, time_zone, .. } = cron("0 * * * *", "UTC") else { return };
        let bounded = Timing::Cron {
            expression,
            time_zone,
            starts_at: Some(at("2026-11-22T10:00:00Z")),
            ends_at: Some(at("2026-11-22T11:00:00Z")),
        };
        let ten = bounded.next_after(at("2026-11-01T00:00:00Z")).unwrap();
        assert_eq!(ten, at("2026-11-22T10:00:00Z"));
        let eleven = bounded.next_after(ten).unwrap();
        assert_eq!(bounded.next_after(eleven), None);
    }

    #[test]
    fn effects_fit_together() {
        let count = |count: i64| Some(InstanceCount::new(count).unwrap());
        assert!(Effect::new(count(1), count(3), count(2)).is_ok());
        assert!(Effect::new(None, count(3), None).is_ok());
        assert!(Effect::new(None, None, None).is_err());
        assert!(Effect::new(count(4), count(3), None).is_err());
        assert!(Effect::new(count(3), None, count(2)).is_err());
    }
}
