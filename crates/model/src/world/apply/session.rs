//! Rules about sessions: ending one, ending all of a user.

use super::draft::{Draft, not_found};
use super::invalid;
use crate::rejection::{Rejection, ResourceKind};
use crate::session::{EndedSession, MAX_ENDED_PER_USER, MAX_LIFETIME};
use crate::user::User;
use crate::value::{SessionId, UserId};
use crate::world::Key;

/// Ends one session. One that is over already is nothing to remember.
pub(super) fn end(draft: &mut Draft, ended: EndedSession) -> Result<(), Rejection> {
    let EndedSession { session, user, expires_at } = ended;
    if draft.world.user(user).is_none() {
        return Err(not_found(ResourceKind::User, user));
    }
    let now = draft.stamp.at;
    if expires_at > now.after(MAX_LIFETIME) {
        let days = MAX_LIFETIME.as_secs() / 86_400;
        return Err(invalid("expires_at", format!("no session lasts more than {days} days")));
    }
    if expires_at <= now || draft.world.is_ended(session) {
        return Ok(());
    }
    // Forgetting one would bring it back to life; ending all is safe and needs no memory.
    if draft.world.ended_sessions.of(user).count() >= MAX_ENDED_PER_USER {
        return end_all(draft, user);
    }
    draft.world.ended_sessions.put(ended);
    draft.touch(Key::EndedSession(session));
    Ok(())
}

/// Ends all sessions of a user.
pub(super) fn end_all(draft: &mut Draft, id: UserId) -> Result<(), Rejection> {
    let user = draft.world.user(id).ok_or_else(|| not_found(ResourceKind::User, id))?;
    let session_generation = user.session_generation.saturating_add(1);
    draft.put_user(User { session_generation, ..User::clone(user) });
    forget(draft, id);
    Ok(())
}

/// Forgets the ended sessions of a user none of whose sessions counts any more.
pub(super) fn forget(draft: &mut Draft, user: UserId) {
    let ended: Vec<SessionId> = draft.world.ended_sessions.of(user).collect();
    for session in ended {
        draft.world.ended_sessions.remove(session);
        draft.touch(Key::EndedSession(session));
    }
}
