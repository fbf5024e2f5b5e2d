//! Rules about an instance's way through its phases; see [`Phase`].

use std::time::Duration;

use super::super::draft::{Draft, not_found};
use super::super::invalid;
use super::{activity, check_does, check_kept, group, launch, membership};
use crate::activity::ActivityResult;
use crate::change::scaling::{CapacityAfter, InstanceStep};
use crate::instance::{Instance, Origin, Phase, RemovalCause};
use crate::launch_template::DriverReference;
use crate::lifecycle_hook::{HookResult, HookWait, Transition};
use crate::member::TargetAddress;
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::{GroupStatus, InstanceCount, ScalingGroup, ScalingProcess};
use crate::value::{HookToken, InstanceId, Note, Port};

pub(super) fn step(
    draft: &mut Draft,
    id: InstanceId,
    step: &InstanceStep,
) -> Result<(), Rejection> {
    match step {
        InstanceStep::Launched { address, port, reference, tokens } => {
            launched(draft, id, *address, *port, reference.clone(), tokens)
        }
        InstanceStep::Join { seen } => {
            let instance =
                in_phase(draft, id, "only LAUNCHED ones join", |p| *p == Phase::Launched)?;
            let group = draft.group(instance.group)?;
            launch::check_joining(draft, &group, seen)?;
            enter(draft, instance, Phase::Joining);
            membership::join(draft, &[id], &group.attachments)
        }
        InstanceStep::Serve => {
            let instance =
                in_phase(draft, id, "only joining ones serve", |p| *p == Phase::Joining)?;
            activity::settle(draft, id, instance.group, &ActivityResult::Successful);
            enter(draft, instance, Phase::InService);
            Ok(())
        }
        InstanceStep::Remove { cause } => {
            let instance = counting(draft, id)?;
            begin_removal(draft, instance, cause)
        }
        InstanceStep::Leave { tokens } => leave(draft, id, tokens),
        InstanceStep::Gone => gone(draft, id),
    }
}

/// A person or a policy takes an instance out of its group.
pub(super) fn remove(
    draft: &mut Draft,
    id: InstanceId,
    capacity: CapacityAfter,
    cause: &RemovalCause,
) -> Result<(), Rejection> {
    let instance = counting(draft, id)?;
    let mut group = draft.group(instance.group)?;
    check_kept(&group)?;
    check_does(&group, ScalingProcess::ScaleIn)?;
    let before = group.desired;
    match capacity {
        CapacityAfter::Stays => {}
        CapacityAfter::Shrinks => {
            let fewer = InstanceCount::new(i64::from(before.get()) - 1);
            let fewer = fewer.ok().filter(|fewer| *fewer >= group.settings.min);
            let instead = "lower it, or let another instance take its place";
            group.desired =
                fewer.ok_or_else(|| launch::bound(&group, "min", group.settings.min, instead))?;
            draft.put_scaled_group(group.clone());
        }
    }
    let text = Note::new(format!("instance {} is removed", launch::described(&instance)));
    begin_removal(draft, instance, cause)?;
    activity::of_instance(draft, &group, before, id, text);
    Ok(())
}

pub(super) fn protect(draft: &mut Draft, id: InstanceId, protected: bool) -> Result<(), Rejection> {
    let instance = counting(draft, id)?;
    draft.put_instance(Instance { protected, ..instance });
    Ok(())
}

pub(super) fn enter_standby(draft: &mut Draft, id: InstanceId) -> Result<(), Rejection> {
    let is_fit = |phase: &Phase| *phase == Phase::InService;
    let instance = in_phase(draft, id, "only one that is IN_SERVICE can go on standby", is_fit)?;
    check_kept(&draft.group(instance.group)?)?;
    let instance = enter(draft, instance, Phase::Standby);
    membership::set_duty(draft, &instance)
}

pub(super) fn exit_standby(draft: &mut Draft, id: InstanceId) -> Result<(), Rejection> {
    let is_fit = |phase: &Phase| *phase == Phase::Standby;
    let instance = in_phase(draft, id, "only one on STANDBY can leave it", is_fit)?;
    check_kept(&draft.group(instance.group)?)?;
    let instance = enter(draft, instance, Phase::InService);
    membership::set_duty(draft, &instance)
}

pub(super) fn complete_hook(
    draft: &mut Draft,
    id: InstanceId,
    token: HookToken,
    result: HookResult,
) -> Result<(), Rejection> {
    let instance = draft.instance(id)?;
    let missing = || not_found(ResourceKind::LifecycleHook, token);
    let done = instance.wait(token).ok_or_else(missing)?.clone();
    let others = |hooks: &[HookWait]| -> Vec<HookWait> {
        hooks.iter().filter(|wait| wait.token != token).cloned().collect()
    };
    let next = match (&instance.phase, result) {
        (Phase::PendingWait { .. }, HookResult::Abandon) => {
            return abandon(draft, instance, &done);
        }
        (Phase::PendingWait { hooks }, HookResult::Continue) => match others(hooks) {
            none if none.is_empty() => Phase::Launched,
            hooks => Phase::PendingWait { hooks },
        },
        (Phase::RemovingWait { cause, hooks: _ }, HookResult::Abandon) => {
            Phase::Terminating { cause: cause.clone() }
        }
        (Phase::RemovingWait { cause, hooks }, HookResult::Continue) => match others(hooks) {
            none if none.is_empty() => Phase::Terminating { cause: cause.clone() },
            hooks => Phase::RemovingWait { cause: cause.clone(), hooks },
        },
        // No other phase waits for anything, so the token was not found above.
        _ => return Err(missing()),
    };
    enter(draft, instance, next);
    Ok(())
}

pub(super) fn heartbeat(
    draft: &mut Draft,
    id: InstanceId,
    token: HookToken,
) -> Result<(), Rejection> {
    let mut instance = draft.instance(id)?;
    let now = draft.stamp.at;
    let hooks = match &mut instance.phase {
        Phase::PendingWait { hooks } | Phase::RemovingWait { cause: _, hooks } => hooks,
        _ => return Err(not_found(ResourceKind::LifecycleHook, token)),
    };
    let Some(wait) = hooks.iter_mut().find(|wait| wait.token == token) else {
        return Err(not_found(ResourceKind::LifecycleHook, token));
    };
    let most = HookWait::MAX_HEARTBEATS;
    let spent =
        || invalid("token", format!("it had {most} heartbeats already; complete the hook instead"));
    *wait = wait.extended(now).ok_or_else(spent)?;
    draft.put_instance(instance);
    Ok(())
}

fn launched(
    draft: &mut Draft,
    id: InstanceId,
    address: Option<TargetAddress>,
    port: Option<Port>,
    reference: Option<DriverReference>,
    tokens: &[HookToken],
) -> Result<(), Rejection> {
    let is_fit = |phase: &Phase| *phase == Phase::Launching;
    let mut instance = in_phase(draft, id, "it was launched already", is_fit)?;
    instance.address = address.or(instance.address);
    instance.port = port.or(instance.port);
    instance.reference = reference.or(instance.reference);
    let Some(address) = instance.address else {
        return Err(invalid("address", "the driver must say where the instance is"));
    };
    launch::check_address(draft, id, address, instance.port, "address")?;
    let hooks = waits(draft, &instance, Transition::Launch, tokens)?;
    let next = if hooks.is_empty() { Phase::Launched } else { Phase::PendingWait { hooks } };
    enter(draft, instance, next);
    Ok(())
}

/// Begins to take an instance out: its members get no new work from now on.
fn begin_removal(
    draft: &mut Draft,
    instance: Instance,
    cause: &RemovalCause,
) -> Result<(), Rejection> {
    let group = draft.group(instance.group)?;
    let time = match instance.members.is_empty() {
        true => Duration::ZERO,
        false => Duration::from_secs(group.settings.drain_timeout_s.get().into()),
    };
    let drain_until = draft.stamp.at.after(time);
    activity::settle(draft, instance.id, group.id, &ActivityResult::Cancelled);
    let instance = enter(draft, instance, Phase::Removing { cause: cause.clone(), drain_until });
    membership::set_duty(draft, &instance)
}

/// A launch hook gave an instance up.
fn abandon(draft: &mut Draft, instance: Instance, wait: &HookWait) -> Result<(), Rejection> {
    let mut group = draft.group(instance.group)?;
    // Nobody may complete such a hook, or refuse every instance: that must not go on for ever at full speed.
    group.breaker = group.breaker.failed(draft.stamp.at);
    draft.put_scaled_group(group.clone());
    let hook = wait.name.clone();
    let id = instance.id;
    let text = Note::new(format!(
        "lifecycle hook `{hook}` gave up instance {}",
        launch::described(&instance)
    ));
    begin_removal(draft, instance, &RemovalCause::HookAbandoned { hook: hook.clone() })?;
    activity::of_hook(draft, &group, id, &hook, text);
    Ok(())
}

fn leave(draft: &mut Draft, id: InstanceId, tokens: &[HookToken]) -> Result<(), Rejection> {
    let is_fit = |phase: &Phase| matches!(phase, Phase::Removing { .. });
    in_phase(draft, id, "only one that is REMOVING leaves its pools", is_fit)?;
    membership::leave(draft, &[id], |_, _, _| true)?;
    let instance = draft.instance(id)?;
    let hooks = waits(draft, &instance, Transition::Terminate, tokens)?;
    let Some(cause) = instance.phase.removal().cloned() else { return Ok(()) };
    let next = match hooks.is_empty() {
        true => Phase::Terminating { cause },
        false => Phase::RemovingWait { cause, hooks },
    };
    enter(draft, instance, next);
    Ok(())
}

fn gone(draft: &mut Draft, id: InstanceId) -> Result<(), Rejection> {
    let is_fit = |phase: &Phase| matches!(phase, Phase::Terminating { .. });
    let instance = in_phase(draft, id, "it has not left its pools yet", is_fit)?;
    activity::settle(draft, id, instance.group, &ActivityResult::Successful);
    draft.remove_instance(id);
    let group = draft.group(instance.group)?;
    if group.status == GroupStatus::Deleting && draft.world.instance_count_of(group.id) == 0 {
        group::remove(draft, group.id);
    }
    Ok(())
}

/// The waits that begin now: for each of the group's hooks, with a token of its own. Instances that people attached
/// wait for none.
fn waits(
    draft: &Draft,
    instance: &Instance,
    transition: Transition,
    tokens: &[HookToken],
) -> Result<Vec<HookWait>, Rejection> {
    match instance.origin {
        Origin::Attached { .. } => return Ok(Vec::new()),
        Origin::Launched { .. } => {}
    }
    let group: ScalingGroup = draft.group(instance.group)?;
    let hooks: Vec<_> = group.hooks_of(transition).collect();
    if hooks.len() != tokens.len() {
        let (count, given) = (hooks.len(), tokens.len());
        return Err(invalid("tokens", format!("{count} hooks need {count} tokens, not {given}")));
    }
    let now = draft.stamp.at;
    Ok(hooks
        .into_iter()
        .zip(tokens)
        .map(|(hook, token)| HookWait::begin(hook, *token, now))
        .collect())
}

/// Moves an instance into another phase.
fn enter(draft: &mut Draft, instance: Instance, phase: Phase) -> Instance {
    let instance = Instance { phase, phase_since: draft.stamp.at, ..instance };
    draft.put_instance(instance.clone());
    instance
}

fn in_phase(
    draft: &Draft,
    id: InstanceId,
    instead: &'static str,
    is_fit: impl FnOnce(&Phase) -> bool,
) -> Result<Instance, Rejection> {
    let instance = draft.instance(id)?;
    if is_fit(&instance.phase) {
        return Ok(instance);
    }
    Err(Rejection::InstanceStatus { instance: id, status: instance.status(), instead })
}

/// An instance that is not on its way out.
fn counting(draft: &Draft, id: InstanceId) -> Result<Instance, Rejection> {
    in_phase(draft, id, "it is on its way out already", Phase::counts)
}
