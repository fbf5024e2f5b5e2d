//! `/v1/sessions`: logging in.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::PoisonError;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use elbow_vault::token::Claims;

use super::errors::Refusal;
use super::read::user::{self, Login};
use super::read::{self};
use super::shape::Reference;
use super::shape::session::{Session, SessionUser};
use crate::authentication::{Peer, find_project};
use crate::decode::Errors;
use crate::problem::{FieldError, Problem};
use crate::query::Parameters;
use crate::state::ApiState;
use crate::{body, passwords};

/// How long a session lasts.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

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
    let now = state.surroundings.now();
    begin(&state, &username, source)?;

    let world = state.ledger.world();
    let user = world.user_named(&username);
    let is_right =
        passwords::verify(&state, password, user.map(|user| user.password.clone())).await?;
    let Some(user) = user.filter(|_| is_right) else {
        tracing::info!(%source, "a login failed");
        let detail = "user name or password is wrong";
        return Err(Problem::unauthenticated("INVALID_CREDENTIALS", detail).into());
    };
    state.logins.lock().unwrap_or_else(PoisonError::into_inner).succeeded(&username, source);
    let project = match project {
        None => world.project(user.project).map(|project| &**project),
        Some(named) => {
            Some(find_project(&world, user, &named).ok_or_else(|| no_such_project(&named))?)
        }
    };
    let Some(project) = project else {
        return Err(
            Problem::forbidden("the user's project is gone; name another in `project`").into()
        );
    };
    let expires_at = now.after(LIFETIME);
    let claims = Claims {
        user: user.id,
        project: project.id,
        password_generation: user.password_generation,
        expires_at,
    };
    let token = state.tokens.issue(&claims).map_err(|reason| {
        tracing::error!(%reason, "a session could not be opened");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the session could not be opened; see Elbow's log",
        )
    })?;
    let session = Session {
        token,
        expires_at: expires_at.to_string(),
        user: SessionUser {
            id: user.id.to_string(),
            name: user.name.to_string(),
            role: user.role.into(),
        },
        project: Reference::new(project.id, &project.name),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(session)).into_response())
}

fn begin(state: &ApiState, username: &str, source: IpAddr) -> Result<(), Problem> {
    let mut logins = state.logins.lock().unwrap_or_else(PoisonError::into_inner);
    logins.begin(username, source, state.surroundings.now()).map_err(|too_many| {
        let seconds = too_many.wait.as_secs().max(1);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "THROTTLED", too_many.to_string())
            .retry_after(seconds)
    })
}

fn no_such_project(named: &str) -> Problem {
    let named: String = named.chars().take(80).collect();
    let reason = format!("there is no project `{}` that you can work in", named.escape_debug());
    Problem::invalid(vec![FieldError { field: "project".to_owned(), reason }])
}
