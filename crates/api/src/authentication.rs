//! Who asks: whom a layer further out found out, a session's token, an API key, or the operator by the local socket. Every dialect
//! starts here.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use elbow_model::api_key::Access;
use elbow_model::change::{Author, Source};
use elbow_model::project::Project;
use elbow_model::rights::Asker;
use elbow_model::user::{Account, Role, Standing, User};
use elbow_model::value::{ApiKeyId, Name, ProjectId, SessionId, Timestamp, UserId};
use elbow_model::world::World;
use elbow_vault::api_key;

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

/// Says that a layer further out found out who asks, as the console does by its cookie. That layer answers for it: user,
/// project and role must be those of the World at the time of the request. Requests from outside cannot carry it.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Caller);

/// Who asks, and in which project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By this name.
    pub name: Name,
    /// What he is there.
    pub role: Role,
    /// Where names are looked up and new things belong.
    pub project: ProjectId,
    /// How he proved who he is.
    pub means: Means,
    /// From where he asks.
    pub source: Source,
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
    /// By an API key.
    ApiKey {
        /// Which one.
        id: ApiKeyId,
        /// When it expires.
        expires_at: Timestamp,
        /// Whether it may change anything.
        access: Access,
    },
    /// By opening the local socket.
    LocalSocket,
}

impl Caller {
    /// A user at work in a project; none if he has no role there.
    pub fn new(user: &User, project: ProjectId, means: Means, source: Source) -> Option<Self> {
        let role = user.role_in(project)?;
        Some(Self { user: user.id, name: user.name.clone(), role, project, means, source })
    }

    /// As the author of a Change.
    pub fn author(&self) -> Author {
        let name = self.name.clone();
        match self.means {
            Means::ApiKey { id, .. } => Author::ApiKey { id, user: self.user, name },
            Means::Session { .. } | Means::LocalSocket => Author::User { id: self.user, name },
        }
    }

    /// As the table of rights knows him.
    pub fn asker(&self) -> Asker {
        Asker { user: self.user, project: self.project, role: self.role }
    }

    /// Refuses an API key that may only look.
    pub fn require_write(&self) -> Result<(), Problem> {
        match self.means {
            Means::ApiKey { access: Access::ReadOnly, .. } => {
                Err(Problem::forbidden("this API key is for reading alone; it changes nothing"))
            }
            Means::ApiKey { access: Access::ReadWrite, .. }
            | Means::Session { .. }
            | Means::LocalSocket => Ok(()),
        }
    }

    /// Refuses unless he may run the deployment.
    pub fn require_operator(&self) -> Result<(), Problem> {
        match self.role {
            Role::Operator => Ok(()),
            Role::TenantAdmin | Role::TenantUser | Role::Viewer => {
                Err(Problem::forbidden("only the operator may do that"))
            }
        }
    }

    /// Whoever shows this token of a session, in a bearer field or in the console's cookie. `headers` may name another
    /// project than the session's.
    pub fn of_session(
        state: &ApiState,
        world: &World,
        headers: &HeaderMap,
        token: &str,
        source: Source,
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
        if is_over || world.is_ended(claims.session) || user.account == Account::Disabled {
            return Err(refused());
        }
        let project = world.project(claims.project).ok_or_else(refused)?.id;
        let means = Means::Session { id: claims.session, expires_at: claims.expires_at };
        Self::in_project(user, project, (means, source), world, headers)
    }

    /// Whoever shows this API key. Its project and its role are the most that it gives, whatever `headers` name.
    fn of_api_key(
        state: &ApiState,
        world: &World,
        headers: &HeaderMap,
        token: &str,
        source: Source,
    ) -> Result<Self, Problem> {
        let refused = || {
            let detail = "the API key is not valid, has expired or was deleted; make another: elbow key create NAME";
            Problem::unauthenticated("UNAUTHENTICATED", detail)
        };
        let now = state.surroundings.now();
        let shown = api_key::read(token).ok_or_else(refused)?;
        let key = world.api_key(shown.id).filter(|key| shown.is(&key.hash)).ok_or_else(refused)?;
        let user = key.holder(world, now).ok_or_else(refused)?;
        let project = named_project(user, key.project, world, headers)?;
        let means = Means::ApiKey { id: key.id, expires_at: key.expires_at, access: key.access };
        let role = key.role_in(project, user).ok_or_else(|| {
            let detail =
                "this API key is for another project, or its user is no longer a member of it";
            Problem::forbidden(detail)
        })?;
        state.key_uses.note(key.id, now);
        Ok(Self { user: user.id, name: user.name.clone(), role, project, means, source })
    }

    fn by_local_socket(world: &World, headers: &HeaderMap) -> Result<Self, Problem> {
        let is_operator = |user: &&std::sync::Arc<User>| {
            user.standing == Standing::Operator && user.account == Account::Enabled
        };
        let Some(user) = world.users().find(is_operator) else {
            return Err(Problem::unauthenticated(
                "UNAUTHENTICATED",
                "there is no operator yet; Elbow is still starting",
            ));
        };
        let from = (Means::LocalSocket, Source::LocalSocket);
        Self::in_project(user, user.project, from, world, headers)
    }

    /// `user` in the project that `headers` name, or else in `usual`; a project that he has no role in is none.
    fn in_project(
        user: &User,
        usual: ProjectId,
        (means, source): (Means, Source),
        world: &World,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let project = named_project(user, usual, world, headers)?;
        Self::new(user, project, means, source).ok_or_else(|| {
            let detail = "you are no longer a member of the project that you logged in to; name another, or log in again";
            Problem::unauthenticated("UNAUTHENTICATED", detail)
        })
    }
}

/// The project that `headers` name, if `user` may work in it; else the usual one.
fn named_project(
    user: &User,
    usual: ProjectId,
    world: &World,
    headers: &HeaderMap,
) -> Result<ProjectId, Problem> {
    let Some(named) = headers.get(ELBOW_PROJECT) else { return Ok(usual) };
    let named = String::from_utf8_lossy(named.as_bytes());
    let found = find_project(world, user, &named).ok_or_else(|| no_such_project(&named))?;
    Ok(found.id)
}

/// A project by name or id, if `user` may work in it.
pub fn find_project<'a>(world: &'a World, user: &User, reference: &str) -> Option<&'a Project> {
    let by_id = || world.project(reference.parse().ok()?);
    let found = world.project_named(reference).or_else(by_id)?;
    user.role_in(found.id).map(|_| &**found)
}

fn no_such_project(reference: &str) -> Problem {
    let reference: String = reference.chars().take(80).collect();
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

/// From where a request came.
pub fn source(parts: &Parts) -> Source {
    match parts.extensions.get::<Peer>() {
        Some(peer) => Source::Address(peer.0),
        None => Source::LocalSocket,
    }
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        if let Some(Authenticated(caller)) = parts.extensions.get() {
            return Ok(caller.clone());
        }
        let world = state.ledger.world();
        match bearer(&parts.headers)? {
            Some(token) => {
                let source = source(parts);
                if token.starts_with(api_key::PREFIX) {
                    return Self::of_api_key(state, &world, &parts.headers, token, source);
                }
                Self::of_session(state, &world, &parts.headers, token, source)
            }
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
