//! `/v1/oidc/...`: the two stations of a browser that logs in at the provider, and linking users by hand.

use std::fmt::Write as _;

use axum::extract::{Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use elbow_model::change::{Edit, NewIdentity};
use elbow_model::value::{Id as _, IdentityId};
use elbow_vault::oidc::Attempt;
use uuid::Uuid;

use super::errors::Refusal;
use super::read;
use super::submission::Submission;
use super::users;
use crate::authentication::source;
use crate::decode::{Errors, Fields};
use crate::login::LIFETIME;
use crate::oidc::Oidc;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::state::ApiState;

/// What a browser keeps while it is at the provider.
const ATTEMPT: &str = "elbow_oidc";
/// How long it may be there, in seconds.
const ATTEMPT_S: u32 = 600;
/// The session, as the console reads it; over HTTPS by a name that only this host can set.
const SESSION: &str = "elbow_session";
const SESSION_OVER_TLS: &str = "__Host-elbow_session";
/// Bytes of the longest path to go on to.
const MAX_NEXT_BYTES: usize = 1_024;

/// `GET /v1/oidc/start`: off to the provider; `next` is where to go on to after that.
pub(super) async fn start(
    State(state): State<ApiState>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let parameters = Parameters::read(&uri, &["next"])?;
    let next = parameters.text("next").filter(|next| is_local(next)).unwrap_or("/");
    let (url, attempt) = oidc(&state)?.start(&state).await?;
    let kept = format!("{}~{}", attempt.text(), Base64UrlUnpadded::encode_string(next.as_bytes()));
    let cookie = cookie(&headers, ATTEMPT, &kept, ATTEMPT_S);
    Ok(redirect(&url, [cookie]))
}

/// `GET /v1/oidc/callback`: back from the provider, with a code or with a refusal.
pub(super) async fn callback(
    State(state): State<ApiState>,
    parts: Parts,
) -> Result<Response, Refusal> {
    let oidc = oidc(&state)?;
    // Providers send more than what is needed, so others are not refused.
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).unwrap_or_default();
    let given = |name: &str| {
        let mut all =
            query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = all.next();
        if all.next().is_some() { None } else { first }
    };
    let (attempt, next) = kept(&parts.headers).ok_or_else(stale)?;
    // Another's login must not become this browser's.
    if !given("state").is_some_and(|state| attempt.is_state(state)) {
        return Err(stale().into());
    }
    // RFC 9207: an answer of another provider.
    if given("iss").is_some_and(|issuer| issuer != oidc.issuer()) {
        return Err(stale().into());
    }
    let Some(code) = given("code") else {
        let said: String = given("error").unwrap_or("no code").chars().take(80).collect();
        let detail = format!("the login provider refused: {}", said.escape_debug());
        return Err(Problem::unauthenticated("OIDC_REFUSED", detail).into());
    };
    let opened = oidc.finish(&state, &attempt, code, source(&parts)).await?;
    let headers = &parts.headers;
    let name = if is_https(headers) { SESSION_OVER_TLS } else { SESSION };
    let lifetime = u32::try_from(LIFETIME.as_secs()).unwrap_or(u32::MAX);
    let session = cookie(headers, name, &opened.token, lifetime);
    Ok(redirect(&next, [session, cookie(headers, ATTEMPT, "", 0)]))
}

/// `POST /v1/users/{id}/identities`: who at the provider is that user.
pub(super) async fn link(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    caller.require_operator()?;
    let issuer = oidc(&state)?.issuer().to_owned();
    let errors = Errors::default();
    let read = read::body(&body, &errors, subject);
    let subject = read::finish(errors, read)?;
    let user = users::find(&state.ledger.world(), caller.asker(), &reference)?.id;
    let id = IdentityId::from(Uuid::now_v7());
    let link = NewIdentity { id, issuer, subject, user };
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |_| Ok(vec![Edit::LinkIdentity(link)]))
        .await?;
    Ok(done.deleted())
}

fn subject(fields: Fields<'_>) -> String {
    let subject = fields.required("subject", |at| at.text().map(str::to_owned)).unwrap_or_default();
    fields.finish(&[]);
    subject
}

fn oidc(state: &ApiState) -> Result<&Oidc, Problem> {
    state.settings.oidc.as_deref().ok_or_else(|| {
        let detail = "this service has no login provider; log in with POST /v1/sessions";
        Problem::new(StatusCode::NOT_FOUND, "OIDC_OFF", detail)
    })
}

fn stale() -> Problem {
    let detail =
        "this login was begun in another browser, or too long ago; begin again at /v1/oidc/start";
    Problem::unauthenticated("OIDC_STATE_UNKNOWN", detail)
}

/// The attempt that the browser kept, and where it goes on to.
fn kept(headers: &HeaderMap) -> Option<(Attempt, String)> {
    let fields =
        headers.get_all(header::COOKIE).into_iter().filter_map(|field| field.to_str().ok());
    let mut pairs =
        fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, kept) = pairs.find(|(name, _)| *name == ATTEMPT)?;
    let (attempt, next) = kept.split_once('~')?;
    let next = String::from_utf8(Base64UrlUnpadded::decode_vec(next).ok()?).ok()?;
    Some((Attempt::read(attempt)?, if is_local(&next) { next } else { "/".to_owned() }))
}

/// Whether a path is one of this service: anything else would send people elsewhere.
fn is_local(next: &str) -> bool {
    next.len() <= MAX_NEXT_BYTES
        && next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

/// Whether the browser came by HTTPS: what ends TLS says so.
fn is_https(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}

fn cookie(headers: &HeaderMap, name: &str, value: &str, max_age_s: u32) -> HeaderValue {
    let mut text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}");
    if is_https(headers) {
        write!(text, "; Secure").expect("a String takes everything");
    }
    HeaderValue::from_str(&text).expect("tokens and base64 are visible letters")
}

fn redirect<const N: usize>(url: &str, cookies: [HeaderValue; N]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    match HeaderValue::from_str(url) {
        Ok(url) => fields.insert(header::LOCATION, url),
        Err(_) => fields.insert(header::LOCATION, HeaderValue::from_static("/")),
    };
    for cookie in cookies {
        fields.append(header::SET_COOKIE, cookie);
    }
    response
}
