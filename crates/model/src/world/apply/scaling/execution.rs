//! Rules about executing a policy by hand: once, by its own adjustment, within the group's bounds, and not while the
//! group rests unless it is forced.

use super::super::draft::{Draft, not_found};
use super::super::invalid;
use super::{check_active, check_does, group};
use crate::activity::{Cause, Evidence, NotScaled};
use crate::change::scaling::{Guarding, SetDesired};
use crate::policy::{Adjustment, Behaviour, Policy, ScalingRule};
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::{Breaker, InstanceCount, ScalingGroup, ScalingProcess, Way};
use crate::value::{ActivityId, Note, PolicyId, Quantity};

pub(super) fn execute(
    draft: &mut Draft,
    id: PolicyId,
    value: Option<Quantity>,
    guarding: Guarding,
    activity: ActivityId,
) -> Result<(), Rejection> {
    let missing = || not_found(ResourceKind::Policy, id);
    let group = draft.world.of_policy(id).map(|group| ScalingGroup::clone(group));
    let group = group.ok_or_else(missing)?;
    let policy = group.policy(id).cloned().ok_or_else(missing)?;
    check_active(&group)?;
    let (adjustment, evidence) = due(&policy, value)?;
    let before = group.desired.get();
    let wanted = adjustment.applied_to(before);
    let to = wanted.clamp(group.settings.min.get(), group.settings.max.get());
    if let Some(why) = refusal(draft, &group, &policy, wanted, to, guarding)? {
        return Err(Rejection::NotScaled { group: group.settings.name.clone(), why });
    }
    let name = policy.settings.name.clone();
    let text = Note::new(format!("`{name}` was executed: from {before} to {to} instances"));
    let desired = InstanceCount::new(to.into()).map_err(|wrong| invalid("desired", wrong.0))?;
    let cause = Cause::Policy { id, name };
    let set = SetDesired { group: group.id, desired, activity, cause, evidence, text };
    group::set_desired(draft, &set)
}

/// What a policy does now.
fn due(policy: &Policy, value: Option<Quantity>) -> Result<(Adjustment, Vec<Evidence>), Rejection> {
    match &policy.settings.rule {
        ScalingRule::Simple { alarm: _, adjustment } => Ok((*adjustment, Vec::new())),
        ScalingRule::Step { alarm, steps } => {
            let Some(value) = value else {
                let reason = format!(
                    "is missing; {} is not known, say by which value of it the steps are to be taken",
                    alarm.metric
                );
                return Err(invalid("value", reason));
            };
            let difference = value.get() - alarm.threshold.get();
            let adjustment = steps.at(difference).ok_or_else(|| {
                let (metric, threshold) = (alarm.metric, alarm.threshold);
                let reason = format!(
                    "no step is for {metric} {value}, which is {difference} from the threshold {threshold}"
                );
                invalid("value", reason)
            })?;
            let evidence = Evidence {
                metric: alarm.metric,
                value,
                compared_with: Some(alarm.threshold),
                window_s: 1,
            };
            Ok((adjustment, vec![evidence]))
        }
        ScalingRule::TargetTracking(_) => {
            let name = &policy.settings.name;
            Err(invalid(
                "type",
                format!(
                    "`{name}` tracks a target: it is followed, not executed; scale the group instead"
                ),
            ))
        }
    }
}

fn refusal(
    draft: &Draft,
    group: &ScalingGroup,
    policy: &Policy,
    wanted: u32,
    to: u32,
    guarding: Guarding,
) -> Result<Option<NotScaled>, Rejection> {
    let before = group.desired.get();
    let (way, behaviour, process): (Way, &Behaviour, ScalingProcess) = match wanted > before {
        true => (Way::Out, &policy.settings.up, ScalingProcess::ScaleOut),
        false => (Way::In, &policy.settings.down, ScalingProcess::ScaleIn),
    };
    if to == before {
        return Ok(Some(match way {
            Way::Out => NotScaled::AtMax,
            Way::In => NotScaled::AtMin,
        }));
    }
    if guarding == Guarding::Ignored {
        return Ok(None);
    }
    check_does(group, process)?;
    let now = draft.stamp.at;
    if let Breaker::Open { until, .. } = group.breaker
        && way == Way::Out
        && until > now
    {
        return Ok(Some(NotScaled::BreakerOpen { until }));
    }
    let cooldown = behaviour.cooldown_s.unwrap_or(group.settings.cooldown_s);
    let until = group.last_scaled.rests_until(way, cooldown.seconds());
    Ok(until.filter(|until| *until > now).map(|until| NotScaled::Cooldown { until }))
}
