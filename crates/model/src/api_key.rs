//! API keys: how programs act for a user, with no more than the user may and no more than the key says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::change::Author;
use crate::user::{Account, Role, User};
use crate::value::{ApiKeyId, Description, KeyHash, Name, ProjectId, Revision, Timestamp, UserId};
use crate::world::World;

/// A key that a program shows instead of a session. Its secret is known to its holder alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// What APIs call it; the key's text begins with it.
    pub id: ApiKeyId,
    /// When it was created.
    pub created_at: Timestamp,
    /// The revision that created it.
    pub revision: Revision,
    /// For whom it acts.
    pub user: UserId,
    /// Unique among the user's keys.
    pub name: Name,
    /// Free text.
    pub description: Description,
    /// The only project that it works in; an operator's key works in any, and in this one unless it names another.
    pub project: ProjectId,
    /// The most that it may: less as soon as the user may less.
    pub role: Role,
    /// Whether it may change anything.
    pub access: Access,
    /// What its secret is compared with.
    pub hash: KeyHash,
    /// From when on it is refused.
    pub expires_at: Timestamp,
}

/// Whether a key may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// What its role may.
    ReadWrite,
    /// It may look and nothing else.
    ReadOnly,
}

impl ApiKey {
    /// Keys of one user.
    pub const MAX_PER_USER: usize = 32;
    /// How long a key lasts unless another time is named.
    pub const USUAL_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);
    /// The longest that a key may last.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

    /// The user that it acts for now; none if it may not act any more.
    pub fn holder<'a>(&self, world: &'a World, now: Timestamp) -> Option<&'a User> {
        let user = world.user(self.user).filter(|user| user.account == Account::Enabled)?;
        (now < self.expires_at).then_some(&**user)
    }

    /// What it may in a project: the lesser of its own role and its user's; none where it does not work.
    pub fn role_in(&self, project: ProjectId, user: &User) -> Option<Role> {
        let is_within = self.role == Role::Operator || project == self.project;
        user.role_in(project).filter(|_| is_within).map(|role| role.min(self.role))
    }
}

/// Who may see a key, and end it: its user, and the operator.
pub fn may_see(key: &ApiKey, user: UserId, role: Role) -> bool {
    key.user == user || role == Role::Operator
}

impl Author {
    /// The key that somebody acts by, if he does.
    pub fn api_key(&self) -> Option<ApiKeyId> {
        match self {
            Self::ApiKey { id, .. } => Some(*id),
            Self::User { .. }
            | Self::System
            | Self::Control
            | Self::Policy { .. }
            | Self::Schedule { .. } => None,
        }
    }
}
