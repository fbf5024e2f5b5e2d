//! API keys as the native dialect shows them: never their secrets, but in the answer that made one.

use elbow_model::api_key as model;
use elbow_model::value::Timestamp;
use elbow_model::world::World;
use serde::Serialize;
use utoipa::ToSchema;

use super::Reference;
use super::words::{KeyAccess, KeyStatus, Role};

/// What a program shows instead of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct ApiKey {
    #[schema(read_only)]
    id: String,
    /// The key itself, to be sent as `Authorization: Bearer <key>`: in the answer that made it, and never again.
    #[schema(read_only)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::native) key: Option<String>,
    /// Unique among the user's keys.
    name: String,
    #[schema(required = false)]
    description: String,
    /// For whom it acts.
    #[schema(read_only)]
    user: Reference,
    /// The only project that it works in; an operator's works in any, and in this one unless it names another.
    #[schema(read_only)]
    project: Reference,
    /// The most that it may, and never more than its user; the role of whoever makes it if not given.
    #[schema(required = false)]
    role: Role,
    /// READ_WRITE if not given.
    #[schema(required = false)]
    access: KeyAccess,
    #[schema(read_only)]
    status: KeyStatus,
    /// 90 days after it was made if not given; at most 366.
    #[schema(required = false)]
    expires_at: String,
    /// Since Elbow started; null if it was not.
    #[schema(read_only)]
    last_used_at: Option<String>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
}

impl ApiKey {
    pub(in crate::native) fn new(
        key: &model::ApiKey,
        world: &World,
        now: Timestamp,
        last_used_at: Option<Timestamp>,
    ) -> Self {
        let status = match key.holder(world, now) {
            _ if now >= key.expires_at => KeyStatus::Expired,
            Some(user) if key.role_in(key.project, user).is_some() => KeyStatus::Active,
            Some(_) | None => KeyStatus::Disabled,
        };
        let model::ApiKey {
            id,
            created_at,
            revision,
            user,
            name,
            description,
            project,
            role,
            access,
            hash: _,
            expires_at,
        } = key;
        let user_name = world.user(*user).map_or_else(|| user.to_string(), |u| u.name.to_string());
        let project_name =
            world.project(*project).map_or_else(|| project.to_string(), |p| p.name.to_string());
        Self {
            id: id.to_string(),
            key: None,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            user: Reference { id: user.to_string(), name: user_name },
            project: Reference { id: project.to_string(), name: project_name },
            role: (*role).into(),
            access: (*access).into(),
            status,
            expires_at: expires_at.to_string(),
            last_used_at: last_used_at.map(|at| at.to_string()),
            revision: revision.0,
            created_at: created_at.to_string(),
        }
    }
}
