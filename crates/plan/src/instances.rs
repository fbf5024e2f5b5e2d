//! Instances: from what is intended of a group and what is seen of its instances to what is to be done next. Planning is
//! level-triggered: whatever was lost, done twice or half done, the next look at the same facts gives the right action
//! again, and a look at a group at rest gives none.
//!
//! ```text
//!   each instance --life----> one step of its phase, or a call of its driver
//!   the group     --census--> launches that are missing, victims that are too many
//!                 --wake----> an instance for a request that waits
//!                 --breaker-> whether launching makes sense
//!   activities    --outcome-> what came of what was begun
//! ```

mod breaker;
mod census;
mod health;
mod life;
mod outcome;
#[cfg(test)]
mod tests;
mod victims;
mod wake;

use std::time::Duration;

use elbow_model::activity::Activity;
use elbow_model::attachment::AttachmentFault;
use elbow_model::change::scaling::ScalingEdit;
use elbow_model::instance::Instance;
use elbow_model::launch_template::DriverReference;
use elbow_model::member::TargetAddress;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{InstanceId, Port, Timestamp};
use elbow_model::wake::Waiting;
use uuid::Uuid;

/// How long a driver may take from the first call to an instance that runs.
pub const LAUNCH_WITHIN: Duration = Duration::from_secs(300);

/// What is known of a group at one moment.
#[derive(Debug)]
pub struct Sight<'a> {
    pub now: Timestamp,
    pub group: &'a ScalingGroup,
    /// All of its instances, in the order of their creation.
    pub instances: Vec<Seen<'a>>,
    /// Why an instance could not join what the group is attached to, if it could not.
    pub obstacle: Option<AttachmentFault>,
    /// What waits for it to wake.
    pub waiting: Waiting,
    /// Whether the operator lets the project launch what the template says.
    pub driver: DriverRight,
    /// Its activities, the newest first.
    pub activities: Vec<&'a Activity>,
}

/// Whether a project may use a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverRight {
    /// It may.
    Enabled,
    /// The operator took it away; what runs goes on.
    NotEnabled,
}

/// What is known of an instance.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    pub instance: &'a Instance,
    pub driver: DriverSight,
    pub checks: Checks,
    /// Whether nothing is in flight on any of its members at any live proxy, which all know that it gets nothing new.
    pub is_drained: bool,
    /// Requests and connections in flight on its members.
    pub in_flight: u64,
}

/// What its driver says of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverSight {
    /// Nothing that can be relied on: it was not asked since, or it did not answer.
    Unknown,
    /// A listing does not have it.
    Absent,
    /// It was ended, and nothing is left of it.
    Terminated,
    /// It is on its way.
    Starting,
    /// It runs.
    Running {
        address: Option<TargetAddress>,
        port: Option<Port>,
        reference: Option<DriverReference>,
    },
    /// It ran, and ended by itself.
    Ended { why: String },
    /// It can't be started, however often that is tried.
    Hopeless { why: String },
}

/// What health checks say of all its members together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checks {
    /// It is in no pool.
    NoPool,
    /// Some member is yet to be checked often enough, and none is unhealthy.
    Unknown,
    /// Every member is healthy.
    Healthy,
    /// Some member is not.
    Unhealthy { why: String },
}

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Commit these together.
    Commit(Vec<ScalingEdit>),
    /// Ask the driver for this instance; it does nothing twice.
    Launch(InstanceId),
    /// Ask the driver to end this instance; it does nothing twice.
    Terminate(InstanceId),
}

/// What is to be done next; `ids` gives new random ids without end.
#[must_use]
pub fn plan(sight: &Sight<'_>, ids: &mut dyn Iterator<Item = Uuid>) -> Vec<Action> {
    let mut actions = life::steps(sight, ids);
    actions.extend(breaker::half_open(sight));
    let woken = wake::wake(sight, ids);
    // What the group shall have is about to be more: until then only what is of no use is too much.
    match woken.is_empty() {
        true => actions.extend(census::balance(sight, ids)),
        false => actions.extend(wake::useless(sight)),
    }
    actions.extend(woken);
    actions.extend(outcome::settle(sight));
    actions
}

/// A new id of any kind.
fn next_id<I: From<Uuid>>(ids: &mut dyn Iterator<Item = Uuid>) -> I {
    ids.next().expect("the source of ids has no end").into()
}
