//! `/v1/sessions`: logging in, who one is, logging out.

use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use elbow_model::change::Edit;
use elbow_model::session::EndedSession;

use super::errors::Refusal;
use super::read::user::{self, Login};
use super::read::{self};
use super::shape::Reference;
use super::shape::session::{CurrentSession, Session, SessionUser};
use super::submission::Submission;
use super::users;
use crate::authentication::{Caller, Means, Peer};
use crate::body;
use crate::decode::Errors;
use crate::login::{self, Credentials};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::state::ApiState;

/// `POST /v1/sessions`.
pub(super) async fn create(
    State(state): State<ApiState>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    Parameters::read(&parts.uri, &[])?;
    let (_, body) = body::json(&parts.headers, body).await?;
    let errors = Errors::default();
    let read = read::body(&body, &errors, user::login);
    let Login { username, password, project } = read::finish(errors, read)?;
    let source =
        parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
    let opened = login::open(&state, Credentials { username, password, project }, source).await?;
    let world = state.ledger.world();
    let project = world.project(opened.caller.project).ok_or_else(gone)?;
    let session = Session {
        token: opened.token,
        expires_at: opened.expires_at.to_string(),
        user: SessionUser::from(&opened.caller),
        project: Reference::new(project.id, &project.name),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(session)).into_response())
}

/// `GET /v1/sessions/current`: who asks.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<CurrentSession>, Refusal> {
    Parameters::read(&uri, &[])?;
    let world = state.ledger.world();
    let project = world.project(caller.project).ok_or_else(gone)?;
    let expires_at = match caller.means {
        Means::Session { id: _, expires_at } | Means::ApiKey { expires_at, .. } => {
            Some(expires_at.to_string())
        }
        Means::LocalSocket => None,
    };
    Ok(Json(CurrentSession {
        means: (&caller.means).into(),
        expires_at,
        user: SessionUser::from(&caller),
        project: Reference::new(project.id, &project.name),
    }))
}

/// `DELETE /v1/sessions/current`: the token is refused from now on.
pub(super) async fn end(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let Means::Session { id: session, expires_at } = caller.means else {
        let detail = "this request came without a session; there is nothing to log out of";
        return Err(Problem::new(StatusCode::CONFLICT, "NO_SESSION", detail).into());
    };
    let ended = EndedSession { session, user: caller.user, expires_at };
    let done =
        terms.carry_out(&state, caller, None, move |_| Ok(vec![Edit::EndSession(ended)])).await?;
    Ok(done.deleted())
}

/// `DELETE /v1/users/{id}/sessions`: log out everywhere.
pub(super) async fn end_all(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let user = users::find(&state.ledger.world(), caller.asker(), &reference)?.id;
    let edits = move |_: &_| Ok(vec![Edit::EndSessions { user }]);
    Ok(terms.carry_out(&state, caller, None, edits).await?.deleted())
}

fn gone() -> Problem {
    Problem::forbidden("the session's project is gone; name another in `Elbow-Project`")
}
