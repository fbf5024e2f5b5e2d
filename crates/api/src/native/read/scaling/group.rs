//! Reads scaling groups.

use std::collections::{BTreeMap, BTreeSet};

use elbow_model::change::scaling::NewScalingGroup;
use elbow_model::launch_template::TemplateSettings;
use elbow_model::notification::{Notification, NotificationEvent, Notifications};
use elbow_model::rejection::Rejection;
use elbow_model::rights::Asker;
use elbow_model::scaling_group::{
    CooldownSeconds, DrainSeconds, GraceSeconds, GroupStatus, HealthCheckKind, IdleSeconds,
    InstanceCount, RemovalPolicies, RemovalPolicy, ScalingGroup, ScalingGroupSettings,
    ScalingProcess, WakeQueue, WakeSeconds, WarmUpSeconds,
};
use elbow_model::value::{Description, NetworkId, ScalingGroupId, Tags};
use elbow_model::world::World;
use uuid::Uuid;

use super::super::{READ_ONLY, bounded, description, name, no_name, reference};
use super::attachment::{self, Named};
use super::template;
use crate::decode::{At, Fields};

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("number", READ_ONLY),
    ("status", READ_ONLY),
    ("breaker", READ_ONLY),
    ("instances", READ_ONLY),
    ("wake", READ_ONLY),
    ("suspended", "has actions of its own: POST .. /suspend and /resume"),
    ("owner", READ_ONLY),
    ("project", "is the session's; name another in the header Elbow-Project"),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

/// The network of groups that name none.
const DEFAULT_NETWORK: &str = "default";

const HEALTH_CHECKS: &[(&str, HealthCheckKind)] =
    &[("INSTANCE", HealthCheckKind::Instance), ("LOAD_BALANCER", HealthCheckKind::LoadBalancer)];

const REMOVAL_POLICIES: &[(&str, RemovalPolicy)] = &[
    ("CHEAPEST_TO_DRAIN", RemovalPolicy::CheapestToDrain),
    ("OLDEST_INSTANCE", RemovalPolicy::OldestInstance),
    ("NEWEST_INSTANCE", RemovalPolicy::NewestInstance),
    ("OLDEST_TEMPLATE", RemovalPolicy::OldestTemplate),
];

const PROCESSES: &[(&str, ScalingProcess)] = &[
    ("SCALE_OUT", ScalingProcess::ScaleOut),
    ("SCALE_IN", ScalingProcess::ScaleIn),
    ("HEALTH_CHECK", ScalingProcess::HealthCheck),
    ("POLICIES", ScalingProcess::Policies),
    ("SCHEDULES", ScalingProcess::Schedules),
];

const EVENTS: &[(&str, NotificationEvent)] = &[
    ("ACTIVITY_STARTED", NotificationEvent::ActivityStarted),
    ("ACTIVITY_SUCCESSFUL", NotificationEvent::ActivitySuccessful),
    ("ACTIVITY_FAILED", NotificationEvent::ActivityFailed),
    ("ACTIVITY_REJECTED", NotificationEvent::ActivityRejected),
    ("ACTIVITY_NOT_SCALED", NotificationEvent::ActivityNotScaled),
    ("ACTIVITY_CANCELLED", NotificationEvent::ActivityCancelled),
    ("BREAKER_OPENED", NotificationEvent::BreakerOpened),
    ("BREAKER_CLOSED", NotificationEvent::BreakerClosed),
];

/// A patch onto a group: what is different, by kind of edit.
#[derive(Debug)]
pub(in crate::native) struct Patch {
    pub(in crate::native) settings: ScalingGroupSettings,
    pub(in crate::native) desired: Option<InstanceCount>,
    pub(in crate::native) template: Option<TemplateSettings>,
    pub(in crate::native) enabled: Option<bool>,
    /// The network that the group would be in.
    pub(in crate::native) network: NetworkId,
}

/// A group to create, and what it is to be attached to, which is the caller's to look at.
#[derive(Debug)]
pub(in crate::native) struct New {
    pub(in crate::native) group: NewScalingGroup,
    pub(in crate::native) named: Vec<Named>,
}

/// Reads a group to create.
pub(in crate::native) fn new(
    fields: Fields<'_>,
    world: &World,
    asker: Asker,
    id: ScalingGroupId,
) -> New {
    let called = fields.required("name", name).unwrap_or_else(no_name);
    let none = InstanceCount::constant::<0>();
    let min = fields.required("min", bounded).unwrap_or(none);
    let max = fields.required("max", bounded).unwrap_or(none);
    let mut settings = ScalingGroupSettings::new(called, min, max);
    read_rest(&fields, &mut settings);
    let mut enabled = true;
    fields.set_or("enabled", &mut enabled, true, |at| at.boolean());
    let network = match fields.present("network") {
        Some(at) => reference::network(at, world, asker.project),
        None => match reference::find_network(world, asker.project, DEFAULT_NETWORK) {
            Some(network) => Some(network.id),
            None => fields.wrong("network", "is missing; there is no network `default` to use"),
        },
    };
    let network = network.unwrap_or_else(|| NetworkId::from(Uuid::nil()));
    let read = |at| attachment::list(at, world, asker);
    let named = fields.present("attachments").and_then(read).unwrap_or_default();
    let group = NewScalingGroup {
        id,
        project: asker.project,
        network,
        enabled,
        settings,
        desired: fields.present("desired").and_then(bounded),
        template: fields.present("template").and_then(|at| template::new(&at)),
        attachments: named.iter().cloned().map(Named::new_attachment).collect(),
        seen: Vec::new(),
    };
    fields.finish(HINTS);
    New { group, named }
}

/// Reads a patch onto a group.
pub(in crate::native) fn patch(fields: Fields<'_>, world: &World, group: &ScalingGroup) -> Patch {
    let mut settings = group.settings.clone();
    fields.set("name", &mut settings.name, name);
    fields.set("min", &mut settings.min, bounded);
    fields.set("max", &mut settings.max, bounded);
    read_rest(&fields, &mut settings);
    let network =
        fields.present("network").and_then(|at| reference::network(at, world, group.project));
    let patch = Patch {
        settings,
        desired: fields.present("desired").and_then(bounded),
        template: fields.present("template").and_then(|at| template::patch(&at, group.template())),
        enabled: fields.present("enabled").and_then(|at| at.boolean()),
        network: network.unwrap_or(group.network),
    };
    let mut hints = HINTS.to_vec();
    let paths = "has paths of its own: POST .. /attach-load-balancers, /detach-load-balancers, /attach-vserver-groups and /detach-vserver-groups";
    hints.push(("attachments", paths));
    fields.finish(&hints);
    patch
}

impl Patch {
    /// Refuses to move a group to another network.
    pub(in crate::native) fn check_network(&self, group: &ScalingGroup) -> Result<(), Rejection> {
        if self.network == group.network {
            return Ok(());
        }
        Err(Rejection::NetworkTypeImmutable { group: group.settings.name.clone() })
    }

    /// Whether the group shall be switched on or off, and is not.
    pub(in crate::native) fn switch(&self, group: &ScalingGroup) -> Option<bool> {
        self.enabled.filter(|enabled| *enabled != (group.status == GroupStatus::Active))
    }
}

/// Reads `{"desired": 3}`.
pub(in crate::native) fn desired(fields: Fields<'_>) -> InstanceCount {
    let desired = fields.required("desired", bounded);
    fields.finish(&[]);
    desired.unwrap_or(InstanceCount::constant::<0>())
}

/// Reads `{"processes": [..]}`; all of them if none are given.
pub(in crate::native) fn processes(fields: Fields<'_>) -> BTreeSet<ScalingProcess> {
    let one = |at: At<'_>| at.choice("process", PROCESSES);
    let read = |at: At<'_>| at.list_of(PROCESSES.len(), one);
    let given = fields.present("processes").map(|at| read(at).unwrap_or_default());
    fields.finish(&[]);
    given.unwrap_or_else(|| ScalingProcess::ALL.to_vec()).into_iter().collect()
}

fn read_rest(fields: &Fields<'_>, settings: &mut ScalingGroupSettings) {
    fields.set_or("description", &mut settings.description, Description::default(), description);
    let before = settings.tags.as_map().clone();
    fields.set_or("tags", &mut settings.tags, Tags::default(), |at| tags(&at, before));
    let usual = ScalingGroupSettings::new(settings.name.clone(), settings.min, settings.max);
    let cooldown: CooldownSeconds = usual.cooldown_s;
    fields.set_or("cooldown_s", &mut settings.cooldown_s, cooldown, bounded);
    let drain: DrainSeconds = usual.drain_timeout_s;
    fields.set_or("drain_timeout_s", &mut settings.drain_timeout_s, drain, bounded);
    let grace: GraceSeconds = usual.health_grace_s;
    fields.set_or("health_grace_s", &mut settings.health_grace_s, grace, bounded);
    let warm_up: WarmUpSeconds = usual.warm_up_s;
    fields.set_or("warm_up_s", &mut settings.warm_up_s, warm_up, bounded);
    let idle: IdleSeconds = usual.idle_timeout_s;
    fields.set_or("idle_timeout_s", &mut settings.idle_timeout_s, idle, bounded);
    let wake: WakeSeconds = usual.wake_timeout_s;
    fields.set_or("wake_timeout_s", &mut settings.wake_timeout_s, wake, bounded);
    let queue: WakeQueue = usual.wake_queue_max;
    fields.set_or("wake_queue_max", &mut settings.wake_queue_max, queue, bounded);
    fields.set_or("health_check", &mut settings.health_check, usual.health_check, |at| {
        at.choice("health check", HEALTH_CHECKS)
    });
    let policies = usual.removal_policies;
    fields.set_or("removal_policies", &mut settings.removal_policies, policies, |at| {
        let one = |at: At<'_>| at.choice("removal policy", REMOVAL_POLICIES);
        let read = at.list_of(RemovalPolicy::ALL.len(), one)?;
        at.taken(RemovalPolicies::new(read))
    });
    let flag = |at: At<'_>| at.boolean();
    fields.set_or("deletion_protection", &mut settings.deletion_protection, false, flag);
    fields.set_or("protect_new", &mut settings.protect_new, false, flag);
    let nobody = Notifications::default();
    fields.set_or("notifications", &mut settings.notifications, nobody, |at| notifications(&at));
}

/// Who is told; of everything if no events are named.
fn notifications(at: &At<'_>) -> Option<Notifications> {
    let one = |at: At<'_>| {
        let fields = at.object()?;
        let url = fields.required("url", |at| at.checked(str::parse));
        let every = NotificationEvent::ALL.into_iter().collect();
        let mut events: BTreeSet<NotificationEvent> = every;
        let all = events.clone();
        fields.set_or("events", &mut events, all, |at| {
            let named = at.list_of(EVENTS.len(), |at| at.choice("event", EVENTS))?;
            Some(named.into_iter().collect())
        });
        fields.finish(&[]);
        Some(Notification { url: url?, events })
    };
    let read = at.list_of(Notifications::MAX, one)?;
    at.taken(Notifications::new(read))
}

fn tags(at: &At<'_>, mut tags: BTreeMap<String, String>) -> Option<Tags> {
    for (key, at) in at.entries()? {
        if at.is_null() {
            tags.remove(key);
        } else {
            tags.insert(key.to_owned(), at.text()?.to_owned());
        }
    }
    at.taken(Tags::new(tags))
}
