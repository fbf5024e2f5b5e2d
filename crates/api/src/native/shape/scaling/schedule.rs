//! Schedules as the native dialect shows them.

use elbow_model::schedule::{self as model, ScheduleSettings, Timing};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Reference;

/// What changes a group's count or bounds at given times: `at` one time, or by `cron` again and again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Schedule {
    #[schema(read_only)]
    id: String,
    /// Unique in the group.
    name: String,
    /// Whether it is followed.
    #[schema(required = false, default = true)]
    enabled: bool,
    /// When it is due, if it is due once.
    at: Option<String>,
    /// `minute hour day month weekday`, as in cron(5).
    cron: Option<String>,
    /// By whose clocks `cron` goes; `UTC` if not given.
    time_zone: Option<String>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    min: Option<u32>,
    max: Option<u32>,
    desired: Option<u32>,
    /// When it is due next.
    #[schema(read_only)]
    next_at: Option<String>,
    #[schema(read_only)]
    scaling_group: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

impl Schedule {
    pub(in crate::native) fn new(schedule: &model::Schedule, group: Reference) -> Self {
        let model::Schedule { id, created_at, updated_at, revision, settings, settled_until: _ } =
            schedule;
        let ScheduleSettings { name, enabled, timing, effect } = settings;
        let (at, cron, time_zone, starts_at, ends_at) = match timing {
            Timing::Once { at } => (Some(at.to_string()), None, None, None, None),
            Timing::Cron { expression, time_zone, starts_at, ends_at } => (
                None,
                Some(expression.to_string()),
                Some(time_zone.to_string()),
                starts_at.map(|at| at.to_string()),
                ends_at.map(|at| at.to_string()),
            ),
        };
        Self {
            id: id.to_string(),
            name: name.to_string(),
            enabled: *enabled,
            at,
            cron,
            time_zone,
            starts_at,
            ends_at,
            min: effect.min().map(|n| n.get()),
            max: effect.max().map(|n| n.get()),
            desired: effect.desired().map(|n| n.get()),
            next_at: schedule.next().map(|at| at.to_string()),
            scaling_group: group,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
