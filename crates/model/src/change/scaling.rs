//! The edits that concern scaling groups: what people want of them, and the steps by which control carries it out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::activity::{ActivityResult, Cause, Evidence};
use crate::attachment::SeenBalancer;
use crate::instance::RemovalCause;
use crate::launch_template::{DriverReference, TemplateSettings};
use crate::lifecycle_hook::{HookResult, HookSettings};
use crate::member::TargetAddress;
use crate::policy::PolicySettings;
use crate::scaling_group::{Breaker, InstanceCount, ScalingGroupSettings, ScalingProcess};
use crate::schedule::ScheduleSettings;
use crate::value::{
    ActivityId, AttachmentId, HookId, HookToken, InstanceId, LoadBalancerId, Name, NetworkId, Note,
    PolicyId, PoolId, Port, ProjectId, Quantity, ScalingGroupId, ScheduleId, Timestamp, Weight,
};

/// One difference that concerns scaling groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScalingEdit {
    /// Creates a group.
    CreateGroup(NewScalingGroup),
    /// Replaces what users can edit on a group itself. A desired count outside the new bounds moves to the nearer one,
    /// which is an activity.
    EditGroup { id: ScalingGroupId, settings: ScalingGroupSettings },
    /// Gives a group another launch template, for instances from now on, and closes its breaker.
    SetTemplate { group: ScalingGroupId, template: TemplateSettings },
    /// Deletes a group.
    DeleteGroup { id: ScalingGroupId, instances: OnInstances },
    /// Lets a group act; its cooldowns and its breaker begin anew.
    Enable { id: ScalingGroupId },
    /// Lets a group begin nothing new.
    Disable { id: ScalingGroupId },
    /// Keeps a group from these processes.
    Suspend { id: ScalingGroupId, processes: BTreeSet<ScalingProcess> },
    /// Lets a group do these again.
    Resume { id: ScalingGroupId, processes: BTreeSet<ScalingProcess> },
    /// Changes how many instances a group shall have, which is an activity.
    SetDesired(SetDesired),

    /// Attaches a group to pools: all or none.
    Attach {
        group: ScalingGroupId,
        attachments: Vec<NewAttachment>,
        present: PresentInstances,
        /// The status of each load balancer named.
        seen: Vec<SeenBalancer>,
    },
    /// Takes attachments from a group: all or none.
    Detach { group: ScalingGroupId, attachments: Vec<AttachmentId>, present: PresentInstances },

    /// Adds a policy.
    AddPolicy { group: ScalingGroupId, id: PolicyId, settings: PolicySettings },
    /// Replaces a policy's settings.
    EditPolicy { id: PolicyId, settings: PolicySettings },
    /// Deletes a policy.
    DeletePolicy { id: PolicyId },
    /// Does once what a policy says, which is an activity of the policy. A step policy goes by `value` of its metric.
    ExecutePolicy {
        id: PolicyId,
        value: Option<Quantity>,
        guarding: Guarding,
        activity: ActivityId,
    },

    /// Adds a schedule.
    AddSchedule { group: ScalingGroupId, id: ScheduleId, settings: ScheduleSettings },
    /// Replaces a schedule's settings; times that passed before are settled.
    EditSchedule { id: ScheduleId, settings: ScheduleSettings },
    /// Deletes a schedule.
    DeleteSchedule { id: ScheduleId },
    /// Carries out what a schedule says for its next time, `due`, which is an activity.
    RunSchedule { id: ScheduleId, due: Timestamp, activity: ActivityId },
    /// Settles a schedule up to `until` without carrying anything out: those times are missed.
    MissSchedule { id: ScheduleId, until: Timestamp },

    /// Adds a lifecycle hook.
    AddHook { group: ScalingGroupId, id: HookId, settings: HookSettings },
    /// Replaces a hook's settings.
    EditHook { id: HookId, settings: HookSettings },
    /// Deletes a hook; who waits for it goes on waiting by what it was.
    DeleteHook { id: HookId },

    /// Attaches a server that is there already. It counts as desired, and joins every pool at once if its address is
    /// given.
    AttachInstance(AttachInstance),
    /// Takes an instance out of service and of its group.
    RemoveInstance { id: InstanceId, capacity: CapacityAfter, cause: RemovalCause },
    /// Protects an instance from scale-in and health checks, or does so no longer.
    Protect { id: InstanceId, protected: bool },
    /// Takes an instance out of service for a while.
    EnterStandby { id: InstanceId },
    /// Takes it into service again, with the weights that its members have.
    ExitStandby { id: InstanceId },
    /// Ends an instance's wait for a hook.
    CompleteHook { instance: InstanceId, token: HookToken, result: HookResult },
    /// Makes an instance's wait for a hook longer.
    Heartbeat { instance: InstanceId, token: HookToken },

    /// Writes down instances to launch from the group's template; never more than are missing, and none while what is
    /// intended of a load balancer keeps instances from joining.
    Launch { group: ScalingGroupId, instances: Vec<InstanceId> },
    /// Moves an instance on.
    Step { instance: InstanceId, step: InstanceStep },
    /// Opens, closes or counts on a group's breaker.
    SetBreaker { group: ScalingGroupId, breaker: Breaker },
    /// Writes down an activity.
    RecordActivity(NewActivity),
    /// Says what came of an activity that is in progress; one that fell off or has ended stays as it is.
    EndActivity { id: ActivityId, result: ActivityResult, text: Note },
}

/// A scaling group to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewScalingGroup {
    pub id: ScalingGroupId,
    pub project: ProjectId,
    pub network: NetworkId,
    /// Whether it acts at once.
    pub enabled: bool,
    pub settings: ScalingGroupSettings,
    /// Its min if none.
    pub desired: Option<InstanceCount>,
    pub template: Option<TemplateSettings>,
    pub attachments: Vec<NewAttachment>,
    /// The status of each load balancer named.
    pub seen: Vec<SeenBalancer>,
}

/// An attachment to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAttachment {
    pub id: AttachmentId,
    pub load_balancer: LoadBalancerId,
    /// The default pool if none.
    pub pool: Option<PoolId>,
    pub port: Option<Port>,
    pub weight: Weight,
}

/// Whether cooldown, breaker and suspension count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarding {
    /// They do.
    Respected,
    /// A person forces it. Bounds hold nevertheless.
    Ignored,
}

/// What becomes of a group's instances when it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInstances {
    /// While there are any, it is not deleted.
    Refuse,
    /// They leave first: drained, and terminated where the group launched them.
    Remove,
}

/// What an attach or detach means for the instances that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresentInstances {
    /// They join or leave at once (`force`).
    Follow,
    /// They stay as they are; only later ones go by it.
    Stay,
}

/// What becomes of the desired count when an instance is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapacityAfter {
    /// It falls by one; refused below the group's min.
    Shrinks,
    /// It stays, so that another instance takes its place.
    Stays,
}

/// A desired count with what led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetDesired {
    pub group: ScalingGroupId,
    pub desired: InstanceCount,
    /// The activity that this is.
    pub activity: ActivityId,
    pub cause: Cause,
    pub evidence: Vec<Evidence>,
    pub text: Note,
}

/// A server that is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachInstance {
    pub id: InstanceId,
    pub group: ScalingGroupId,
    pub name: Option<Name>,
    /// Where it is; it must be given if `reference` is not.
    pub address: Option<TargetAddress>,
    /// The template's port if none.
    pub port: Option<Port>,
    /// What the template's driver calls it, if that driver knows it: then it says where it is, and how it is.
    pub reference: Option<DriverReference>,
    /// The status of every load balancer that the group is attached to.
    pub seen: Vec<SeenBalancer>,
}

/// A step of an instance; see [`Phase`](crate::instance::Phase).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceStep {
    /// Launching to PendingWait, or to Launched without hooks: its driver says that it runs.
    Launched {
        /// Where, if the driver gives the address.
        address: Option<TargetAddress>,
        /// On which port, if the driver gives it.
        port: Option<Port>,
        /// What the driver calls it.
        reference: Option<DriverReference>,
        /// A token for each launch hook of the group, in their order.
        tokens: Vec<HookToken>,
    },
    /// Launched to Joining: it becomes a member of every attached pool, or of none.
    Join {
        /// The status of every load balancer that the group is attached to.
        seen: Vec<SeenBalancer>,
    },
    /// Joining to InService: it is healthy in all of its pools.
    Serve,
    /// Any earlier phase to Removing: its members get no new work.
    Remove {
        /// Why.
        cause: RemovalCause,
    },
    /// Removing to RemovingWait, or to Terminating without hooks: nothing is in flight, or time is up. It leaves every
    /// pool.
    Leave {
        /// A token for each terminate hook of the group, in their order.
        tokens: Vec<HookToken>,
    },
    /// Terminating to its end: its driver says that it is gone, or a person's own is let go.
    Gone,
}

/// An activity to write down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewActivity {
    pub id: ActivityId,
    pub group: ScalingGroupId,
    pub cause: Cause,
    pub after: InstanceCount,
    pub instance: Option<InstanceId>,
    pub evidence: Vec<Evidence>,
    pub result: ActivityResult,
    pub text: Note,
}
