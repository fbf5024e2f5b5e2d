//! As many instances as desired: what is missing is launched, what is too many leaves. Where it can't be, that is said
//! once, not at every look.

use elbow_model::activity::{ActivityResult, Cause, NotScaled};
use elbow_model::change::scaling::{NewActivity, ScalingEdit};
use elbow_model::instance::{Phase, RemovalCause};
use elbow_model::scaling_group::{Breaker, GroupStatus, InstanceCount, ScalingProcess};
use elbow_model::value::{InstanceId, Note};
use uuid::Uuid;

use super::{Action, DriverRight, Sight, breaker, life, next_id, victims};

/// Instances on their way into service at a time: more would only fight for the same machine.
const MOST_AT_A_TIME: u32 = 50;

pub(super) fn balance(sight: &Sight<'_>, ids: &mut dyn Iterator<Item = Uuid>) -> Vec<Action> {
    let group = sight.group;
    if group.status == GroupStatus::Deleting {
        return Vec::new();
    }
    let counted = sight.instances.iter().filter(|seen| seen.instance.phase.counts()).count();
    let counted = u32::try_from(counted).unwrap_or(u32::MAX);
    let desired = group.desired.get();
    if counted < desired {
        launch(sight, desired - counted, ids)
    } else if counted > desired && group.does(ScalingProcess::ScaleIn) {
        shrink(sight, counted - desired, ids)
    } else {
        Vec::new()
    }
}

fn launch(sight: &Sight<'_>, missing: u32, ids: &mut dyn Iterator<Item = Uuid>) -> Vec<Action> {
    let group = sight.group;
    if let Some(result) = hindrance(sight) {
        return said_once(sight, (Cause::Desired, group.desired), result, ids);
    }
    let is_underway = |phase: &Phase| {
        matches!(
            phase,
            Phase::Launching | Phase::PendingWait { .. } | Phase::Launched | Phase::Joining
        )
    };
    let underway = sight.instances.iter().filter(|seen| is_underway(&seen.instance.phase)).count();
    let most = breaker::allowance(group, sight.now).min(MOST_AT_A_TIME);
    let count = missing.min(most.saturating_sub(u32::try_from(underway).unwrap_or(u32::MAX)));
    if count == 0 {
        return Vec::new();
    }
    let instances: Vec<InstanceId> = (0..count).map(|_| next_id(ids)).collect();
    vec![Action::Commit(vec![ScalingEdit::Launch { group: group.id, instances }])]
}

/// What keeps the group from launching.
pub(super) fn hindrance(sight: &Sight<'_>) -> Option<ActivityResult> {
    let group = sight.group;
    let why = match (group.status, group.breaker) {
        (GroupStatus::Inactive | GroupStatus::Deleting, _) => NotScaled::Inactive,
        (GroupStatus::Active, _) if !group.does(ScalingProcess::ScaleOut) => {
            NotScaled::Suspended { process: ScalingProcess::ScaleOut }
        }
        (GroupStatus::Active, _) if group.template().is_none() => NotScaled::NoTemplate,
        (GroupStatus::Active, _) if sight.driver == DriverRight::NotEnabled => {
            NotScaled::DriverNotEnabled
        }
        (GroupStatus::Active, Breaker::Open { until, .. }) if until > sight.now => {
            NotScaled::BreakerOpen { until }
        }
        (GroupStatus::Active, _) => {
            let code = sight.obstacle.as_ref()?.code();
            return Some(ActivityResult::Rejected { code });
        }
    };
    Some(ActivityResult::NotScaled { why })
}

/// Records why nothing is done, unless that is what was recorded last.
pub(super) fn said_once(
    sight: &Sight<'_>,
    (cause, wanted): (Cause, InstanceCount),
    result: ActivityResult,
    ids: &mut dyn Iterator<Item = Uuid>,
) -> Vec<Action> {
    let last = sight.activities.iter().find(|activity| activity.cause == cause);
    if last.is_some_and(|last| last.result == result && last.after == wanted) {
        return Vec::new();
    }
    let text = match (&result, &sight.obstacle) {
        (ActivityResult::NotScaled { why }, _) => why.to_string(),
        (_, Some(fault)) => format!("no instance is launched: {fault}"),
        (_, None) => "no instance is launched".to_owned(),
    };
    vec![Action::Commit(vec![ScalingEdit::RecordActivity(NewActivity {
        id: next_id(ids),
        group: sight.group.id,
        cause,
        after: wanted,
        instance: None,
        evidence: Vec::new(),
        result,
        text: Note::new(text),
    })])]
}

fn shrink(sight: &Sight<'_>, surplus: u32, ids: &mut dyn Iterator<Item = Uuid>) -> Vec<Action> {
    let picked = victims::pick(sight, surplus as usize);
    if picked.is_empty() {
        let result = ActivityResult::NotScaled { why: NotScaled::Protected };
        return said_once(sight, (Cause::Desired, sight.group.desired), result, ids);
    }
    picked.iter().map(|seen| life::remove(seen.instance, RemovalCause::ScaleIn)).collect()
}
