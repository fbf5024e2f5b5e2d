//! Questions: what a request handler must ask of the running system, because neither the World nor Observed has the
//! answer. A question changes nothing. Control answers; whoever asks does not know who answers, nor how.
//!
//! Each answer is bounded work: whoever answers may be busy and say so.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::activity::{Evidence, NotScaled};
use crate::policy::{Metric, PolicySettings};
use crate::scaling_group::{InstanceCount, WarmUpSeconds};
use crate::value::{Bounded, InstanceId, Name, Quantity, ScalingGroupId, Timestamp};

/// The one who answers.
pub trait Questions: Send + Sync {
    /// What policies would have made of a group's recorded load.
    fn replay(&self, question: ReplayQuestion) -> Answer<Replay>;

    /// What an instance wrote last.
    fn log(&self, question: LogQuestion) -> Answer<InstanceLog>;
}

/// An answer on its way. Dropped, nobody waits for it any more.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Unanswered>> + Send>>;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// Too many are asked at once; one may ask again.
    Busy,
    /// What the question is about is not there, or no longer.
    Gone,
    /// There is nothing to answer with, and why: asking again changes nothing for now.
    Nothing {
        /// In words, with what to do.
        reason: String,
    },
    /// Whoever knows could not be asked.
    Trouble {
        /// In words.
        reason: String,
    },
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("too many questions at once; ask again"),
            Self::Gone => f.write_str("what the question is about is gone"),
            Self::Nothing { reason } | Self::Trouble { reason } => f.write_str(reason),
        }
    }
}

/// Asks what policies would have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayQuestion {
    /// Whose load.
    pub group: ScalingGroupId,
    /// The policies that are played together, in the place of the group's own; at most [`ReplayQuestion::MAX_POLICIES`].
    pub policies: Vec<PolicySettings>,
    /// When the replay begins; so long before the end of the record if none.
    pub from: Option<Timestamp>,
    /// How long it is.
    pub range_s: ReplaySeconds,
    /// What is imagined.
    pub assumptions: ReplayAssumptions,
}

impl ReplayQuestion {
    /// The most policies of one replay.
    pub const MAX_POLICIES: usize = 20;
}

/// How much load is replayed, in seconds: what is recorded at most.
pub type ReplaySeconds = Bounded<10, 7_200>;
/// How long an imagined instance takes to start, in seconds.
pub type LaunchSeconds = Bounded<0, 3_600>;

/// What is imagined of instances; what is none is taken from the group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayAssumptions {
    /// From the decision to the first request; by how long the group's instances took if none.
    pub launch_s: Option<LaunchSeconds>,
    /// From there to full capacity; the group's if none.
    pub warm_up_s: Option<WarmUpSeconds>,
    /// What one instance can carry at most, by the metric shown; the target of the policy that tracks it if none.
    pub capacity_per_instance: Option<Quantity>,
    /// The group's if none.
    pub min: Option<InstanceCount>,
    /// The group's if none.
    pub max: Option<InstanceCount>,
}

/// What policies would have done, beside what really happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// When it begins.
    pub from: Timestamp,
    /// How many seconds it is long.
    pub seconds: u32,
    /// By which metric load and capacity are shown: the one that the first policy goes by.
    pub metric: Metric,
    /// What was imagined.
    pub assumed: Assumed,
    /// What would have been decided, oldest first; at most [`Replay::MAX_DECISIONS`].
    pub decisions: Vec<ReplayedDecision>,
    /// Decisions beyond those.
    pub decisions_left_out: u32,
    /// How well the replayed policies did.
    pub replayed: Account,
    /// How well the group really did.
    pub recorded: Account,
    /// The length of a step of the series in seconds.
    pub step_s: u32,
    /// One value per step, oldest first.
    pub series: Vec<ReplayStep>,
    /// What limits the answer, as sentences for people.
    pub notes: Vec<String>,
}

impl Replay {
    /// The most decisions of an answer.
    pub const MAX_DECISIONS: usize = 200;
    /// The most steps of its series.
    pub const MAX_STEPS: u32 = 360;
}

/// What a replay assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumed {
    /// From the decision to the first request, in seconds.
    pub launch_s: u32,
    /// From there to full capacity, in seconds.
    pub warm_up_s: u32,
    /// What one instance can carry at most; none if nobody said, and no policy tells.
    pub capacity_per_instance: Option<Quantity>,
    /// The fewest instances.
    pub min: u32,
    /// The most instances.
    pub max: u32,
    /// How many there were at the beginning.
    pub desired: u32,
}

/// A decision of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayedDecision {
    /// When.
    pub at: Timestamp,
    /// The number before.
    pub from: u32,
    /// The number after; for one that was not taken, what was wanted.
    pub to: u32,
    /// The policy whose wish it was.
    pub policy: Name,
    /// The number that it was decided by.
    pub evidence: Evidence,
    /// Why it was not taken; none if it was.
    pub refused: Option<NotScaled>,
}

/// How well a group did, and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// Seconds in which the load was above what the instances in service can carry; none if nobody knows what that is.
    pub below_capacity_s: Option<u32>,
    /// How often growing turned into shrinking or back.
    pub turns: u32,
    /// Instances times seconds, starting ones counted.
    pub instance_seconds: u64,
    /// The fewest and the most that were desired.
    pub desired: Option<(u32, u32)>,
    /// Seconds of which this is known.
    pub known_s: u32,
}

/// One step of a replay's series; what is not known is none.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ReplayStep {
    /// The load over the whole group, as a mean over the step.
    pub load: Option<f64>,
    /// What the policies would have wanted at its end.
    pub replayed_desired: u32,
    /// Instances' worth of capacity in service then.
    pub replayed_serving: f64,
    /// What was really wanted.
    pub recorded_desired: Option<u32>,
    /// What really served.
    pub recorded_serving: Option<f64>,
}

/// Asks what an instance wrote last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogQuestion {
    /// Which one.
    pub instance: InstanceId,
    /// At most so many lines.
    pub lines: LogLines,
}

/// A number of lines of a log.
pub type LogLines = Bounded<1, 1_000>;

/// What an instance wrote last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceLog {
    /// Oldest first.
    pub lines: Vec<String>,
}
