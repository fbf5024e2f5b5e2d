//! Opening sessions: the one way in by name and password, for every dialect and the console. Throttled; a wrong name costs
//! as much as a wrong password and is answered alike.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use elbow_model::audit::Entry;
use elbow_model::change::{Author, Source};
use elbow_model::user::{Account, User};
use elbow_model::value::{SessionId, Timestamp};
use elbow_model::world::World;
use elbow_vault::token::Claims;
use uuid::Uuid;

use crate::authentication::{Caller, Means, find_project};
use crate::passwords;
use crate::problem::{FieldError, Problem};
use crate::state::ApiState;

/// How long a session lasts.
pub const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// What somebody gives to get in. Has no `Debug`: it holds a password.
pub struct Credentials {
    /// Who he says that he is.
    pub username: String,
    /// How he proves it.
    pub password: String,
    /// The project to work in, by name or id; his usual one if none.
    pub project: Option<String>,
}

/// A session that was opened. Has no `Debug`: it holds the token.
pub struct Opened {
    /// What every request of the session shows, as a bearer token or in the console's cookie.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// Who is logged in, and where he works.
    pub caller: Caller,
}

/// Opens a session for whoever gives the right name and password. `source` is the address that the request came from.
pub async fn open(
    state: &ApiState,
    credentials: Credentials,
    source: IpAddr,
) -> Result<Opened, Problem> {
    let Credentials { username, password, project } = credentials;
    begin(state, &username, source)?;
    let world = state.ledger.world();
    let user = world.user_named(&username);
    let hash = user.map(|user| user.password.clone());
    let is_right = passwords::verify(state, password, hash).await?;
    let is_welcome = |user: &&Arc<User>| is_right && user.account == Account::Enabled;
    let Some(user) = user.filter(is_welcome) else {
        tracing::info!(%source, "a login failed");
        note(state, failure(state, &world, &username, source)).await;
        let detail = "user name or password is wrong";
        return Err(Problem::unauthenticated("INVALID_CREDENTIALS", detail));
    };
    let now = state.surroundings.now();
    state.logins.lock().unwrap_or_else(PoisonError::into_inner).succeeded(&username, source, now);
    let opened = open_for(state, &world, user, project.as_deref(), Source::Address(source))?;
    note_opened(state, &opened).await;
    Ok(opened)
}

/// Tells the audit log that somebody logged in.
pub(crate) async fn note_opened(state: &ApiState, opened: &Opened) {
    let (now, caller) = (state.surroundings.now(), &opened.caller);
    let (source, project) = (caller.source, Some(caller.project));
    note(state, Entry::login(now, caller.author(), source, project)).await;
}

/// Tells the audit log. A store that cannot write keeps nobody out: he may have come to see why.
async fn note(state: &ApiState, entry: Entry) {
    if let Err(reason) = state.ledger.note(entry).await {
        tracing::error!(%reason, "a login is missing from the audit log");
    }
}

/// What the log says of a wrong name or password.
fn failure(state: &ApiState, world: &World, username: &str, source: IpAddr) -> Entry {
    let (now, source) = (state.surroundings.now(), Source::Address(source));
    match world.user_named(username) {
        Some(user) => {
            let who = Author::User { id: user.id, name: user.name.clone() };
            Entry::failed_login(now, who, source, user.usual_project())
        }
        None => Entry::unknown_login(now, username, source),
    }
}

/// Opens a session for a user who proved otherwise who he is.
pub(crate) fn open_for(
    state: &ApiState,
    world: &World,
    user: &User,
    project: Option<&str>,
    source: Source,
) -> Result<Opened, Problem> {
    let project = match project {
        None => user.usual_project().and_then(|id| world.project(id)).map(|project| &**project),
        Some(named) => Some(find_project(world, user, named).ok_or_else(|| no_project(named))?),
    };
    let Some(project) = project else {
        return Err(no_membership());
    };
    let claims = Claims {
        session: SessionId::from(Uuid::now_v7()),
        user: user.id,
        project: project.id,
        session_generation: user.session_generation,
        expires_at: state.surroundings.now().after(LIFETIME),
    };
    let means = Means::Session { id: claims.session, expires_at: claims.expires_at };
    let caller = Caller::new(user, project.id, means, source).ok_or_else(no_membership)?;
    Ok(Opened { token: state.tokens.issue(&claims), expires_at: claims.expires_at, caller })
}

fn begin(state: &ApiState, username: &str, source: IpAddr) -> Result<(), Problem> {
    let mut logins = state.logins.lock().unwrap_or_else(PoisonError::into_inner);
    logins.begin(username, source, state.surroundings.now()).map_err(|too_many| {
        let seconds = too_many.wait.as_secs().max(1);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "THROTTLED", too_many.to_string())
            .retry_after(seconds)
    })
}

fn no_membership() -> Problem {
    Problem::forbidden("you are a member of no project; ask the operator, or a tenant admin")
}

fn no_project(named: &str) -> Problem {
    let named: String = named.chars().take(80).collect();
    let reason = format!("there is no project `{}` that you can work in", named.escape_debug());
    Problem::invalid(vec![FieldError { field: "project".to_owned(), reason }])
}
