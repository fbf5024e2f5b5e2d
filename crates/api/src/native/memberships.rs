//! `/v1/projects/{id}/memberships`: who is in a project, and as what.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::change::Edit;
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::rights::Asker;
use elbow_model::user::User;
use elbow_model::value::{Id, ProjectId};
use elbow_model::world::World;

use super::errors::Refusal;
use super::read::user::{self, NamedMember};
use super::read::{self, reference};
use super::shape::View;
use super::shape::people::Membership;
use super::submission::{Parting, Submission, gone};
use super::{projects, users};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET .. /memberships`: those that the caller may see, newest users first.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Json<Page<Membership>>, Refusal> {
    let request = PageRequest::read(&Parameters::read(&uri, &["limit", "cursor"])?)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let (project, there) = place(&world, caller.asker(), &reference)?;
    let members = world.users().rev().filter(|user| there.sees_user(user));
    let members: Vec<(&Arc<User>, Membership)> =
        members.filter_map(|user| Some((user, Membership::new(user, project, view)?))).collect();
    let at = |(user, _): &(&Arc<User>, Membership)| Place::by_age(user.id.uuid());
    Ok(Json(request.cut(members, at, |(_, membership)| membership)))
}

/// `POST .. /memberships`: takes a user in, by name or id, or gives a member another role.
pub(super) async fn grant(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let errors = Errors::default();
    let read = read::body(&body, &errors, user::member);
    let NamedMember { user, role } = read::finish(errors, read)?;
    let (project, _) = place(&state.ledger.world(), asker, &reference)?;
    let named = user.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            // Whoever may take somebody in must know the name: that is all that he learns of who is in no project of his.
            let user = anybody(world, &user).ok_or_else(|| unknown(&user))?.id;
            Ok(vec![Edit::Grant { user, project, role }])
        })
        .await?;
    let observed = state.ledger.observed();
    let view = done.view(&observed);
    let user = anybody(&done.world, &named).ok_or_else(gone)?;
    let shape = Membership::new(user, project, view).ok_or_else(gone)?;
    Ok(done.changed(user.revision, shape))
}

/// `DELETE .. /memberships/{user}`: what the user owns there is handed over, or deleted.
pub(super) async fn revoke(
    State(state): State<ApiState>,
    Path((reference, named)): Path<(String, String)>,
    parting: Parting,
) -> Result<Response, Refusal> {
    let Parting { submission, hand_over_to, is_forced } = parting;
    let Submission { caller, body: _, terms } = submission;
    let asker = caller.asker();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (project, there) = place(world, asker, &reference)?;
            let user = users::find(world, there, &named)?.id;
            let belongings = users::belongings(world, there, hand_over_to.as_deref(), is_forced)?;
            Ok(vec![Edit::Revoke { user, project, belongings }])
        })
        .await?;
    Ok(done.deleted())
}

/// A project, and who asks as he is there.
fn place(world: &World, asker: Asker, reference: &str) -> Result<(ProjectId, Asker), Rejection> {
    let project = projects::find(world, asker, reference)?.id;
    let missing = || reference::not_found(ResourceKind::Project, reference);
    Ok((project, world.asker(asker.user, project).ok_or_else(missing)?))
}

fn anybody<'a>(world: &'a World, reference: &str) -> Option<&'a Arc<User>> {
    world.user_named(reference).or_else(|| world.user(reference.parse().ok()?))
}

fn unknown(named: &str) -> Rejection {
    Rejection::NotFound {
        kind: ResourceKind::User,
        reference: named.chars().take(80).collect(),
        field: Some("user".to_owned()),
        known: Vec::new(),
    }
}
