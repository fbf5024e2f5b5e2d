//! The base World with something to scale: load balancer 6 `app` on 127.77.0.3 with pools 60 `default` and 61 `api`,
//! both checked, listener 6 `http-80`, and group 1 `workers` of 0 to 5 instances in network 1, attached to pool 60
//! (attachment 1). Its template starts a process on port 8080.

use super::super::fixture::*;
use crate::attachment::{Attachment, SeenBalancer, SeenStatus};
use crate::change::scaling::*;
use crate::change::{Edit, NewLoadBalancer};
use crate::health_monitor::{Check, HealthMonitor};
use crate::instance::{Instance, Phase};
use crate::launch_template::*;
use crate::listener::Protocol;
use crate::rejection::Rejection;
use crate::scaling_group::{InstanceCount, ScalingGroupSettings};
use crate::value::{InstanceId, Note};
use crate::world::World;

pub(super) fn count(number: i64) -> InstanceCount {
    InstanceCount::new(number).unwrap()
}

pub(super) fn seen(balancer: u128, status: SeenStatus) -> Vec<SeenBalancer> {
    vec![SeenBalancer { load_balancer: id(balancer), status }]
}

pub(super) fn active() -> Vec<SeenBalancer> {
    seen(6, SeenStatus::Active)
}

pub(super) fn attachment(number: u128, pool: Option<u128>) -> NewAttachment {
    NewAttachment {
        id: id(number),
        load_balancer: id(6),
        pool: pool.map(id),
        port: None,
        weight: Attachment::default_weight(),
    }
}

pub(super) fn settings(called: &str) -> ScalingGroupSettings {
    ScalingGroupSettings::new(name(called), count(0), count(5))
}

pub(super) fn process() -> TemplateSettings {
    let arguments = ["./server", "--port", "{port}"].map(str::to_owned);
    TemplateSettings {
        launch: Launch::Process(ProcessLaunch {
            command: CommandLine::new(arguments.to_vec()).unwrap(),
            env: Environment::default(),
            working_dir: None,
            uid: None,
            limits: ProcessLimits::default(),
        }),
        port: Some(port(8080)),
    }
}

pub(super) fn group(number: u128, called: &str) -> NewScalingGroup {
    NewScalingGroup {
        id: id(number),
        project: id(1),
        network: id(1),
        enabled: true,
        settings: settings(called),
        desired: None,
        template: Some(process()),
        attachments: Vec::new(),
        seen: active(),
    }
}

/// A load balancer with pools `default` and `api`, both checked, and a listener.
pub(super) fn checked_balancer(number: u128, called: &str) -> NewLoadBalancer {
    let checked = |n, called| {
        let mut new = pool(n, called);
        new.settings.health_monitor = Some(HealthMonitor::with_defaults(Check::Tcp));
        new
    };
    NewLoadBalancer {
        pools: vec![checked(number * 10, "default"), checked(number * 10 + 1, "api")],
        listeners: vec![listener(number, Protocol::Http, 80)],
        ..balancer(number, called)
    }
}

pub(super) fn scaled() -> World {
    let world = with(&base(), Edit::CreateLoadBalancer(checked_balancer(6, "app")));
    let attachments = vec![attachment(1, None)];
    with_all(
        &world,
        [ScalingEdit::CreateGroup(NewScalingGroup { attachments, ..group(1, "workers") })],
    )
}

/// The World after edits in one Change that must be taken.
#[track_caller]
pub(super) fn with_all(world: &World, edits: impl IntoIterator<Item = ScalingEdit>) -> World {
    let world = after(world, &change(edits.into_iter().map(Edit::Scaling).collect()));
    super::super::invariants::check_invariants(&world);
    world
}

#[track_caller]
pub(super) fn refused(world: &World, edit: ScalingEdit) -> Rejection {
    refusal(world, Edit::Scaling(edit))
}

pub(super) fn desired(number: i64, activity: u128) -> ScalingEdit {
    let cause = crate::activity::Cause::User { id: id(1), name: name("admin") };
    ScalingEdit::SetDesired(SetDesired {
        group: id(1),
        desired: count(number),
        activity: id(activity),
        cause,
        evidence: Vec::new(),
        text: Note::new("wanted"),
    })
}

pub(super) fn launch(instances: impl IntoIterator<Item = u128>) -> ScalingEdit {
    let instances = instances.into_iter().map(id).collect();
    ScalingEdit::Launch { group: id(1), instances }
}

pub(super) fn step(instance: u128, step: InstanceStep) -> ScalingEdit {
    ScalingEdit::Step { instance: id(instance), step }
}

pub(super) fn launched() -> InstanceStep {
    InstanceStep::Launched { address: None, port: None, reference: None, tokens: Vec::new() }
}

pub(super) fn join() -> InstanceStep {
    InstanceStep::Join { seen: active() }
}

/// `workers` with these instances in service.
pub(super) fn serving(instances: std::ops::RangeInclusive<u128>) -> World {
    let many = i64::try_from(instances.clone().count()).unwrap();
    let world = with_all(&scaled(), [desired(many, 1), launch(instances.clone())]);
    let steps = [launched(), join(), InstanceStep::Serve];
    let all = instances.flat_map(|n| steps.clone().map(|s| step(n, s)));
    with_all(&world, all)
}

/// A server that a person attaches.
pub(super) fn by_hand(number: u128, address: &str) -> ScalingEdit {
    ScalingEdit::AttachInstance(AttachInstance {
        id: id(number),
        group: id(1),
        name: None,
        address: Some(crate::member::TargetAddress::new(ip(address)).unwrap()),
        port: None,
        reference: None,
        seen: active(),
    })
}

pub(super) fn instance(world: &World, number: u128) -> &Instance {
    world.instance(id::<InstanceId>(number)).expect("it is there")
}

pub(super) fn phase(world: &World, number: u128) -> &Phase {
    &instance(world, number).phase
}

/// `address weight effective-weight` of each member of a pool.
pub(super) fn members(world: &World, pool: u128) -> Vec<String> {
    let balancer = world.of_pool(id(pool)).expect("it is there");
    let members = &balancer.pool(id(pool)).expect("it is there").members;
    let shown = |m: &std::sync::Arc<crate::member::Member>| {
        let port = m.settings.port.map_or(String::new(), |port| format!(":{port}"));
        let address = m.settings.address.get();
        format!("{address}{port} {} {}", m.settings.weight, m.effective_weight())
    };
    members.iter().map(shown).collect()
}
