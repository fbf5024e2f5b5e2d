//! Sessions, and bodies that only requests have. Those are read by hand; the types document them.

use serde::Serialize;
use utoipa::ToSchema;

use super::Reference;
use super::words::Role;

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
