//! Scaling groups: instances that come and go by themselves behind load balancers.
//!
//! A group with its template, attachments, policies, schedules and hooks is one record; its instances and activities are
//! records of their own, so that a step of one instance writes little.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::attachment::Attachment;
use crate::launch_template::{LaunchTemplate, TemplateVersion};
use crate::lifecycle_hook::{LifecycleHook, Transition};
use crate::notification::Notifications;
use crate::policy::Policy;
use crate::schedule::Schedule;
use crate::value::{
    AttachmentId, Bounded, Description, HookId, Invalid, Name, NetworkId, Number, PolicyId, PoolId,
    ProjectId, Revision, ScalingGroupId, ScheduleId, Tags, Timestamp, UserId,
};

/// A scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingGroup {
    /// What APIs call it.
    pub id: ScalingGroupId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// Who created it.
    pub owner: UserId,
    /// Where it belongs.
    pub project: ProjectId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When what people edit of it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed what people edit of it. Scaling does not move it: who edits a group while it
    /// scales is not told that somebody else did.
    pub revision: Revision,
    /// Where its instances are; fixed at creation.
    pub network: NetworkId,
    /// Whether it acts.
    pub status: GroupStatus,
    /// What users can edit.
    pub settings: ScalingGroupSettings,
    /// How many instances it shall have; between its min and max, but while it is being deleted.
    pub desired: InstanceCount,
    /// The templates that instances are of, oldest first; the last one is for new instances. Empty for a group that
    /// only has instances which people attach.
    pub templates: Vec<LaunchTemplate>,
    /// What its instances join, in the order of attaching.
    pub attachments: Vec<Attachment>,
    /// What changes `desired` by load, in the order of creation.
    pub policies: Vec<Policy>,
    /// What changes `desired` and its bounds by time, in the order of creation.
    pub schedules: Vec<Schedule>,
    /// Where its instances wait, in the order of creation.
    pub hooks: Vec<LifecycleHook>,
    /// What it must not do for now.
    pub suspended: BTreeSet<ScalingProcess>,
    /// Whether it still launches after failures.
    pub breaker: Breaker,
    /// When policies last changed `desired`.
    pub last_scaled: LastScaled,
}

/// Whether a group acts.
///
/// ```text
///   (created) --> Active <--> Inactive
///                   |            |
///                   +--> Deleting <--+   goes with its last instance
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupStatus {
    /// It launches, heals and scales.
    Active,
    /// What it began goes on to its end; nothing new begins. Instances stay in service.
    Inactive,
    /// All its instances are on their way out.
    Deleting,
}

impl fmt::Display for GroupStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Deleting => "DELETING",
        })
    }
}

/// What users can edit on a group itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingGroupSettings {
    /// Unique among the project's groups.
    pub name: Name,
    /// Free text.
    pub description: Description,
    /// Labels.
    pub tags: Tags,
    /// The fewest instances.
    pub min: InstanceCount,
    /// The most instances.
    pub max: InstanceCount,
    /// How long after a policy changed `desired` policies do not change it again, where they don't say.
    pub cooldown_s: CooldownSeconds,
    /// What tells that an instance is broken.
    pub health_check: HealthCheckKind,
    /// Whom a scale-in takes: each decides among those that the one before left.
    pub removal_policies: RemovalPolicies,
    /// How long an instance that leaves may finish what it has in flight.
    pub drain_timeout_s: DrainSeconds,
    /// How long a new instance may take until its checks count against it.
    pub health_grace_s: GraceSeconds,
    /// How long a new instance counts only in part as capacity, where policies don't say.
    pub warm_up_s: WarmUpSeconds,
    /// With a min of 0: after how long without any request the last instances go; 0 for never.
    #[serde(default = "usual_idle_timeout")]
    pub idle_timeout_s: IdleSeconds,
    /// With a min of 0: how long a request waits for an instance that starts.
    #[serde(default = "usual_wake_timeout")]
    pub wake_timeout_s: WakeSeconds,
    /// With a min of 0: how many requests wait so in each pool and proxy; 0 if requests do not wake the group.
    #[serde(default = "usual_wake_queue")]
    pub wake_queue_max: WakeQueue,
    /// Whether a delete is refused.
    pub deletion_protection: bool,
    /// Whether new instances are protected from scale-in.
    pub protect_new: bool,
    /// Who is told of what it does.
    #[serde(default)]
    pub notifications: Notifications,
}

/// A number of instances of one group.
pub type InstanceCount = Bounded<0, 1_000>;
/// How long policies rest, in seconds.
pub type CooldownSeconds = Bounded<0, 86_400>;
/// How long an instance drains, in seconds.
pub type DrainSeconds = Bounded<0, 86_400>;
/// How long an instance may take to become healthy, in seconds.
pub type GraceSeconds = Bounded<1, 86_400>;
/// How long an instance warms up, in seconds.
pub type WarmUpSeconds = Bounded<0, 86_400>;
/// How long nothing is asked of a group until its last instances go, in seconds.
pub type IdleSeconds = Bounded<0, 86_400>;
/// How long a request waits for an instance, in seconds.
pub type WakeSeconds = Bounded<1, 600>;
/// How many requests wait for an instance.
pub type WakeQueue = Bounded<0, 10_000>;

fn usual_idle_timeout() -> IdleSeconds {
    IdleSeconds::constant::<300>()
}

fn usual_wake_timeout() -> WakeSeconds {
    WakeSeconds::constant::<60>()
}

fn usual_wake_queue() -> WakeQueue {
    WakeQueue::constant::<500>()
}

impl ScalingGroupSettings {
    /// A group with default settings.
    pub fn new(name: Name, min: InstanceCount, max: InstanceCount) -> Self {
        Self {
            name,
            description: Description::default(),
            tags: Tags::default(),
            min,
            max,
            cooldown_s: CooldownSeconds::constant::<30>(),
            health_check: HealthCheckKind::LoadBalancer,
            removal_policies: RemovalPolicies::default(),
            drain_timeout_s: DrainSeconds::constant::<300>(),
            health_grace_s: GraceSeconds::constant::<60>(),
            warm_up_s: WarmUpSeconds::constant::<0>(),
            idle_timeout_s: usual_idle_timeout(),
            wake_timeout_s: usual_wake_timeout(),
            wake_queue_max: usual_wake_queue(),
            deletion_protection: false,
            protect_new: false,
            notifications: Notifications::default(),
        }
    }
}

/// What tells that an instance is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthCheckKind {
    /// Its driver: it does not run.
    Instance,
    /// Its driver, or the health check of a pool that it is in.
    LoadBalancer,
}

impl fmt::Display for HealthCheckKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Instance => "INSTANCE",
            Self::LoadBalancer => "LOAD_BALANCER",
        })
    }
}

/// Whom a scale-in takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalPolicy {
    /// Who has the least in flight, so that it is gone soonest and disturbs the least.
    CheapestToDrain,
    /// Who was created first.
    OldestInstance,
    /// Who was created last.
    NewestInstance,
    /// Who is of the oldest launch template; those that people attached come last.
    OldestTemplate,
}

impl RemovalPolicy {
    /// Every policy, in the order that documents list them.
    pub const ALL: [Self; 4] =
        [Self::CheapestToDrain, Self::OldestInstance, Self::NewestInstance, Self::OldestTemplate];
}

impl fmt::Display for RemovalPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CheapestToDrain => "CHEAPEST_TO_DRAIN",
            Self::OldestInstance => "OLDEST_INSTANCE",
            Self::NewestInstance => "NEWEST_INSTANCE",
            Self::OldestTemplate => "OLDEST_TEMPLATE",
        })
    }
}

/// Removal policies in their order: 1 to 4 different ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RemovalPolicy>", into = "Vec<RemovalPolicy>")]
pub struct RemovalPolicies(Vec<RemovalPolicy>);

impl RemovalPolicies {
    /// Checks and takes policies.
    pub fn new(policies: Vec<RemovalPolicy>) -> Result<Self, Invalid> {
        let different: BTreeSet<RemovalPolicy> = policies.iter().copied().collect();
        if policies.is_empty() || different.len() != policies.len() {
            let most = RemovalPolicy::ALL.len();
            return Err(Invalid::new(format!("give 1 to {most} different removal policies")));
        }
        Ok(Self(policies))
    }

    /// The policies, the deciding one first.
    pub fn as_slice(&self) -> &[RemovalPolicy] {
        &self.0
    }
}

impl Default for RemovalPolicies {
    fn default() -> Self {
        Self(vec![RemovalPolicy::CheapestToDrain])
    }
}

impl TryFrom<Vec<RemovalPolicy>> for RemovalPolicies {
    type Error = Invalid;

    fn try_from(policies: Vec<RemovalPolicy>) -> Result<Self, Invalid> {
        Self::new(policies)
    }
}

impl From<RemovalPolicies> for Vec<RemovalPolicy> {
    fn from(policies: RemovalPolicies) -> Self {
        policies.0
    }
}

/// What a group does by itself, each of which can be suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScalingProcess {
    /// Launching instances.
    ScaleOut,
    /// Removing instances that are more than desired.
    ScaleIn,
    /// Replacing instances that are broken.
    HealthCheck,
    /// Following policies.
    Policies,
    /// Following schedules.
    Schedules,
}

impl ScalingProcess {
    /// Every process, in the order that documents list them.
    pub const ALL: [Self; 5] =
        [Self::ScaleOut, Self::ScaleIn, Self::HealthCheck, Self::Policies, Self::Schedules];
}

impl fmt::Display for ScalingProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ScaleOut => "SCALE_OUT",
            Self::ScaleIn => "SCALE_IN",
            Self::HealthCheck => "HEALTH_CHECK",
            Self::Policies => "POLICIES",
            Self::Schedules => "SCHEDULES",
        })
    }
}

/// Keeps a template that never works from being launched for ever.
///
/// ```text
///   Closed {0} --failure--> Closed {n} --too many--> Open {until} --until--> one more try
///       ^------------------ success ----------------------------------------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Instances are launched.
    Closed {
        /// Launches that failed in a row.
        failures: u32,
    },
    /// None is launched for now.
    Open {
        /// Launches that failed in a row.
        failures: u32,
        /// When one more is tried.
        until: Timestamp,
    },
}

impl Breaker {
    /// After a success, or a new template.
    pub const RESET: Self = Self::Closed { failures: 0 };

    /// Failures in a row after which the group rests.
    pub const TRIES: u32 = 3;
    /// The first rest.
    pub const FIRST_REST: Duration = Duration::from_secs(10);
    /// The longest rest.
    pub const LONGEST_REST: Duration = Duration::from_secs(900);

    /// After one more failure: after a few of them in a row the group rests, each time twice as long.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Self {
        let failures = self.failures().saturating_add(1);
        match failures.checked_sub(Self::TRIES) {
            None => Self::Closed { failures },
            Some(doublings) => {
                let rest = Self::FIRST_REST.saturating_mul(1 << doublings.min(16));
                Self::Open { failures, until: now.after(rest.min(Self::LONGEST_REST)) }
            }
        }
    }

    /// Launches that failed in a row.
    pub fn failures(self) -> u32 {
        match self {
            Self::Closed { failures } | Self::Open { failures, until: _ } => failures,
        }
    }
}

/// When policies last changed `desired`; cooldowns count from there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastScaled {
    /// Upwards.
    pub out_at: Option<Timestamp>,
    /// Downwards.
    pub in_at: Option<Timestamp>,
}

/// Which way a group's count goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// More instances.
    Out,
    /// Fewer.
    In,
}

impl LastScaled {
    /// Until when policies with so long a cooldown do not change the count that way. Growing waits only for what
    /// growing did: a need after a shrink is to be met at once.
    pub fn rests_until(self, way: Way, cooldown: Duration) -> Option<Timestamp> {
        let last = match way {
            Way::Out => self.out_at,
            Way::In => self.out_at.max(self.in_at),
        };
        last.map(|last| last.after(cooldown))
    }
}

impl ScalingGroup {
    /// The most policies of a group.
    pub const MAX_POLICIES: u32 = 20;
    /// The most schedules of a group.
    pub const MAX_SCHEDULES: u32 = 50;
    /// The most lifecycle hooks of a group.
    pub const MAX_HOOKS: u32 = 10;
    /// The most template versions that instances of a group are of at a time.
    pub const MAX_TEMPLATES: u32 = 32;
    /// The most activities that are kept of a group; beyond that the oldest fall off.
    pub const MAX_ACTIVITIES: usize = 500;
    /// The most instances of a group, those on their way out counted.
    pub const MAX_INSTANCES: u32 = 1_000;
    /// The most instances of a deployment, over all groups.
    pub const MAX_INSTANCES_IN_ALL: u32 = 10_000;

    /// The template for new instances.
    pub fn template(&self) -> Option<&LaunchTemplate> {
        self.templates.last()
    }

    /// The template of this version, if an instance may still be of it.
    pub fn template_of(&self, version: TemplateVersion) -> Option<&LaunchTemplate> {
        self.templates.iter().find(|template| template.version == version)
    }

    /// The attachment with this id.
    pub fn attachment(&self, id: AttachmentId) -> Option<&Attachment> {
        self.attachments.iter().find(|attachment| attachment.id == id)
    }

    /// The attachments to a pool.
    pub fn attachments_to(&self, pool: PoolId) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(move |attachment| attachment.pool == pool)
    }

    /// The policy with this id.
    pub fn policy(&self, id: PolicyId) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    /// The schedule with this id.
    pub fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.id == id)
    }

    /// The hook with this id.
    pub fn hook(&self, id: HookId) -> Option<&LifecycleHook> {
        self.hooks.iter().find(|hook| hook.id == id)
    }

    /// The hooks that instances pass on this way, in the order of creation.
    pub fn hooks_of(&self, transition: Transition) -> impl Iterator<Item = &LifecycleHook> {
        self.hooks.iter().filter(move |hook| hook.settings.transition == transition)
    }

    /// Whether it does this for now.
    pub fn does(&self, process: ScalingProcess) -> bool {
        self.status == GroupStatus::Active && !self.suspended.contains(&process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_policies_are_different_ones() {
        use RemovalPolicy::{NewestInstance, OldestInstance};
        assert!(RemovalPolicies::new(vec![OldestInstance, NewestInstance]).is_ok());
        assert!(RemovalPolicies::new(vec![]).is_err());
        assert!(RemovalPolicies::new(vec![OldestInstance, OldestInstance]).is_err());
    }
}
