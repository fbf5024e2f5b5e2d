//! Users.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Name, Number, PasswordHash, ProjectId, Revision, Timestamp, UserId};

/// A person or program that can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What APIs call it.
    pub id: UserId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// Unique in the deployment.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// The project that it works in unless it names another.
    pub project: ProjectId,
    /// What its password is checked against.
    pub password: PasswordHash,
    /// Counts whatever ends all of his sessions, such as a new password; tokens of earlier ones are no longer accepted.
    #[serde(alias = "password_generation")]
    pub session_generation: u32,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything in the deployment.
    Operator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Operator => "OPERATOR",
        })
    }
}
