//! Sessions, and bodies that only requests have. Those are read by hand; the types document them.

use serde::Serialize;
use utoipa::ToSchema;

use super::Reference;
use super::words::{Means, Role};
use crate::authentication::Caller;

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct Session {
    /// Send it as `Authorization: Bearer <token>`.
    pub(in crate::native) token: String,
    pub(in crate::native) expires_at: String,
    pub(in crate::native) user: SessionUser,
    /// Where the session works.
    pub(in crate::native) project: Reference,
}

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct SessionUser {
    pub(in crate::native) id: String,
    pub(in crate::native) name: String,
    pub(in crate::native) role: Role,
}

/// Who asks, and how he proved it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::native) struct CurrentSession {
    pub(in crate::native) means: Means,
    /// When it ends; never if null.
    pub(in crate::native) expires_at: Option<String>,
    pub(in crate::native) user: SessionUser,
    /// Where it works.
    pub(in crate::native) project: Reference,
}

impl From<&Caller> for SessionUser {
    fn from(caller: &Caller) -> Self {
        Self {
            id: caller.user.to_string(),
            name: caller.name.to_string(),
            role: caller.role.into(),
        }
    }
}
