//! From one World to the next: the one place for every rule about what may be intended, one file
//! per family of resources. Nothing here may panic, whatever is in the Change.

mod api_key;
mod authorize;
mod belongings;
mod certificate;
mod draft;
mod identity;
mod listener;
mod load_balancer;
mod member;
mod network;
mod people;
mod pool;
mod project;
mod rule;
mod scaling;
mod session;
mod vip;

#[cfg(test)]
pub(crate) mod tests;

use uuid::Uuid;

use self::draft::Draft;
use super::{Applied, World};
use crate::change::{Change, Edit};
use crate::rejection::Rejection;

/// Makes the next World, or says why not.
pub(super) fn apply(world: &World, change: &Change) -> Result<Applied, Rejection> {
    if let Some(creates) = earlier(world, change)? {
        return Ok(Applied::Repeated { creates });
    }
    if change.edits.is_empty() || change.edits.len() > Change::MAX_EDITS {
        let (count, most) = (change.edits.len(), Change::MAX_EDITS);
        return Err(invalid(
            "edits",
            format!("a change has 1 to {most} edits, this one has {count}"),
        ));
    }
    let mut draft = Draft::new(world, change)?;
    api_key::still_holds(&draft)?;
    for edit in &change.edits {
        authorize::check(&draft, edit)?;
        carry_out(&mut draft, edit)?;
    }
    scaling::wake::tell_balancers(&mut draft, world);
    draft.check_totals(world)?;
    Ok(draft.finish(change))
}

fn carry_out(draft: &mut Draft, edit: &Edit) -> Result<(), Rejection> {
    match edit {
        Edit::CreateLoadBalancer(new) => load_balancer::create(draft, new),
        Edit::EditLoadBalancer { id, settings } => load_balancer::edit(draft, *id, settings),
        Edit::DeleteLoadBalancer { id } => load_balancer::delete(draft, *id),
        Edit::AddListener { load_balancer, listener } => {
            listener::add(draft, *load_balancer, listener)
        }
        Edit::EditListener { id, settings } => listener::edit(draft, *id, settings),
        Edit::DeleteListener { id } => listener::delete(draft, *id),
        Edit::AddRule { listener, rule } => rule::add(draft, *listener, rule),
        Edit::EditRule { id, settings } => rule::edit(draft, *id, settings),
        Edit::DeleteRule { id } => rule::delete(draft, *id),
        Edit::AddPool { load_balancer, pool } => pool::add(draft, *load_balancer, pool),
        Edit::EditPool { id, settings } => pool::edit(draft, *id, settings),
        Edit::DeletePool { id } => pool::delete(draft, *id),
        Edit::AddMembers { pool, members } => member::add(draft, *pool, members),
        Edit::EditMember { id, settings } => member::edit(draft, *id, settings),
        Edit::ReplaceMembers { pool, members } => member::replace(draft, *pool, members),
        Edit::DeleteMember { id } => member::delete(draft, *id),
        Edit::CreateCertificate(new) => certificate::create(draft, new),
        Edit::EditCertificate { id, settings } => certificate::edit(draft, *id, settings),
        Edit::DeleteCertificate { id } => certificate::delete(draft, *id),
        Edit::ResealKeys { keys } => certificate::reseal(draft, keys),
        Edit::CreateNetwork(new) => network::create(draft, new),
        Edit::EditNetwork { id, settings } => network::edit(draft, *id, settings),
        Edit::DeleteNetwork { id } => network::delete(draft, *id),
        Edit::Scaling(edit) => scaling::carry_out(draft, edit),
        Edit::CreateProject(new) => project::create(draft, new),
        Edit::EditProject { id, settings } => project::edit(draft, *id, settings),
        Edit::DeleteProject { id, contents } => project::delete(draft, *id, *contents),
        Edit::CreateUser(new) => people::create_user(draft, new),
        Edit::EditUser { id, settings } => people::edit_user(draft, *id, settings),
        Edit::DeleteUser { id, belongings } => people::delete_user(draft, *id, *belongings),
        Edit::Grant { user, project, role } => people::grant(draft, *user, *project, *role),
        Edit::Revoke { user, project, belongings } => {
            people::revoke(draft, *user, *project, *belongings)
        }
        Edit::SetPassword { id, password } => people::set_password(draft, *id, password),
        Edit::CreateApiKey(new) => api_key::create(draft, new),
        Edit::DeleteApiKey { id } => api_key::delete(draft, *id),
        Edit::LinkIdentity(new) => identity::link(draft, new),
        Edit::UnlinkIdentity { id } => identity::unlink(draft, *id),
        Edit::EndSession(ended) => session::end(draft, *ended),
        Edit::EndSessions { user } => session::end_all(draft, *user),
    }
}

/// What the same request created when it was carried out earlier.
fn earlier(world: &World, change: &Change) -> Result<Option<Uuid>, Rejection> {
    const MAX_CHARS: usize = 255;
    let Some(mark) = &change.request else { return Ok(None) };
    let count = mark.key.chars().count();
    if count == 0 || count > MAX_CHARS || mark.digest.len() > MAX_CHARS {
        return Err(invalid(
            "Idempotency-Key",
            format!("a request key has 1 to {MAX_CHARS} characters, this one has {count}"),
        ));
    }
    match world.requests.find(&change.author, &mark.key, change.at) {
        None => Ok(None),
        Some(known) if known.digest == mark.digest => Ok(Some(known.creates)),
        Some(_) => Err(Rejection::RequestKeyReused { key: mark.key.clone() }),
    }
}

/// A value outside its rules.
fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Rejection {
    Rejection::Invalid { field: field.into(), reason: reason.into() }
}
