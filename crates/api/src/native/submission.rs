//! The one way in which handlers of this dialect change anything: who wants it, on which terms (`If-Match`,
//! `Idempotency-Key`, `?dry_run=true`), and the body.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use elbow_model::change::{Author, Change, Edit, RequestMark};
use elbow_model::observed::Observed;
use elbow_model::rejection::Rejection;
use elbow_model::value::{Revision, Timestamp};
use elbow_model::world::World;
use elbow_store::ledger::Outcome;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroize as _;

use super::errors::Refusal;
use super::shape::View;
use crate::authentication::Caller;
use crate::body;
use crate::etag::{self, Precondition};
use crate::problem::Problem;
use crate::query::{Parameters, wrong};
use crate::state::ApiState;

/// Makes a POST that is sent again harmless.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks answers that say what would be.
const DRY_RUN: HeaderName = HeaderName::from_static("elbow-dry-run");
/// Marks answers to a request that had been carried out earlier.
const REPEATED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key.
const MAX_KEY_CHARS: usize = 255;

/// A request that changes something.
pub(super) struct Submission {
    /// Who wants it.
    pub(super) caller: Caller,
    /// What it says; null if it has no body.
    pub(super) body: Value,
    /// On which terms.
    pub(super) terms: Terms,
}

/// The terms of a request that changes something.
pub(super) struct Terms {
    /// What the caller saw.
    pub(super) precondition: Precondition,
    key: Option<String>,
    digest: String,
    is_rehearsal: bool,
    /// When it came.
    pub(super) at: Timestamp,
}

/// A Change that was made, or rehearsed.
pub(super) struct Done {
    /// The World with it.
    pub(super) world: Arc<World>,
    /// What it created: now, or when the same request came first.
    pub(super) created: Uuid,
    author: Author,
    at: Timestamp,
    is_rehearsal: bool,
    is_repetition: bool,
}

/// A query parameter of a path.
pub(super) trait Flag {
    /// Its name.
    const NAME: &'static str;
}

/// A request that changes something, on a path with a flag of its own.
pub(super) struct Flagged<F> {
    /// The request.
    pub(super) submission: Submission,
    /// Whether the flag is set.
    pub(super) is_set: bool,
    flag: PhantomData<F>,
}

/// A request for an action, whose body may be left out; it is an empty object then.
pub(super) struct Action(pub(super) Submission);

/// A request by which somebody leaves: a project, or all of them. `?hand_over_to=` names who gets what he owns, `?force=true`
/// deletes it.
pub(super) struct Parting {
    /// The request.
    pub(super) submission: Submission,
    /// Who gets what is owned.
    pub(super) hand_over_to: Option<String>,
    /// Whether it is deleted.
    pub(super) is_forced: bool,
}

/// Whether a body must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Needed,
    Optional,
}

impl FromRequest<ApiState> for Submission {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let (submission, _) = Self::read(request, state, &[], Body::Needed).await?;
        Ok(submission)
    }
}

impl<F: Flag> FromRequest<ApiState> for Flagged<F> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let (submission, parameters) =
            Submission::read(request, state, &[F::NAME], Body::Needed).await?;
        let is_set = parameters.flag(F::NAME)?;
        Ok(Self { submission, is_set, flag: PhantomData })
    }
}

impl FromRequest<ApiState> for Parting {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        const HAND_OVER_TO: &str = "hand_over_to";
        const FORCE: &str = "force";
        let known = [HAND_OVER_TO, FORCE];
        let (submission, parameters) =
            Submission::read(request, state, &known, Body::Needed).await?;
        let is_forced = parameters.flag(FORCE)?;
        let hand_over_to = parameters.text(HAND_OVER_TO).map(str::to_owned);
        if is_forced && hand_over_to.is_some() {
            let reason =
                "cannot be handed over and deleted; give one of `hand_over_to` and `force`";
            return Err(wrong(HAND_OVER_TO, reason.to_owned()));
        }
        Ok(Self { submission, hand_over_to, is_forced })
    }
}

impl FromRequest<ApiState> for Action {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let (submission, _) = Submission::read(request, state, &[], Body::Optional).await?;
        Ok(Self(submission))
    }
}

impl Submission {
    async fn read(
        request: Request,
        state: &ApiState,
        more: &[&'static str],
        needed: Body,
    ) -> Result<(Self, Parameters), Problem> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, state).await?;
        caller.require_write()?;
        let known: Vec<&str> = more.iter().copied().chain(["dry_run"]).collect();
        let parameters = Parameters::read(&parts.uri, &known)?;
        let precondition = Precondition::from_headers(&parts.headers)?;
        let key = key(&parts.headers, &parts.method)?;
        let has_body = body.size_hint().exact() != Some(0);
        let (bytes, body) = match parts.method {
            Method::DELETE => (body::none(&parts.headers, body).await?, Value::Null),
            _ if needed == Body::Optional && !has_body => (Bytes::new(), serde_json::json!({})),
            _ => body::json(&parts.headers, body).await?,
        };
        let is_rehearsal = parameters.flag("dry_run")?;
        let digest = digest(&parts.method, parts.uri.path(), &caller, &bytes);
        wipe(bytes);
        let at = state.surroundings.now();
        let terms = Terms { precondition, key, digest, is_rehearsal, at };
        Ok((Self { caller, body, terms }, parameters))
    }
}

impl Terms {
    /// Whether nothing shall be changed.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    /// Commits (or rehearses) the edits that `build` makes of the present World. `creates` is the id of what the
    /// request creates, if it creates something.
    pub(super) async fn carry_out<F>(
        self,
        state: &ApiState,
        caller: Caller,
        creates: Option<Uuid>,
        build: F,
    ) -> Result<Done, Refusal>
    where
        F: FnOnce(&World) -> Result<Vec<Edit>, Refusal> + Send + 'static,
    {
        let Self { precondition: _, key, digest, is_rehearsal, at } = self;
        let request = match (key, creates) {
            (Some(key), Some(creates)) => Some(RequestMark { key, digest, creates }),
            _ => None,
        };
        // The Ledger knows rejections alone; all wrong fields of a body travel beside it.
        let (author, by, source) = (caller.author(), caller.author(), Some(caller.source));
        let slot = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&slot);
        let translate = move |world: &World| match build(world) {
            Ok(edits) => Ok(Change { author: by, at, source, request, edits }),
            Err(Refusal::Rejected(rejection)) => Err(rejection),
            Err(refusal) => {
                *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
                Err(Rejection::Invalid {
                    field: String::new(),
                    reason: "the body is wrong".to_owned(),
                })
            }
        };
        let outcome = match is_rehearsal {
            true => state.ledger.rehearse(translate),
            false => state.ledger.commit(translate).await,
        };
        if let Some(refusal) = slot.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(refusal);
        }
        let created = creates.unwrap_or(Uuid::nil());
        Ok(match outcome? {
            Outcome::Committed(commit) => Done {
                world: Arc::clone(&commit.world),
                created,
                author,
                at,
                is_rehearsal,
                is_repetition: false,
            },
            Outcome::Repeated { creates, world } => {
                Done { world, created: creates, author, at, is_rehearsal, is_repetition: true }
            }
        })
    }
}

impl Done {
    /// What its author sees of the World with it.
    pub(super) fn view<'a>(&'a self, observed: &'a Observed) -> View<'a> {
        View { world: &self.world, observed, viewer: &self.author, now: self.at }
    }

    /// The answer to a POST: what was created, and where it is from now on.
    pub(super) fn created(
        &self,
        path: &str,
        revision: Revision,
        shape: impl Serialize,
    ) -> Response {
        let status = if self.is_rehearsal { StatusCode::OK } else { StatusCode::CREATED };
        let mut response = self.answer(status, revision, shape);
        if !self.is_rehearsal {
            let location = HeaderValue::from_str(&format!("{path}/{}", self.created))
                .expect("paths and ids are ASCII");
            response.headers_mut().insert(header::LOCATION, location);
        }
        if self.is_repetition {
            response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
        }
        response
    }

    /// The answer to a PATCH or PUT: what is now.
    pub(super) fn changed(&self, revision: Revision, shape: impl Serialize) -> Response {
        self.answer(StatusCode::OK, revision, shape)
    }

    /// The answer to a DELETE.
    pub(super) fn deleted(&self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        self.mark(&mut response);
        response
    }

    fn answer(&self, status: StatusCode, revision: Revision, shape: impl Serialize) -> Response {
        let mut response = match self.is_rehearsal {
            true => (status, axum::Json(Rehearsed { dry_run: true, shape })).into_response(),
            false => (status, axum::Json(shape)).into_response(),
        };
        // What would be has no tag: nobody can have it.
        if !self.is_rehearsal {
            response.headers_mut().insert(header::ETAG, etag::of(revision));
        }
        self.mark(&mut response);
        response
    }

    fn mark(&self, response: &mut Response) {
        if self.is_rehearsal {
            response.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
        }
    }
}

/// What would be.
#[derive(Serialize)]
struct Rehearsed<T> {
    dry_run: bool,
    #[serde(flatten)]
    shape: T,
}

/// What a request created earlier is gone by now.
pub(super) fn gone() -> Refusal {
    let detail = "what this request created, or changed, has been deleted since";
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail).into()
}

/// Wipes a body that is read: it may hold secrets. What shares its memory with something else is left to that.
fn wipe(bytes: Bytes) {
    if let Ok(mut own) = bytes.try_into_mut() {
        own.as_mut().zeroize();
    }
}

fn key(headers: &HeaderMap, method: &Method) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY).filter(|_| method == Method::POST) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    if text.is_empty() || text.len() > MAX_KEY_CHARS {
        let detail =
            format!("Idempotency-Key must have 1 to {MAX_KEY_CHARS} printable ASCII characters");
        return Err(Problem::malformed("MALFORMED_REQUEST", detail));
    }
    Ok(Some(text.to_owned()))
}

fn digest(method: &Method, path: &str, caller: &Caller, body: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hasher = Sha256::new();
    hasher.update(format!("{method}\n{path}\n{}\n", caller.project));
    hasher.update(body);
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}
