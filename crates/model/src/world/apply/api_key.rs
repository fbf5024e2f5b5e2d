//! Rules about API keys: who makes one, what it may at most, and when it goes.

use std::sync::Arc;

use super::draft::{Draft, not_found, within};
use super::invalid;
use crate::api_key::ApiKey;
use crate::change::{Author, NewApiKey};
use crate::rejection::{Rejection, ResourceKind};
use crate::value::ApiKeyId;
use crate::world::Key;

/// Makes a key for the author himself.
pub(super) fn create(draft: &mut Draft, new: &NewApiKey) -> Result<(), Rejection> {
    let NewApiKey { id, name, description, project, role, access, hash, expires_at } = new.clone();
    draft.claim(ResourceKind::ApiKey, id, "")?;
    // A key that makes keys would outlive its own end.
    let Author::User { id: owner, name: _ } = draft.author else {
        return Err(invalid("", "only a user who logged in makes API keys; a key makes none"));
    };
    let user = draft.world.user(owner).ok_or_else(|| not_found(ResourceKind::User, owner))?;
    let own = draft.world.project(project).and_then(|project| user.role_in(project.id));
    let Some(own) = own else {
        return Err(Rejection::NotFound {
            kind: ResourceKind::Project,
            reference: project.to_string(),
            field: Some("project".to_owned()),
            known: Vec::new(),
        });
    };
    if role > own {
        return Err(invalid("role", format!("{role} is more than your own role there, {own}")));
    }
    let now = draft.stamp.at;
    if expires_at <= now || expires_at > now.after(ApiKey::MAX_LIFETIME) {
        let days = ApiKey::MAX_LIFETIME.as_secs() / 86_400;
        let reason =
            format!("a key expires in the future, within {days} days; this is {expires_at}");
        return Err(invalid("expires_at", reason));
    }
    if draft.world.api_keys_of(owner).any(|key| key.name == name) {
        let kind = ResourceKind::ApiKey;
        return Err(Rejection::NameTaken { field: "name".to_owned(), kind, name });
    }
    let count = draft.world.api_keys_of(owner).count().saturating_add(1);
    within(count, LIMIT, "API keys of one user")?;
    let key = ApiKey {
        id,
        created_at: now,
        revision: draft.stamp.revision,
        user: owner,
        name,
        description,
        project,
        role,
        access,
        hash,
        expires_at,
    };
    draft.world.api_keys.put(Arc::new(key));
    draft.touch(Key::ApiKey(id));
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "it is 32")]
const LIMIT: u32 = ApiKey::MAX_PER_USER as u32;

pub(super) fn delete(draft: &mut Draft, id: ApiKeyId) -> Result<(), Rejection> {
    if draft.world.api_key(id).is_none() {
        return Err(not_found(ResourceKind::ApiKey, id));
    }
    remove(draft, id);
    Ok(())
}

/// Whether the key that somebody acts by still lets him.
pub(super) fn still_holds(draft: &Draft) -> Result<(), Rejection> {
    let Author::ApiKey { id, user, .. } = draft.author else { return Ok(()) };
    let key = draft.world.api_key(id).filter(|key| key.user == user);
    match key.and_then(|key| key.holder(&draft.world, draft.stamp.at)) {
        Some(_) => Ok(()),
        None => Err(not_found(ResourceKind::ApiKey, id)),
    }
}

/// Keys go with what they were for: their user, or their project.
pub(super) fn forget(draft: &mut Draft, is_for: impl Fn(&ApiKey) -> bool) {
    let found = draft.world.api_keys().filter(|key| is_for(key)).map(|key| key.id);
    for id in found.collect::<Vec<_>>() {
        remove(draft, id);
    }
}

fn remove(draft: &mut Draft, id: ApiKeyId) {
    draft.world.api_keys.remove(id);
    draft.touch(Key::ApiKey(id));
}
