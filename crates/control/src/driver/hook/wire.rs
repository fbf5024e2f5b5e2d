//! Documents that hooks get and give: version 1. Fields that are not known are passed over, as the other side may be
//! newer.

use std::net::IpAddr;

use elbow_model::launch_template::Environment;
use elbow_model::member::TargetAddress;
use elbow_model::value::{InstanceId, Name, Port, ProjectId, ScalingGroupId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::foreign;
use crate::driver::{DriverTrouble, End, InstanceState, Spec, Terminated, Usage};

/// What is asked for.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Action {
    Launch,
    List,
    Terminate,
    Logs,
}

/// A question.
#[derive(Debug, Serialize)]
pub(super) struct Question {
    version: u32,
    action: Action,
    deployment: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<ScalingGroupId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<InstanceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<Port>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Environment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lines: Option<usize>,
}

impl Question {
    pub(super) fn new(action: Action, deployment: Uuid) -> Self {
        Self {
            version: 1,
            action,
            deployment,
            group: None,
            group_name: None,
            instance: None,
            project: None,
            address: None,
            port: None,
            parameters: None,
            lines: None,
        }
    }

    /// With everything that a launch needs.
    pub(super) fn about(self, spec: &Spec, parameters: &Environment) -> Self {
        Self {
            group: Some(spec.group),
            group_name: Some(spec.group_name.clone()),
            instance: Some(spec.instance),
            project: Some(spec.project),
            address: spec.address,
            port: spec.port,
            parameters: Some(parameters.clone()),
            ..self
        }
    }
}

/// The answer to a launch.
#[derive(Debug, Deserialize)]
pub(super) struct Launching {
    pub(super) instance: Told,
}

/// The answer to a listing.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    pub(super) instances: Vec<Told>,
}

/// The answer to a termination.
#[derive(Debug, Deserialize)]
pub(super) struct Termination {
    pub(super) state: Left,
}

/// The answer to a question for the log.
#[derive(Debug, Deserialize)]
pub(super) struct Logs {
    pub(super) lines: Vec<String>,
}

/// What is left of an instance.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Left {
    Gone,
    Ending,
}

impl From<Left> for Terminated {
    fn from(left: Left) -> Self {
        match left {
            Left::Gone => Self::Gone,
            Left::Ending => Self::Ending,
        }
    }
}

/// An instance as the other side tells of it.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    pub(super) id: InstanceId,
    pub(super) group: Option<ScalingGroupId>,
    /// Only where traffic may go: never to metadata services and the like.
    address: Option<TargetAddress>,
    state: ToldState,
    /// The exit status, if it is known.
    status: Option<i32>,
    reason: Option<String>,
    usage: Option<ToldUsage>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ToldState {
    Starting,
    Running,
    Exited,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct ToldUsage {
    cpu_s: f64,
    memory_bytes: u64,
    received_bytes: Option<u64>,
    sent_bytes: Option<u64>,
}

impl Told {
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address.map(TargetAddress::get)
    }

    pub(super) fn state(&self) -> InstanceState {
        match (self.state, self.status, &self.reason) {
            (ToldState::Starting, ..) => InstanceState::Starting,
            (ToldState::Running, ..) => InstanceState::Running,
            (ToldState::Exited, Some(status), _) => InstanceState::Exited(End::Status(status)),
            (ToldState::Exited, None, Some(reason)) => {
                InstanceState::Exited(End::Unseen(foreign(reason)))
            }
            (ToldState::Exited, None, None) => {
                InstanceState::Exited(End::Unseen("ended; the hook does not say how".to_owned()))
            }
        }
    }

    /// What it uses, if that is a number at all.
    pub(super) fn usage(&self) -> Option<Usage> {
        let ToldUsage { cpu_s, memory_bytes, received_bytes, sent_bytes } = self.usage?;
        let is_time = cpu_s.is_finite() && cpu_s >= 0.0;
        is_time.then_some(Usage { cpu_s, memory_bytes, received_bytes, sent_bytes })
    }
}

#[derive(Debug, Deserialize)]
struct Troubled {
    trouble: ToldTrouble,
}

#[derive(Debug, Deserialize)]
struct ToldTrouble {
    kind: TroubleKind,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TroubleKind {
    Transient,
    Permanent,
}

/// The trouble that an answer tells of, if it does.
pub(super) fn trouble(answer: &[u8]) -> Option<DriverTrouble> {
    let Troubled { trouble } = serde_json::from_slice(answer).ok()?;
    let reason = format!("the hook says: {}", foreign(&trouble.reason));
    Some(match trouble.kind {
        TroubleKind::Transient => DriverTrouble::Transient { reason },
        TroubleKind::Permanent => DriverTrouble::Permanent { reason },
    })
}
