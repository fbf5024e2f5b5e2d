//! Who asks: a session's token, or the operator by the local socket. Every dialect starts here.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use elbow_model::change::Author;
use elbow_model::project::Project;
use elbow_model::user::{Role, User};
use elbow_model::value::{Name, ProjectId, SessionId, Timestamp, UserId};
use elbow_model::world::World;

use crate::problem::Problem;
use crate::state::ApiState;

/// Names the project that a request works in, for those who may work in several.
pub const ELBOW_PROJECT: HeaderName = HeaderName::from_static("elbow-project");

/// Marks requests that came in by the local socket: whoever can open it runs as the same user as Elbow.
#[derive(Debug, Clone, Copy)]
pub struct LocalOperator;

/// The address that a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who asks, and in which project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By this name.
    pub name: Name,
    /// What he may do.
    pub role: Role,
    /// Where names are looked up and new things belong.
    pub project: ProjectId,
    /// How he proved who he is.
    pub means: Means,
}

/// How a caller proved who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// By the token of a session.
    Session {
        /// Which one.
        id: SessionId,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
    /// By opening the local socket.
    LocalSocket,
}

impl Caller {
    /// A user at work in a project.
    pub(crate) fn new(user: &User, project: ProjectId, means: Means) -> Self {
        Self { user: user.id, name: user.name.clone(), role: user.role, project, means }
    }

    /// As the author of a Change.
    pub fn author(&self) -> Author {
        Author::User { id: self.user, name: self.name.clone() }
    }

    /// Refuses unless he may run the deployment.
    pub fn require_operator(&self) -> Result<(), Problem> {
        match self.role {
            Role::Operator => Ok(()),
        }
    }

    /// Whoever shows this token of a session, in a bearer field or in the console's cookie. `headers` may name another
    /// project than the session's.
    pub fn of_session(
        state: &ApiState,
        world: &World,
        headers: &HeaderMap,
        token: &str,
    ) -> Result<Self, Problem> {
        let refused = || {
            let detail =
                "the token is not valid or has expired; log in again with POST /v1/sessions";
            Problem::unauthenticated("UNAUTHENTICATED", detail)
        };
        let claims = state.tokens.check(token, state.surroundings.now()).map_err(|reason| {
            tracing::debug!(%reason, "a token was refused");
            refused()
        })?;
        let user = world.user(claims.user).ok_or_else(refused)?;
        let is_over = user.session_generation != claims.session_generation;
        if is_over || world.is_ended(claims.session) {
            return Err(refused());
        }
        let project = world.project(claims.project).ok_or_else(refused)?.id;
        let means = Means::Session { id: claims.session, expires_at: claims.expires_at };
        Self::in_project(user, project, means, world, headers)
    }

    fn by_local_socket(world: &World, headers: &HeaderMap) -> Result<Self, Problem> {
        let operator = world.users().find(|user| user.role == Role::Operator);
        let Some(user) = operator else {
            return Err(Problem::unauthenticated(
                "UNAUTHENTICATED",
                "there is no operator yet; Elbow is still starting",
            ));
        };
        Self::in_project(user, user.project, Means::LocalSocket, world, headers)
    }

    fn in_project(
        user: &User,
        usual: ProjectId,
        means: Means,
        world: &World,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let project = match headers.get(ELBOW_PROJECT) {
            None => usual,
            Some(named) => {
                let named = String::from_utf8_lossy(named.as_bytes());
                find_project(world, user, &named).ok_or_else(|| no_such_project(&named))?.id
            }
        };
        Ok(Self::new(user, project, means))
    }
}

/// A project by name or id, if `user` may work in it.
pub fn find_project<'a>(world: &'a World, user: &User, reference: &str) -> Option<&'a Project> {
    let by_id = || world.project(reference.parse().ok()?);
    let project = world.project_named(reference).or_else(by_id)?;
    match user.role {
        Role::Operator => Some(project),
    }
}

fn no_such_project(reference: &str) -> Problem {
    let detail = format!("there is no project `{}` that you can work in", reference.escape_debug());
    Problem::new(axum::http::StatusCode::NOT_FOUND, "NOT_FOUND", detail)
}

/// The token of `Authorization: Bearer <token>`; none if there is no such field.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    match text.split_once(' ') {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() =>
        {
            Ok(Some(token.trim()))
        }
        _ => {
            Err(Problem::unauthenticated("UNAUTHENTICATED", "send `Authorization: Bearer <token>`"))
        }
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let world = state.ledger.world();
        match bearer(&parts.headers)? {
            Some(token) => Self::of_session(state, &world, &parts.headers, token),
            None if parts.extensions.get::<LocalOperator>().is_some() => {
                Self::by_local_socket(&world, &parts.headers)
            }
            None => {
                let detail = "log in with POST /v1/sessions and send the token as `Authorization: Bearer <token>`";
                Err(Problem::unauthenticated("UNAUTHENTICATED", detail))
            }
        }
    }
}
