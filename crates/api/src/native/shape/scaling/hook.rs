//! Lifecycle hooks as the native dialect shows them.

use elbow_model::lifecycle_hook::{self as model, HookSettings};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Reference;
use super::words::{HookResult, Transition};

/// Where a group's instances wait for somebody else.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct LifecycleHook {
    #[schema(read_only)]
    id: String,
    /// Unique in the group.
    name: String,
    transition: Transition,
    /// How long one waits unless somebody completes it or asks for more time.
    #[schema(required = false, default = 600)]
    heartbeat_timeout_s: u32,
    /// What happens after that; ABANDON if not given.
    #[schema(required = false)]
    default_result: HookResult,
    /// Who is told.
    webhook: Option<String>,
    #[schema(read_only)]
    scaling_group: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

impl LifecycleHook {
    pub(in crate::native) fn new(hook: &model::LifecycleHook, group: Reference) -> Self {
        let model::LifecycleHook { id, created_at, updated_at, revision, settings } = hook;
        let HookSettings { name, transition, heartbeat_timeout_s, default_result, webhook } =
            settings;
        Self {
            id: id.to_string(),
            name: name.to_string(),
            transition: (*transition).into(),
            heartbeat_timeout_s: heartbeat_timeout_s.get(),
            default_result: (*default_result).into(),
            webhook: webhook.as_ref().map(ToString::to_string),
            scaling_group: group,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
