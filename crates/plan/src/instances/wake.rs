//! A request waits, and the group sleeps: it is to have an instance again. Where it can't be, that is said once.

use elbow_model::activity::{ActivityResult, Cause, Evidence, NotScaled};
use elbow_model::change::scaling::{ScalingEdit, SetDesired};
use elbow_model::instance::{Phase, RemovalCause};
use elbow_model::policy::{Metric, ScalingRule};
use elbow_model::scaling_group::{GroupStatus, InstanceCount, ScalingGroup, ScalingProcess};
use elbow_model::value::{Note, Quantity};
use elbow_model::wake::Waiting;
use uuid::Uuid;

use super::{Action, Checks, Seen, Sight, census, life, next_id};

pub(super) fn wake(sight: &Sight<'_>, ids: &mut dyn Iterator<Item = Uuid>) -> Vec<Action> {
    let (group, Waiting { count, waited_ms }) = (sight.group, sight.waiting);
    // Where instances are desired, they are on their way.
    if count == 0 || group.desired.get() > 0 || group.status == GroupStatus::Deleting {
        return Vec::new();
    }
    let desired = wanted(group, count);
    let full = (group.settings.max.get() == 0)
        .then_some(ActivityResult::NotScaled { why: NotScaled::AtMax });
    if let Some(result) = census::hindrance(sight).or(full) {
        return census::said_once(sight, (Cause::WaitingRequest, desired), result, ids);
    }
    let text = match count {
        1 => format!("a request waits since {waited_ms} ms: from 0 to {desired} instances"),
        _ => format!(
            "{count} requests wait, the first since {waited_ms} ms: from 0 to {desired} instances"
        ),
    };
    vec![Action::Commit(vec![ScalingEdit::SetDesired(SetDesired {
        group: group.id,
        desired,
        activity: next_id(ids),
        cause: Cause::WaitingRequest,
        evidence: vec![Evidence {
            metric: Metric::QueueLength,
            value: Quantity::measured(count as f64),
            compared_with: None,
            window_s: 0,
        }],
        text: Note::new(text),
    })])]
}

/// Instances of a group that shall have none, and which serve nobody although requests wait: others take their place.
pub(super) fn useless<'s>(sight: &'s Sight<'_>) -> impl Iterator<Item = Action> + 's {
    let may_remove = sight.group.does(ScalingProcess::ScaleIn);
    let serves_nobody = move |seen: &&Seen<'_>| {
        may_remove
            && seen.instance.phase == Phase::InService
            && !seen.instance.protected
            && matches!(seen.checks, Checks::Unhealthy { .. })
    };
    let found = sight.instances.iter().filter(serves_nobody);
    found.map(|seen| life::remove(seen.instance, RemovalCause::ScaleIn))
}

/// One instance, or as many as carry what waits where a policy says how much each is to have in flight.
fn wanted(group: &ScalingGroup, waiting: u64) -> InstanceCount {
    let each = group.policies.iter().filter(|policy| policy.settings.enabled).find_map(|policy| {
        match &policy.settings.rule {
            ScalingRule::TargetTracking(rule) if rule.metric == Metric::InFlightPerInstance => {
                Some(rule.target.get())
            }
            ScalingRule::TargetTracking(_)
            | ScalingRule::Simple { .. }
            | ScalingRule::Step { .. } => None,
        }
    });
    // The cast saturates.
    let carried = each.map_or(1, |each| (waiting as f64 / each.max(1.0)).ceil() as u32);
    let most = group.settings.max.get().max(1);
    InstanceCount::new(carried.clamp(1, most).into()).unwrap_or(group.settings.max)
}
