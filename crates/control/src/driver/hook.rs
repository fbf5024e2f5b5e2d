//! Instances that somebody else starts: an HTTP endpoint or a command that is told to launch, list and terminate, for
//! any other cloud. What it says is believed only as far as it makes sense.
//!
//! ```text
//!   {"version":1, "action":"LAUNCH", "deployment":.., "group":.., "instance":.., "project":.., "port":.., "parameters":{..}}
//!       -> {"instance": {"id":.., "state":"STARTING"|"RUNNING"|"EXITED", "address":.., "reason":.., "usage":{..}}}
//!   {"action":"LIST", "group":..}          -> {"instances": [..]}
//!   {"action":"TERMINATE", "instance":..}  -> {"state": "GONE"|"ENDING"}
//!   {"action":"LOGS", "instance":.., "lines":..} -> {"lines": [..]}
//!   any                                    -> {"trouble": {"kind":"TRANSIENT"|"PERMANENT", "reason":..}}
//! ```
//!
//! The other side must be idempotent by instance id, as every driver is: whatever is lost is asked again.

mod command;
mod endpoint;
#[cfg(test)]
mod tests;
mod trust;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use elbow_model::launch_template::{HookEndpoint, Launch};
use elbow_model::value::{HttpUrl, InstanceId};
use hyper::body::Bytes;
use serde::de::DeserializeOwned;
use tokio::time;
use uuid::Uuid;

use self::command::HookProgram;
pub use self::trust::Trust;
use self::wire::{Action, Launching, Listing, Logs, Question, Termination, Told};
use super::trouble::foreign;
use super::{
    Driver, DriverTrouble, Launched, MAX_LOG_BYTES, MAX_LOG_LINES, MAX_SEEN, Seen, Spec,
    Terminated, Which, Work,
};
use crate::driver::process::RunAs;
use crate::signature::SigningKey;

/// How long the other side may take.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

/// What hooks may be, as the operator says; and for whom they work.
#[derive(Debug, Clone)]
pub struct HookConfig {
    /// This deployment.
    pub deployment: Uuid,
    /// What requests are signed with.
    pub key: SigningKey,
    /// Whether a hook may be a service on this machine's loopback addresses.
    pub loopback: Permission,
    /// Whether a hook may be a command of this machine.
    pub commands: Permission,
    /// Whom a hook's TLS certificate must come from.
    pub trust: Trust,
    /// As whom commands run.
    pub run_as: RunAs,
    /// How long an answer may take; [`ANSWER_WITHIN`] as a rule.
    pub answer_within: Duration,
}

/// Whether the operator allows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It is allowed.
    Allowed,
    /// It is refused.
    Refused,
}

/// Instances that somebody else starts.
#[derive(Debug)]
pub struct HookDriver {
    endpoint: HookEndpoint,
    config: HookConfig,
}

impl HookDriver {
    /// A driver that asks this endpoint; making one costs nothing.
    pub fn new(endpoint: HookEndpoint, config: HookConfig) -> Self {
        Self { endpoint, config }
    }

    fn question(&self, action: Action) -> Question {
        Question::new(action, self.config.deployment)
    }

    async fn launch_now(&self, spec: &Spec) -> Result<Launched, DriverTrouble> {
        let Launch::Hook(launch) = &spec.launch else {
            let kind = spec.launch.driver();
            return Err(DriverTrouble::permanent(format!(
                "the hook driver does not launch {kind} templates"
            )));
        };
        let question = self.question(Action::Launch).about(spec, &launch.parameters);
        let answer: Launching = self.ask(&question).await?;
        let told = answer.instance;
        if told.id != spec.instance {
            return Err(DriverTrouble::transient(format!(
                "the hook was asked to launch {} and answers about {}",
                spec.instance, told.id
            )));
        }
        Ok(Launched { address: told.address(), state: told.state() })
    }

    async fn list_now(&self, which: Which) -> Result<Vec<Seen>, DriverTrouble> {
        let mut question = self.question(Action::List);
        if let Which::Group(group) = which {
            question.group = Some(group);
        }
        let answer: Listing = self.ask(&question).await?;
        if answer.instances.len() > MAX_SEEN {
            return Err(DriverTrouble::transient(format!(
                "the hook lists {} instances, at most {MAX_SEEN} are believed",
                answer.instances.len()
            )));
        }
        let mut seen: BTreeMap<InstanceId, Seen> = BTreeMap::new();
        for told in answer.instances {
            let one = self.seen(&told, which)?;
            if seen.insert(told.id, one).is_some() {
                // Which of the two is true cannot be known: no decision is built on it.
                return Err(DriverTrouble::transient(format!(
                    "the hook lists instance {} twice",
                    told.id
                )));
            }
        }
        Ok(seen.into_values().collect())
    }

    fn seen(&self, told: &Told, which: Which) -> Result<Seen, DriverTrouble> {
        let group = match (told.group, which) {
            (Some(group), Which::All) => group,
            (None, Which::Group(group)) => group,
            (Some(told), Which::Group(asked)) if told == asked => asked,
            (Some(other), Which::Group(asked)) => {
                return Err(DriverTrouble::transient(format!(
                    "the hook was asked for group {asked} and lists an instance of {other}"
                )));
            }
            (None, Which::All) => {
                return Err(DriverTrouble::transient(format!(
                    "the hook does not say which group instance {} is of",
                    told.id
                )));
            }
        };
        Ok(Seen {
            instance: told.id,
            group,
            address: told.address(),
            state: told.state(),
            usage: told.usage(),
        })
    }

    async fn terminate_now(&self, instance: InstanceId) -> Result<Terminated, DriverTrouble> {
        let mut question = self.question(Action::Terminate);
        question.instance = Some(instance);
        let answer: Termination = self.ask(&question).await?;
        Ok(answer.state.into())
    }

    async fn logs_now(
        &self,
        instance: InstanceId,
        lines: usize,
    ) -> Result<Vec<String>, DriverTrouble> {
        let mut question = self.question(Action::Logs);
        question.instance = Some(instance);
        question.lines = Some(lines.min(MAX_LOG_LINES));
        let answer: Logs = self.ask(&question).await?;
        let mut text = answer.lines.join("\n").into_bytes();
        let surplus = text.len().saturating_sub(MAX_LOG_BYTES);
        text.drain(..surplus);
        Ok(super::tail::last_lines(&text, lines))
    }

    /// Asks and understands; ends in time whatever the other side does.
    async fn ask<T: DeserializeOwned>(&self, question: &Question) -> Result<T, DriverTrouble> {
        let body = serde_json::to_vec(question)
            .map_err(DriverTrouble::while_doing("writing to the hook"))?;
        let asked = async {
            match &self.endpoint {
                HookEndpoint::Url(url) => {
                    endpoint::ask(url, &self.config, body.into(), MAX_ANSWER).await
                }
                HookEndpoint::Command(_) if self.config.commands == Permission::Refused => {
                    Err(DriverTrouble::permanent(
                        "the operator does not allow commands as hooks; name a URL",
                    ))
                }
                HookEndpoint::Command(command) => {
                    let program = HookProgram::new(command, self.config.run_as);
                    program.ask(body.into(), MAX_ANSWER).await
                }
            }
        };
        let within = self.config.answer_within;
        let answer = time::timeout(within, asked).await.unwrap_or_else(|_| {
            Err(DriverTrouble::transient(format!("the hook did not answer within {within:?}")))
        })?;
        understand(&answer)
    }
}

impl Driver for HookDriver {
    fn launch<'a>(&'a self, spec: &'a Spec) -> Work<'a, Launched> {
        Box::pin(self.launch_now(spec))
    }

    fn list(&self, which: Which) -> Work<'_, Vec<Seen>> {
        Box::pin(self.list_now(which))
    }

    fn terminate(&self, instance: InstanceId) -> Work<'_, Terminated> {
        Box::pin(self.terminate_now(instance))
    }

    fn logs(&self, instance: InstanceId, lines: usize) -> Work<'_, Vec<String>> {
        Box::pin(self.logs_now(instance, lines))
    }
}

/// Tells a web service something, signed; ends in time whatever it does.
pub(super) async fn tell(
    url: &HttpUrl,
    config: &HookConfig,
    body: Bytes,
) -> Result<(), DriverTrouble> {
    let told = endpoint::ask(url, config, body, MAX_ANSWER);
    let within = config.answer_within;
    let answer = time::timeout(within, told).await.unwrap_or_else(|_| {
        Err(DriverTrouble::transient(format!("the hook did not answer within {within:?}")))
    });
    answer.map(|_| ())
}

/// Takes an answer apart: trouble first.
fn understand<T: DeserializeOwned>(answer: &Bytes) -> Result<T, DriverTrouble> {
    if let Some(trouble) = wire::trouble(answer) {
        return Err(trouble);
    }
    serde_json::from_slice(answer).map_err(|error| {
        DriverTrouble::transient(format!(
            "the hook's answer is not understood: {}",
            foreign(&error.to_string())
        ))
    })
}
