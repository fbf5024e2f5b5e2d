//! Activities as the native dialect shows them.

use elbow_model::activity::{self as model, ActivityResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{Reference, View};
use super::words::Metric;

/// What a group did or did not do, why, and by which numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct ScalingActivity {
    id: String,
    scaling_group: Reference,
    cause: Cause,
    /// The desired count before.
    before: u32,
    /// The desired count after it; for one that was not taken, what was wanted.
    after: u32,
    /// The id of the instance that it is about.
    instance: Option<String>,
    evidence: Vec<Evidence>,
    result: ResultWord,
    /// Why it was REJECTED or NOT_SCALED.
    code: Option<&'static str>,
    text: String,
    started_at: String,
    ended_at: Option<String>,
}

/// What brought an activity about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Cause {
    #[serde(rename = "type")]
    kind: CauseType,
    /// Who or which one, where that has an id.
    id: Option<String>,
    /// Its name then.
    name: Option<String>,
}

/// What can bring an activity about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum CauseType {
    User,
    Policy,
    Schedule,
    /// `min` or `max` moved past the desired count.
    Bounds,
    /// There are more or fewer instances than desired.
    Desired,
    Health,
    Hook,
    WaitingRequest,
    /// Nothing was asked of the group for its idle timeout.
    Idle,
    LoadBalancerDeleted,
    GroupDeleted,
}

/// What comes of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::native) enum ResultWord {
    InProgress,
    Successful,
    Failed,
    Rejected,
    NotScaled,
    Cancelled,
}

/// A number that something was decided by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Evidence {
    metric: Metric,
    value: f64,
    /// A target or a threshold.
    compared_with: Option<f64>,
    window_s: u32,
}

impl ScalingActivity {
    pub(in crate::native) fn new(activity: &model::Activity, view: View<'_>) -> Self {
        let model::Activity {
            id,
            group,
            revision: _,
            cause,
            before,
            after,
            instance,
            evidence,
            result,
            text,
            started_at,
            ended_at,
        } = activity;
        Self {
            id: id.to_string(),
            scaling_group: view.scaling_group(*group),
            cause: cause.into(),
            before: before.get(),
            after: after.get(),
            instance: instance.map(|id| id.to_string()),
            evidence: evidence.iter().map(Evidence::from).collect(),
            result: result.into(),
            code: result.code(),
            text: text.to_string(),
            started_at: started_at.to_string(),
            ended_at: ended_at.map(|at| at.to_string()),
        }
    }
}

/// What brought an activity about, in one word.
pub(in crate::native) fn cause_of(activity: &model::Activity) -> CauseType {
    Cause::from(&activity.cause).kind
}

impl From<&model::Cause> for Cause {
    fn from(cause: &model::Cause) -> Self {
        use model::Cause as C;
        let plain = |kind| Self { kind, id: None, name: None };
        let named = |kind, id: &dyn ToString, name: &dyn ToString| Self {
            kind,
            id: Some(id.to_string()),
            name: Some(name.to_string()),
        };
        match cause {
            C::User { id, name } => named(CauseType::User, id, name),
            C::Policy { id, name } => named(CauseType::Policy, id, name),
            C::Schedule { id, name } => named(CauseType::Schedule, id, name),
            C::Bounds => plain(CauseType::Bounds),
            C::Desired => plain(CauseType::Desired),
            C::Health => plain(CauseType::Health),
            C::Hook { name } => Self { name: Some(name.to_string()), ..plain(CauseType::Hook) },
            C::WaitingRequest => plain(CauseType::WaitingRequest),
            C::Idle => plain(CauseType::Idle),
            C::LoadBalancerDeleted { name } => {
                Self { name: Some(name.to_string()), ..plain(CauseType::LoadBalancerDeleted) }
            }
            C::GroupDeleted => plain(CauseType::GroupDeleted),
        }
    }
}

impl From<&ActivityResult> for ResultWord {
    fn from(result: &ActivityResult) -> Self {
        match result {
            ActivityResult::InProgress => Self::InProgress,
            ActivityResult::Successful => Self::Successful,
            ActivityResult::Failed => Self::Failed,
            ActivityResult::Rejected { .. } => Self::Rejected,
            ActivityResult::NotScaled { .. } => Self::NotScaled,
            ActivityResult::Cancelled => Self::Cancelled,
        }
    }
}

impl From<&model::Evidence> for Evidence {
    fn from(evidence: &model::Evidence) -> Self {
        let model::Evidence { metric, value, compared_with, window_s } = evidence;
        Self {
            metric: (*metric).into(),
            value: value.get(),
            compared_with: compared_with.map(|value| value.get()),
            window_s: *window_s,
        }
    }
}
