//! Closed sets of scaling groups as the native dialect spells them: upper case.

use elbow_model::{instance, launch_template, lifecycle_hook, notification, policy, scaling_group};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::words::words;

words! {
    /// Whether a scaling group acts.
    GroupStatus from scaling_group::GroupStatus { Active, Inactive, Deleting }
    /// What tells that an instance is broken: its driver, or also its load balancers' checks.
    HealthCheckKind from scaling_group::HealthCheckKind { Instance, LoadBalancer }
    /// Whom a scale-in takes.
    RemovalPolicy from scaling_group::RemovalPolicy { CheapestToDrain, OldestInstance, NewestInstance, OldestTemplate }
    /// What a group does by itself.
    ScalingProcess from scaling_group::ScalingProcess { ScaleOut, ScaleIn, HealthCheck, Policies, Schedules }
    /// Who starts instances.
    Driver from launch_template::DriverKind { Process, Container, Hook }
    /// Where an instance is on its way.
    InstanceStatus from instance::InstanceStatus { Pending, PendingWait, InService, Standby, Removing, RemovingWait }
    /// Where on their way instances wait for a hook.
    Transition from lifecycle_hook::Transition { Launch, Terminate }
    /// What comes of a hook.
    HookResult from lifecycle_hook::HookResult { Continue, Abandon }
    /// What one can be told of.
    NotificationEvent from notification::NotificationEvent {
        ActivityStarted, ActivitySuccessful, ActivityFailed, ActivityRejected, ActivityNotScaled, ActivityCancelled,
        BreakerOpened, BreakerClosed,
    }
    /// How a metric is compared with a threshold.
    Comparison from policy::Comparison { Above, AtLeast, Below, AtMost }
    /// What is measured of a group, once a second.
    Metric from policy::Metric {
        RequestsPerInstance, InFlightPerInstance, NewConnectionsPerInstance, QueueLength, LatencyP95Ms, ErrorPercent,
        CpuPercent, MemoryPercent, NetworkInBytes, NetworkOutBytes,
    }
}

/// What a group is before anything of it is known.
impl Default for GroupStatus {
    fn default() -> Self {
        Self::Inactive
    }
}

/// What a group goes by unless it says otherwise.
impl Default for HealthCheckKind {
    fn default() -> Self {
        Self::LoadBalancer
    }
}

/// Where an instance comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum Origin {
    /// The group launched it.
    Launched,
    /// A person attached it.
    Attached,
}
