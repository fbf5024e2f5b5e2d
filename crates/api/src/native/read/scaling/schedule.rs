//! Reads schedules.

use elbow_model::schedule::{Effect, ScheduleSettings, Timing};
use elbow_model::value::{TimeZoneName, Timestamp};

use super::super::{bounded, name, no_name};
use super::hook::HINTS;
use super::time;
use crate::decode::Fields;

/// Reads a schedule to create.
pub(in crate::native) fn new(fields: Fields<'_>) -> Option<ScheduleSettings> {
    let called = fields.required("name", name).unwrap_or_else(no_name);
    let mut enabled = true;
    fields.set_or("enabled", &mut enabled, true, |at| at.boolean());
    let timing = timing(&fields);
    let effect = effect(&fields, [None; 3]);
    fields.finish(HINTS);
    Some(ScheduleSettings { name: called, enabled, timing: timing?, effect: effect? })
}

/// Reads a patch onto a schedule. Its timing is replaced as a whole if anything of it is given.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    settings: ScheduleSettings,
) -> Option<ScheduleSettings> {
    let ScheduleSettings { name: mut called, mut enabled, timing: before, effect: done } = settings;
    fields.set("name", &mut called, name);
    fields.set_or("enabled", &mut enabled, true, |at| at.boolean());
    let parts = ["at", "cron", "time_zone", "starts_at", "ends_at"];
    let is_given = parts.iter().any(|part| fields.present(part).is_some());
    let timing = if is_given { timing(&fields) } else { Some(before) };
    let effect = effect(&fields, [done.min(), done.max(), done.desired()]);
    fields.finish(HINTS);
    Some(ScheduleSettings { name: called, enabled, timing: timing?, effect: effect? })
}

fn timing(fields: &Fields<'_>) -> Option<Timing> {
    let at = fields.present("at").map(time);
    let cron = fields.present("cron").map(|at| at.checked(str::parse));
    let zone = fields.present("time_zone").map(|at| at.checked(|text| TimeZoneName::new(text)));
    let bound = |name| fields.present(name).map(time);
    let (starts_at, ends_at): (Option<Option<Timestamp>>, Option<Option<Timestamp>>) =
        (bound("starts_at"), bound("ends_at"));
    match (at, cron) {
        (Some(_), Some(_)) => fields.wrong("at", "give `at` or `cron`, not both"),
        (None, None) => fields.wrong("cron", "is missing; give `cron`, or `at` for one time"),
        (Some(at), None) => {
            if zone.is_some() || starts_at.is_some() || ends_at.is_some() {
                return fields.wrong("at", "stands alone; the other times belong to `cron`");
            }
            Some(Timing::Once { at: at? })
        }
        (None, Some(expression)) => Some(Timing::Cron {
            expression: expression?,
            time_zone: zone.unwrap_or_else(|| Some(TimeZoneName::utc()))?,
            starts_at: starts_at.flatten(),
            ends_at: ends_at.flatten(),
        }),
    }
}

fn effect(
    fields: &Fields<'_>,
    before: [Option<elbow_model::scaling_group::InstanceCount>; 3],
) -> Option<Effect> {
    let [mut min, mut max, mut desired] = before;
    fields.set_option("min", &mut min, bounded);
    fields.set_option("max", &mut max, bounded);
    fields.set_option("desired", &mut desired, bounded);
    match Effect::new(min, max, desired) {
        Ok(effect) => Some(effect),
        Err(wrong) => fields.wrong("desired", wrong.0),
    }
}
