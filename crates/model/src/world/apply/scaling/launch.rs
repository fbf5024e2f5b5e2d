//! Rules about how instances come: launched by their group, or attached by a person.

use super::super::authorize;
use super::super::draft::{Draft, not_found, within};
use super::super::{invalid, vip};
use super::{activity, check_active, check_does, membership, template};
use crate::attachment::SeenBalancer;
use crate::change::scaling::AttachInstance;
use crate::instance::{Instance, Origin, Phase};
use crate::member::TargetAddress;
use crate::rejection::{Rejection, ResourceKind};
use crate::scaling_group::{InstanceCount, ScalingGroup, ScalingProcess};
use crate::value::{InstanceId, Note, Port, ScalingGroupId};

pub(super) fn launch(
    draft: &mut Draft,
    id: ScalingGroupId,
    instances: &[InstanceId],
) -> Result<(), Rejection> {
    let group = draft.group(id)?;
    check_active(&group)?;
    check_does(&group, ScalingProcess::ScaleOut)?;
    check_joining(draft, &group, &[])?;
    let Some(launched) = group.template().cloned() else {
        return Err(invalid("template", "the group has no template to launch instances from"));
    };
    template::check_driver(draft, group.project, &launched.settings)?;
    let present = draft.world.counting_instances_of(id) as usize;
    if present.saturating_add(instances.len()) > group.desired.get() as usize {
        let instead = "launch no more than are missing";
        return Err(bound(&group, "desired", group.desired, instead));
    }
    check_caps(draft, &group, instances.len())?;
    let needs_address = launched.settings.launch.driver().needs_address();
    for instance in instances {
        draft.claim(ResourceKind::Instance, *instance, "")?;
        let address = if needs_address { Some(allot(draft, &group)?) } else { None };
        let origin = Origin::Launched { template: launched.version };
        let made = made(draft, &group, *instance, origin, address, launched.settings.port);
        draft.put_instance(made);
    }
    Ok(())
}

pub(super) fn attach(draft: &mut Draft, new: &AttachInstance) -> Result<(), Rejection> {
    let AttachInstance { id, group, name, address, port, reference, seen } = new.clone();
    draft.claim(ResourceKind::Instance, id, "")?;
    let mut group = draft.group(group)?;
    check_active(&group)?;
    check_does(&group, ScalingProcess::ScaleOut)?;
    if address.is_none() && reference.is_none() {
        return Err(invalid("address", "give the address of the server to attach"));
    }
    let before = group.desired;
    let more = InstanceCount::new(i64::from(before.get()) + 1);
    let Some(more) = more.ok().filter(|more| *more <= group.settings.max) else {
        let instead = "raise it, or remove an instance first";
        return Err(bound(&group, "max", group.settings.max, instead));
    };
    check_caps(draft, &group, 1)?;
    check_joining(draft, &group, &seen)?;
    let port = port.or_else(|| group.template()?.settings.port);
    if let Some(address) = address {
        check_address(draft, id, address, port, "address")?;
    }
    group.desired = more;
    let mut instance = made(draft, &group, id, Origin::Attached { name }, address, port);
    instance.reference = reference;
    let text = Note::new(format!("instance {} was attached", described(&instance)));
    draft.put_scaled_group(group.clone());
    if address.is_some() {
        instance.phase = Phase::Joining;
    }
    let joins = instance.phase == Phase::Joining;
    draft.put_instance(instance);
    if joins {
        membership::join(draft, &[id], &group.attachments)?;
    }
    activity::of_instance(draft, &group, before, id, text);
    Ok(())
}

/// The preconditions of every attachment, as instances are to join.
pub(super) fn check_joining(
    draft: &Draft,
    group: &ScalingGroup,
    seen: &[SeenBalancer],
) -> Result<(), Rejection> {
    match draft.world.joining_fault(group, seen) {
        None => Ok(()),
        Some(fault) => Err(Rejection::Attachment { field: "attachments".to_owned(), fault }),
    }
}

/// No two instances have the same address and port.
pub(super) fn check_address(
    draft: &Draft,
    id: InstanceId,
    address: TargetAddress,
    port: Option<Port>,
    field: &str,
) -> Result<(), Rejection> {
    let mut others = draft.world.instances_at(address.get());
    let Some(other) = others.find(|other| other.id != id && other.port == port) else {
        return Ok(());
    };
    let missing = || not_found(ResourceKind::ScalingGroup, other.group);
    let group = draft.world.scaling_group(other.group).ok_or_else(missing)?;
    let (instance, field) = (other.id, field.to_owned());
    let target = match port {
        Some(port) => std::net::SocketAddr::new(address.get(), port.get()).to_string(),
        None => address.get().to_string(),
    };
    if !authorize::sees(draft, &**group) {
        return Err(Rejection::AddressInUse { field, target });
    }
    let group = group.settings.name.clone();
    Err(Rejection::AddressTaken { field, target, instance, group })
}

/// What people call an instance before it is anything else: its address, or what its driver calls it.
pub(super) fn described(instance: &Instance) -> String {
    match (&instance.address, &instance.reference) {
        (Some(address), _) => address.get().to_string(),
        (None, Some(reference)) => reference.to_string(),
        (None, None) => instance.id.to_string(),
    }
}

pub(super) fn bound(
    group: &ScalingGroup,
    bound: &'static str,
    limit: InstanceCount,
    instead: &'static str,
) -> Rejection {
    let name = group.settings.name.clone();
    Rejection::CapacityBound { group: name, bound, limit: limit.get(), instead }
}

/// The hard caps on everything that exists, those on their way out counted.
fn check_caps(draft: &Draft, group: &ScalingGroup, more: usize) -> Result<(), Rejection> {
    let world = &draft.world;
    let of_group = world.instance_count_of(group.id) as usize;
    let of_project = world.instance_count_in(group.project) as usize;
    let most = ScalingGroup::MAX_INSTANCES;
    within(of_group.saturating_add(more), most, "instances in one scaling group")?;
    let quota = draft.quota(group.project).instances;
    within(of_project.saturating_add(more), quota, "instances")?;
    let in_all = ScalingGroup::MAX_INSTANCES_IN_ALL;
    within(world.instance_count().saturating_add(more), in_all, "instances in the deployment")
}

fn allot(draft: &mut Draft, group: &ScalingGroup) -> Result<TargetAddress, Rejection> {
    let missing = || not_found(ResourceKind::Network, group.network);
    let network = draft.world.network(group.network).cloned().ok_or_else(missing)?;
    let address = vip::for_instance(draft, &network, group.project)?;
    TargetAddress::new(address).map_err(|wrong| invalid("network", wrong.0))
}

fn made(
    draft: &mut Draft,
    group: &ScalingGroup,
    id: InstanceId,
    origin: Origin,
    address: Option<TargetAddress>,
    port: Option<Port>,
) -> Instance {
    Instance {
        id,
        number: draft.next_number(|numbers| &mut numbers.instances),
        group: group.id,
        project: group.project,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        origin,
        address,
        port,
        reference: None,
        phase: Phase::Launching,
        phase_since: draft.stamp.at,
        protected: group.settings.protect_new,
        members: Vec::new(),
    }
}
