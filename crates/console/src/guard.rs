//! What surrounds every page: the headers that keep it safe, and problems shown as pages.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use elbow_api::Secure;
use elbow_api::problem::Problem;
use maud::{Markup, html};

use crate::components::icon::{Icon, icon};
use crate::language::Texts;
use crate::layout::{self, Page};
use crate::look::Look;
use crate::path;
use crate::state::Console;
use crate::visitor::Visitor;

/// Nothing from elsewhere, no script or style within a page, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Runs a request for a page.
pub(crate) async fn guard(
    State(console): State<Console>,
    mut request: Request,
    next: Next,
) -> Response {
    if request.extensions().get::<Secure>().is_some() {
        // As what ends TLS elsewhere says it.
        request.headers_mut().insert("x-forwarded-proto", HeaderValue::from_static("https"));
    }
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    let extensions = request.extensions().clone();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let visitor = Visitor::of(&console, &headers, &uri, &extensions).ok();
        response = problem_page(visitor.as_ref(), Look::of(&headers), &uri, problem);
    }
    let fields = response.headers_mut();
    for (name, value) in HEADERS {
        fields.insert(name, HeaderValue::from_static(value));
    }
    // Pages are of a person and a moment.
    fields.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A problem as a page; who is not logged in goes to log in first.
fn problem_page(visitor: Option<&Visitor>, look: Look, uri: &Uri, problem: Problem) -> Response {
    if problem.status == StatusCode::UNAUTHORIZED {
        let next = uri.path_and_query().map_or("/", |place| place.as_str());
        let next = if next == "/" { "" } else { next };
        return Redirect::to(&path::with_query("/login", &[("next", next)])).into_response();
    }
    let status = problem.status;
    let (title, body) = explained(look.language.texts(), &problem);
    let page = match visitor {
        Some(visitor) => Page::new(visitor, title).show(&body),
        None => layout::bare(look, title, &body),
    };
    let mut response = (status, page).into_response();
    response.headers_mut().extend(problem.headers);
    response
}

fn explained(texts: &Texts, problem: &Problem) -> (&'static str, Markup) {
    let frame = &texts.frame;
    let (title, help) = match problem.status {
        StatusCode::NOT_FOUND => (frame.not_found, Some(frame.not_found_help)),
        StatusCode::FORBIDDEN => (frame.not_allowed, None),
        StatusCode::CONFLICT => (frame.conflict, Some(frame.nothing_changed)),
        _ => (frame.failed, None),
    };
    let body = html! {
        div class="card problem" {
            div class="problem-icon" { (icon(Icon::Warning)) }
            h1 { (title) }
            p lang="en" { (problem.detail) }
            @if let Some(help) = help { p class="muted" { (help) } }
            p { a class="button" href="/" { (frame.back_to_start) } }
        }
    };
    (title, body)
}

/// What there is no page for: in HTML for browsers, else as the API says it.
pub(crate) async fn unknown(headers: HeaderMap, uri: Uri) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_browser = accepts.is_some_and(|accept| accept.contains("text/html"));
    let is_page = is_browser && !uri.path().starts_with("/v1/");
    if !is_page {
        return StatusCode::NOT_FOUND.into_response();
    }
    no_page(uri.path()).into_response()
}

/// That there is no such page.
pub(crate) fn no_page(path: &str) -> Problem {
    let detail = format!("there is no page {}", path.escape_debug());
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail)
}
