//! What people do to a group while it works, and how they leave it in peace in the end.

use elbow_model::activity::Cause;
use elbow_model::attachment::Attachment;
use elbow_model::change::Edit;
use elbow_model::change::scaling::{
    AttachInstance, CapacityAfter, OnInstances, PresentInstances, ScalingEdit, SetDesired,
};
use elbow_model::instance::{Instance, RemovalCause};
use elbow_model::lifecycle_hook::{HookResult, HookSettings, Transition};
use elbow_model::member::TargetAddress;
use elbow_model::scaling_group::{Breaker, IdleSeconds, ScalingProcess};
use elbow_model::value::{InstanceId, Note, UserId};
use elbow_model::world::World;

use super::random::Random;
use super::scene;

/// Something that a person might do now; much of it is refused.
pub(super) fn whim(world: &World, random: &mut Random) -> Edit {
    let instances: Vec<InstanceId> =
        world.instances_of(scene::group()).map(|instance| instance.id).collect();
    let some = random.pick(&instances).unwrap_or_else(|| random.id().into());
    match random.below(20) {
        0..=5 => scale(random),
        6 => Edit::Scaling(ScalingEdit::EditGroup {
            id: scene::group(),
            settings: scene::settings(random),
        }),
        7 => Edit::Scaling(ScalingEdit::SetTemplate {
            group: scene::group(),
            template: scene::template(random),
        }),
        8 => toggle_checks(random),
        9 => Edit::Scaling(attach(random)),
        10 => Edit::Scaling(detach(world, random)),
        11 => attach_instance(random),
        12 => Edit::Scaling(ScalingEdit::RemoveInstance {
            id: some,
            capacity: if random.happens(500) {
                CapacityAfter::Shrinks
            } else {
                CapacityAfter::Stays
            },
            cause: RemovalCause::Requested,
        }),
        13 => Edit::Scaling(ScalingEdit::Protect { id: some, protected: random.happens(500) }),
        14 => Edit::Scaling(ScalingEdit::EnterStandby { id: some }),
        15 => Edit::Scaling(ScalingEdit::ExitStandby { id: some }),
        16 => Edit::Scaling(hook(world, random)),
        17 => complete(world, some, random),
        18 => Edit::Scaling(match random.happens(500) {
            true => ScalingEdit::Disable { id: scene::group() },
            false => ScalingEdit::Enable { id: scene::group() },
        }),
        _ => Edit::Scaling(suspend_or_resume(random)),
    }
}

/// What leaves a group free to reach what is intended of it.
pub(super) fn peace(world: &World) -> Vec<Edit> {
    let id = scene::group();
    let mut edits = vec![
        Edit::EditPool { id: scene::pool(1), settings: scene::pool_settings(1, true) },
        Edit::EditPool { id: scene::pool(2), settings: scene::pool_settings(2, true) },
        Edit::Scaling(ScalingEdit::Enable { id }),
        Edit::Scaling(ScalingEdit::Resume { id, processes: ScalingProcess::ALL.into() }),
        Edit::Scaling(ScalingEdit::SetBreaker { group: id, breaker: Breaker::RESET }),
    ];
    let hooks = world.scaling_group(id).into_iter().flat_map(|group| &group.hooks);
    edits.extend(hooks.map(|hook| Edit::Scaling(ScalingEdit::DeleteHook { id: hook.id })));
    let unprotected = world
        .instances_of(id)
        .filter(|instance| instance.phase.counts())
        .map(|instance| ScalingEdit::Protect { id: instance.id, protected: false });
    edits.extend(unprotected.map(Edit::Scaling));
    let on_standby = world
        .instances_of(id)
        .filter(|instance| instance.phase == elbow_model::instance::Phase::Standby)
        .map(|instance| ScalingEdit::ExitStandby { id: instance.id });
    edits.extend(on_standby.map(Edit::Scaling));
    edits
}

/// A group that may sleep, and does at first.
pub(super) fn lullaby(world: &World, random: &mut Random) -> Vec<Edit> {
    let id = scene::group();
    let is_attached = world.scaling_groups_at(scene::pool(1)).next().is_some();
    let mut settings = scene::settings(random);
    (settings.min, settings.max) = (scene::count(0), scene::count(3));
    settings.idle_timeout_s = IdleSeconds::constant::<20>();
    let mut edits = vec![Edit::Scaling(ScalingEdit::EditGroup { id, settings })];
    if !is_attached {
        edits.push(Edit::Scaling(ScalingEdit::Attach {
            group: id,
            attachments: vec![scene::attachment(3, 1)],
            present: PresentInstances::Follow,
            seen: scene::seen_active(),
        }));
    }
    edits.push(scale_to(0, random));
    edits
}

/// The group goes, with everything that it has.
pub(super) fn farewell() -> Edit {
    Edit::Scaling(ScalingEdit::DeleteGroup { id: scene::group(), instances: OnInstances::Remove })
}

fn scale(random: &mut Random) -> Edit {
    let desired = random.below(9);
    scale_to(desired, random)
}

fn scale_to(desired: u64, random: &mut Random) -> Edit {
    Edit::Scaling(ScalingEdit::SetDesired(SetDesired {
        group: scene::group(),
        desired: scene::count(desired),
        activity: random.id().into(),
        cause: Cause::User { id: scene::id::<UserId>(1), name: scene::name("admin") },
        evidence: Vec::new(),
        text: Note::new("wanted"),
    }))
}

/// Without checks a load balancer takes no more instances.
fn toggle_checks(random: &mut Random) -> Edit {
    let number = u128::from(1 + random.below(2));
    let settings = scene::pool_settings(number, random.happens(600));
    Edit::EditPool { id: scene::pool(number), settings }
}

fn attach(random: &mut Random) -> ScalingEdit {
    let number = u128::from(1 + random.below(2));
    let mut new = scene::attachment(number, number);
    new.id = random.id().into();
    ScalingEdit::Attach {
        group: scene::group(),
        attachments: vec![new],
        present: present(random),
        seen: scene::seen_active(),
    }
}

fn detach(world: &World, random: &mut Random) -> ScalingEdit {
    let group = world.scaling_group(scene::group());
    let ids: Vec<_> = group
        .iter()
        .flat_map(|group| &group.attachments)
        .map(|attachment: &Attachment| attachment.id)
        .collect();
    ScalingEdit::Detach {
        group: scene::group(),
        attachments: random.pick(&ids).into_iter().collect(),
        present: present(random),
    }
}

fn present(random: &mut Random) -> PresentInstances {
    if random.happens(500) { PresentInstances::Follow } else { PresentInstances::Stay }
}

fn attach_instance(random: &mut Random) -> Edit {
    let last = u8::try_from(random.below(20)).unwrap_or(0);
    let address = std::net::IpAddr::from([10, 0, 0, last]);
    Edit::Scaling(ScalingEdit::AttachInstance(AttachInstance {
        id: random.id().into(),
        group: scene::group(),
        name: None,
        address: TargetAddress::new(address).ok(),
        port: None,
        reference: None,
        seen: scene::seen_active(),
    }))
}

fn hook(world: &World, random: &mut Random) -> ScalingEdit {
    let group = world.scaling_group(scene::group());
    let ids: Vec<_> = group.iter().flat_map(|group| &group.hooks).map(|hook| hook.id).collect();
    if ids.len() > 1 || (!ids.is_empty() && random.happens(500)) {
        let id = random.pick(&ids).unwrap_or_else(|| random.id().into());
        return ScalingEdit::DeleteHook { id };
    }
    let transition = if random.happens(500) { Transition::Launch } else { Transition::Terminate };
    let default_result =
        if random.happens(700) { HookResult::Continue } else { HookResult::Abandon };
    ScalingEdit::AddHook {
        group: scene::group(),
        id: random.id().into(),
        settings: HookSettings {
            name: scene::name(&format!("hook-{}", random.below(1_000))),
            transition,
            heartbeat_timeout_s: elbow_model::lifecycle_hook::HeartbeatSeconds::constant::<5>(),
            default_result,
            webhook: None,
        },
    }
}

fn complete(world: &World, some: InstanceId, random: &mut Random) -> Edit {
    let waits = world.instance(some).map(|instance: &std::sync::Arc<Instance>| {
        instance.phase.waits().iter().map(|wait| wait.token).collect::<Vec<_>>()
    });
    let token = random.pick(&waits.unwrap_or_default()).unwrap_or_else(|| random.id().into());
    let result = if random.happens(500) { HookResult::Continue } else { HookResult::Abandon };
    Edit::Scaling(ScalingEdit::CompleteHook { instance: some, token, result })
}

fn suspend_or_resume(random: &mut Random) -> ScalingEdit {
    let processes = random.pick(&ScalingProcess::ALL).into_iter().collect();
    let id = scene::group();
    match random.happens(500) {
        true => ScalingEdit::Suspend { id, processes },
        false => ScalingEdit::Resume { id, processes },
    }
}
