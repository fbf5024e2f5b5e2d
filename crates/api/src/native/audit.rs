//! `/v1/audit`: who did what, from where.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use elbow_model::rights::{Class, Ownership, Permission, Verb, permits};
use elbow_store::ledger::AuditQuery;
use uuid::Uuid;

use super::errors::Refusal;
use super::shape::View;
use super::shape::audit::AuditEntry;
use super::users;
use crate::authentication::Caller;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/audit`: newest first. The operator sees all, or with `?here=true` those of his project; who sees a project's
/// entries sees those; others see their own there.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "user", "here"])?;
    let request = PageRequest::read(&parameters)?;
    let (world, observed, asker) = (state.ledger.world(), state.ledger.observed(), caller.asker());
    let may = |ownership| {
        permits(asker.role, Verb::See.on(Class::Audit), ownership) == Permission::Allowed
    };
    let is_here = parameters.flag("here")?;
    let project = (is_here || !may(Ownership::Shared)).then_some(asker.project);
    let user = match parameters.text("user") {
        _ if !may(Ownership::OfProject) => Some(asker.user),
        None => None,
        Some(named) => Some(users::find(&world, asker, named)?.id),
    };
    let before = request.after.map(|place| number_of(place.id));
    let limit = request.limit.saturating_add(1);
    let entries = state
        .ledger
        .audit(AuditQuery { before, project, user, limit })
        .await
        .map_err(Refusal::from)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let place = |(number, _): &(u64, _)| Place::by_age(Uuid::from_u128(u128::from(*number)));
    let page =
        request.cut(entries, place, |(number, entry)| AuditEntry::new(number, &entry, asker, view));
    Ok(Json(page))
}

/// The number of an entry by its place in the list.
fn number_of(id: Uuid) -> u64 {
    u64::try_from(id.as_u128()).unwrap_or(u64::MAX)
}
