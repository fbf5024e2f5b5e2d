//! Rules about identities at a provider: each is one user's.

use std::sync::Arc;

use super::draft::{Draft, not_found, within};
use super::invalid;
use crate::change::NewIdentity;
use crate::identity::Identity;
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{IdentityId, UserId};
use crate::world::Key;

pub(super) fn link(draft: &mut Draft, new: &NewIdentity) -> Result<(), Rejection> {
    let NewIdentity { id, issuer, subject, user } = new.clone();
    draft.claim(ResourceKind::Identity, id, "")?;
    if draft.world.user(user).is_none() {
        return Err(not_found(ResourceKind::User, user));
    }
    let texts = [
        ("issuer", issuer.len(), Identity::MAX_ISSUER_BYTES),
        ("subject", subject.len(), Identity::MAX_SUBJECT_BYTES),
    ];
    for (field, length, most) in texts {
        if length == 0 || length > most {
            return Err(invalid(field, format!("it has {length} bytes, 1 to {most} are allowed")));
        }
    }
    if draft.world.identity_of(&issuer, &subject).is_some() {
        let reason = "this subject is linked to a user already; unlink it there first";
        return Err(invalid("subject", reason));
    }
    let count = draft.world.identities_of(user).count().saturating_add(1);
    within(count, LIMIT, "identities of one user")?;
    let (linked_at, revision) = (draft.stamp.at, draft.stamp.revision);
    let identity = Identity { id, issuer, subject, user, linked_at, revision };
    draft.world.identities.put(Arc::new(identity));
    draft.touch(Key::Identity(id));
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "it is 8")]
const LIMIT: u32 = Identity::MAX_PER_USER as u32;

pub(super) fn unlink(draft: &mut Draft, id: IdentityId) -> Result<(), Rejection> {
    if draft.world.identity(id).is_none() {
        return Err(not_found(ResourceKind::Identity, id));
    }
    draft.world.identities.remove(id);
    draft.touch(Key::Identity(id));
    Ok(())
}

/// A user's identities go with him.
pub(super) fn unlink_all(draft: &mut Draft, user: UserId) {
    let ids: Vec<IdentityId> = draft.world.identities_of(user).map(|found| found.id).collect();
    for id in ids {
        draft.world.identities.remove(id);
        draft.touch(Key::Identity(id));
    }
}
