//! Scaling groups as the native dialect shows them.

use std::collections::BTreeMap;

use elbow_model::attachment as attachments;
use elbow_model::instance::InstanceStatus;
use elbow_model::notification;
use elbow_model::scaling_group::{self as model, Breaker, GroupStatus, ScalingGroupSettings};
use elbow_model::wake::Wakefulness;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{Reference, View};
use super::template::Template;
use super::words;

/// Instances that come and go by themselves behind load balancers.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::native) struct ScalingGroup {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    /// Unique among the project's groups.
    name: String,
    #[schema(required = false)]
    description: String,
    #[schema(required = false)]
    tags: BTreeMap<String, String>,
    #[schema(read_only)]
    status: words::GroupStatus,
    /// Whether it acts.
    #[schema(required = false, default = true)]
    enabled: bool,
    /// Where its instances are; fixed at creation.
    #[schema(required = false)]
    network: Reference,
    /// The fewest instances.
    min: u32,
    /// The most instances.
    max: u32,
    /// How many there shall be; `min` if not given.
    #[schema(required = false)]
    desired: u32,
    /// How long policies rest after one changed `desired`.
    #[schema(required = false, default = 30)]
    cooldown_s: u32,
    #[schema(required = false)]
    health_check: words::HealthCheckKind,
    /// Each decides among those that the one before left.
    #[schema(required = false)]
    removal_policies: Vec<words::RemovalPolicy>,
    /// How long an instance that leaves may finish what it has in flight.
    #[schema(required = false, default = 300)]
    drain_timeout_s: u32,
    /// How long a new instance may take until its checks count against it.
    #[schema(required = false, default = 60)]
    health_grace_s: u32,
    /// How long a new instance counts only in part as capacity.
    #[schema(required = false, default = 0)]
    warm_up_s: u32,
    /// With a `min` of 0: after how long without any request the last instances go; 0 for never.
    #[schema(required = false, default = 300)]
    idle_timeout_s: u32,
    /// With a `min` of 0: how long a request waits for an instance that starts.
    #[schema(required = false, default = 60)]
    wake_timeout_s: u32,
    /// With a `min` of 0: how many requests wait so in each pool and proxy; 0 if requests do not wake the group.
    #[schema(required = false, default = 500)]
    wake_queue_max: u32,
    #[schema(required = false, default = false)]
    deletion_protection: bool,
    /// Whether new instances are protected from scale-in.
    #[schema(required = false, default = false)]
    protect_new: bool,
    /// Who is told by a webhook of what the group does.
    #[schema(required = false)]
    notifications: Vec<Notification>,
    template: Option<Template>,
    /// The pools that its instances join.
    #[schema(required = false)]
    attachments: Vec<Attachment>,
    /// What it must not do for now.
    #[schema(read_only)]
    suspended: Vec<words::ScalingProcess>,
    #[schema(read_only)]
    breaker: BreakerState,
    #[schema(read_only)]
    instances: InstanceCounts,
    #[schema(read_only)]
    wake: WakeState,
    #[schema(read_only)]
    owner: Reference,
    #[schema(read_only)]
    project: Reference,
    /// Scaling does not move it.
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// That a group's instances join a pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Attachment {
    #[schema(read_only)]
    id: String,
    load_balancer: Reference,
    /// The default pool if not given.
    #[schema(required = false)]
    pool: Reference,
    /// The template's port, then each listener's own one, if null.
    port: Option<u16>,
    /// What new members get.
    #[schema(required = false, default = 50)]
    weight: u16,
}

/// A web service that is told of what a group does. It is asked as those of lifecycle hooks are, signed, and again for
/// some minutes until it has taken it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Notification {
    url: String,
    /// Of what; all if not given.
    #[schema(required = false)]
    events: Vec<words::NotificationEvent>,
}

impl From<&notification::Notification> for Notification {
    fn from(one: &notification::Notification) -> Self {
        let notification::Notification { url, events } = one;
        Self { url: url.to_string(), events: events.iter().map(|event| (*event).into()).collect() }
    }
}

/// What stops a group whose launches keep failing.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::native) struct BreakerState {
    /// Launches that failed in a row.
    failures: u32,
    /// When one more is tried; null while launches go on.
    open_until: Option<String>,
}

/// Whether the group sleeps, and what wakes it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::native) struct WakeState {
    state: WakeWord,
    /// Why no request can wake it for now.
    reason: Option<String>,
    /// Requests and connections that wait for an instance.
    waiting: u64,
}

/// Where a group is between asleep and awake.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum WakeWord {
    /// Requests do not wake it: its `min` is above 0, it has no attachment or no template, or `wake_queue_max` is 0.
    #[default]
    Never,
    /// It has no instance; the first request starts one.
    Asleep,
    /// Instances are on their way, and none serves yet.
    Waking,
    /// Instances serve.
    Awake,
    /// It has no instance that serves, and no request can start one for now.
    Hindered,
}

/// How many instances there are, by status.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::native) struct InstanceCounts {
    total: u64,
    pending: u64,
    pending_wait: u64,
    in_service: u64,
    standby: u64,
    removing: u64,
    removing_wait: u64,
    protected: u64,
}

impl ScalingGroup {
    pub(in crate::native) fn new(group: &model::ScalingGroup, view: View<'_>) -> Self {
        let model::ScalingGroup {
            id,
            number,
            owner,
            project,
            created_at,
            updated_at,
            revision,
            network,
            status,
            settings,
            desired,
            templates: _,
            attachments,
            policies: _,
            schedules: _,
            hooks: _,
            suspended,
            breaker,
            last_scaled: _,
        } = group;
        Self {
            id: id.to_string(),
            number: number.0,
            status: (*status).into(),
            enabled: *status == GroupStatus::Active,
            network: view.network(*network),
            desired: desired.get(),
            template: group.template().map(Template::from),
            attachments: attachments.iter().map(|a| Attachment::new(a, view)).collect(),
            suspended: suspended.iter().map(|process| (*process).into()).collect(),
            breaker: (*breaker).into(),
            instances: InstanceCounts::of(group, view),
            wake: WakeState::of(group, view),
            owner: view.user(*owner),
            project: view.project(*project),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            ..Self::of_settings(settings)
        }
    }

    /// What people edit of a group itself; whoever calls this adds the rest.
    fn of_settings(settings: &ScalingGroupSettings) -> Self {
        let ScalingGroupSettings {
            name,
            description,
            tags,
            min,
            max,
            cooldown_s,
            health_check,
            removal_policies,
            drain_timeout_s,
            health_grace_s,
            warm_up_s,
            idle_timeout_s,
            wake_timeout_s,
            wake_queue_max,
            deletion_protection,
            protect_new,
            notifications,
        } = settings;
        Self {
            name: name.to_string(),
            description: description.as_str().to_owned(),
            tags: tags.as_map().clone(),
            min: min.get(),
            max: max.get(),
            cooldown_s: cooldown_s.get(),
            health_check: (*health_check).into(),
            removal_policies: removal_policies.as_slice().iter().map(|p| (*p).into()).collect(),
            drain_timeout_s: drain_timeout_s.get(),
            health_grace_s: health_grace_s.get(),
            warm_up_s: warm_up_s.get(),
            idle_timeout_s: idle_timeout_s.get(),
            wake_timeout_s: wake_timeout_s.get(),
            wake_queue_max: wake_queue_max.get(),
            deletion_protection: *deletion_protection,
            protect_new: *protect_new,
            notifications: notifications.as_slice().iter().map(Notification::from).collect(),
            ..Self::default()
        }
    }
}

impl Attachment {
    fn new(attachment: &attachments::Attachment, view: View<'_>) -> Self {
        let attachments::Attachment { id, created_at: _, load_balancer, pool, port, weight } =
            attachment;
        Self {
            id: id.to_string(),
            load_balancer: view.load_balancer(*load_balancer),
            pool: view.pool(*pool),
            port: port.map(|port| port.get()),
            weight: weight.get(),
        }
    }
}

impl From<Breaker> for BreakerState {
    fn from(breaker: Breaker) -> Self {
        let failures = breaker.failures();
        match breaker {
            Breaker::Closed { failures: _ } => Self { failures, open_until: None },
            Breaker::Open { failures: _, until } => {
                Self { failures, open_until: Some(until.to_string()) }
            }
        }
    }
}

impl WakeState {
    fn of(group: &model::ScalingGroup, view: View<'_>) -> Self {
        let (state, reason) = match view.world.wakefulness(group) {
            Wakefulness::Never => (WakeWord::Never, None),
            Wakefulness::Asleep => (WakeWord::Asleep, None),
            Wakefulness::Waking => (WakeWord::Waking, None),
            Wakefulness::Awake => (WakeWord::Awake, None),
            Wakefulness::Hindered(why) => (WakeWord::Hindered, Some(why.to_string())),
        };
        Self { state, reason, waiting: view.world.waiting_for(group, view.observed).count }
    }
}

impl InstanceCounts {
    pub(super) fn of(group: &model::ScalingGroup, view: View<'_>) -> Self {
        let mut counts = Self::default();
        for instance in view.world.instances_of(group.id) {
            counts.total += 1;
            counts.protected += u64::from(instance.protected);
            *match instance.status() {
                InstanceStatus::Pending => &mut counts.pending,
                InstanceStatus::PendingWait => &mut counts.pending_wait,
                InstanceStatus::InService => &mut counts.in_service,
                InstanceStatus::Standby => &mut counts.standby,
                InstanceStatus::Removing => &mut counts.removing,
                InstanceStatus::RemovingWait => &mut counts.removing_wait,
            } += 1;
        }
        counts
    }
}
