//! Identities at an OpenID Connect provider: who logs in there is which user here. Known by issuer and subject alone: names
//! and addresses of e-mail change hands, subjects never do (OpenID Connect Core §2).

use serde::{Deserialize, Serialize};

use crate::value::{IdentityId, Revision, Timestamp, UserId};

/// An identity that is linked to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Names the link.
    pub id: IdentityId,
    /// The provider.
    pub issuer: String,
    /// Who, at the provider.
    pub subject: String,
    /// Who, here.
    pub user: UserId,
    /// Since when.
    pub linked_at: Timestamp,
    /// The revision that linked them.
    pub revision: Revision,
}

impl Identity {
    /// Bytes of the longest issuer.
    pub const MAX_ISSUER_BYTES: usize = 512;
    /// Bytes of the longest subject (OpenID Connect Core §2).
    pub const MAX_SUBJECT_BYTES: usize = 255;
    /// Identities of one user.
    pub const MAX_PER_USER: usize = 8;
}
