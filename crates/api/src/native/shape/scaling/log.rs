//! Logs of instances as the native dialect shows them.

use elbow_model::questions as model;
use elbow_model::value::InstanceId;
use serde::Serialize;
use utoipa::ToSchema;

/// What an instance wrote last, to its standard output and its standard error together.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct InstanceLog {
    /// The id of the instance.
    instance: String,
    /// Oldest first.
    lines: Vec<String>,
}

impl InstanceLog {
    pub(in crate::native) fn new(instance: InstanceId, log: model::InstanceLog) -> Self {
        let model::InstanceLog { lines } = log;
        Self { instance: instance.to_string(), lines }
    }
}
