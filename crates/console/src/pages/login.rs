//! Logging in and out: the API's own session, kept in a cookie that scripts can't read.

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use elbow_api::authentication::Peer;
use elbow_api::problem::Problem;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

use crate::components::icon::{Icon, icon};
use crate::cookies::{self, Keep, Scheme};
use crate::form::{Form, Posted};
use crate::language::fill;
use crate::look::Look;
use crate::request::{Mode, Submission};
use crate::state::Console;
use crate::visitor::{PROJECT_COOKIE, Visitor};
use crate::{csrf, layout, path, request};

/// Where to go on, and whether somebody just left.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Coming {
    #[serde(default)]
    next: String,
    #[serde(default)]
    left: String,
}

/// A session, as the API opens it.
#[derive(Deserialize)]
struct Session {
    token: String,
    expires_at: String,
}

/// `GET /login`.
pub(crate) async fn show(
    State(console): State<Console>,
    headers: HeaderMap,
    uri: Uri,
    coming: Query<Coming>,
    extensions: Extensions,
) -> Response {
    if Visitor::of(&console, &headers, &uri, &extensions).is_ok() {
        return Redirect::to(path::local(&coming.next)).into_response();
    }
    page(&console, Look::of(&headers), &coming, "", None)
}

/// `POST /login`.
pub(crate) async fn log_in(
    State(console): State<Console>,
    mut request: Request,
) -> Result<Response, Problem> {
    let peer = request.extensions_mut().remove::<Peer>();
    let (parts, body) = request.into_parts();
    csrf::check_origin(&parts.headers)?;
    let form = Form::read(&parts.headers, body).await?;
    match open(&console, peer, &form).await {
        Ok(session) => {
            let scheme = Scheme::of(&parts.headers);
            let cookie = cookies::set_session(scheme, &session.token, keep(&session, &console));
            let next = path::local(form.text("next")).to_owned();
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
        Err(problem) if problem.status.is_client_error() => {
            let coming = Coming { next: form.text("next").to_owned(), left: String::new() };
            // 200: the answer to 401 would be a page about logging in, which this is.
            let status = match problem.status {
                StatusCode::TOO_MANY_REQUESTS => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::OK,
            };
            let name = form.text("username");
            let page = page(&console, Look::of(&parts.headers), &coming, name, Some(&problem));
            Ok((status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /logout`: the API ends the session, the browser forgets it.
pub(crate) async fn log_out(
    headers: HeaderMap,
    Posted { visitor, form: _ }: Posted,
) -> Result<Response, Problem> {
    visitor.submit(&Submission::delete("/v1/sessions/current"), Mode::CarryOut).await?;
    let scheme = Scheme::of(&headers);
    let mut response = Redirect::to("/login?left=1").into_response();
    let session = cookies::set_session(scheme, "", Keep::Drop);
    let project = cookies::set(scheme, PROJECT_COOKIE, "", Keep::Drop);
    response.headers_mut().append(header::SET_COOKIE, session);
    response.headers_mut().append(header::SET_COOKIE, project);
    Ok(response)
}

async fn open(console: &Console, peer: Option<Peer>, form: &Form) -> Result<Session, Problem> {
    let mut body = json!({"username": form.text("username"), "password": form.raw("password")});
    let mut request = axum::http::Request::post("/v1/sessions")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .expect("this is a request");
    elbow_api::intake::wipe(&mut body);
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    let answer = request::send(&console.dialects, request).await?;
    request::read(answer).await
}

/// As long as the session lasts.
fn keep(session: &Session, console: &Console) -> Keep {
    let now = i64::try_from(console.api.surroundings.now().0 / 1_000).unwrap_or(0);
    let end = session.expires_at.parse::<Timestamp>().map_or(now, Timestamp::as_second);
    Keep::Seconds(u64::try_from(end - now).unwrap_or(0))
}

fn page(
    console: &Console,
    look: Look,
    coming: &Coming,
    name: &str,
    problem: Option<&Problem>,
) -> Response {
    let frame = &look.language.texts().frame;
    let content = html! {
        div class="login" {
            form class="card login-card" method="post" action="/login" {
                h1 { (frame.log_in) }
                p class="muted" { (frame.tagline) }
                (said(look, coming, problem))
                input type="hidden" name="next" value=(coming.next);
                div class="field" {
                    label for="username" { (frame.user_name) }
                    input id="username" name="username" type="text" value=(name) required
                        autocomplete="username" autocapitalize="none" spellcheck="false" autofocus[name.is_empty()];
                }
                div class="field" {
                    label for="password" { (frame.password) }
                    input id="password" name="password" type="password" required
                        autocomplete="current-password" aria-describedby="login-help" autofocus[!name.is_empty()];
                }
                button class="button primary wide" { (frame.log_in) }
                @if let Some(provider) = &console.api.settings.oidc {
                    a class="button wide" href=(path::with_query("/v1/oidc/start", &[("next", path::local(&coming.next))])) {
                        (fill(frame.log_in_at_provider, &[host_of(provider.issuer())]))
                    }
                }
                p class="help" id="login-help" { (frame.log_in_help) }
            }
        }
    };
    layout::bare(look, frame.log_in, &content)
}

/// What people know a provider by.
fn host_of(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn said(look: Look, coming: &Coming, problem: Option<&Problem>) -> Markup {
    let frame = &look.language.texts().frame;
    html! {
        @if let Some(problem) = problem {
            div class="error-summary" role="alert" {
                p lang="en" { (icon(Icon::Warning)) (problem.detail) }
            }
        } @else if !coming.left.is_empty() {
            div class="notice" role="status" { (icon(Icon::Check)) (frame.logged_out) }
        } @else if !coming.next.is_empty() {
            div class="notice" role="status" { (icon(Icon::Info)) (frame.session_over) }
        }
    }
}
