//! The project that pages show, for who works in several: kept in a cookie that the API's own check stands behind.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use elbow_api::problem::Problem;

use crate::cookies::{self, Keep, Scheme};
use crate::form::Posted;
use crate::visitor::PROJECT_COOKIE;

/// A year in seconds.
const KEEP: Keep = Keep::Seconds(365 * 24 * 60 * 60);

/// `POST /project/switch`: to another project, by id. Pages of what is in one project make no sense in another, so it
/// leads to the first page.
pub(crate) async fn submit(headers: HeaderMap, posted: Posted) -> Result<Response, Problem> {
    let chosen = posted.form.text("project");
    let known = posted.visitor.projects();
    if !known.iter().any(|(id, _)| id == chosen) {
        let detail = "you are no member of such a project";
        return Err(Problem::new(axum::http::StatusCode::NOT_FOUND, "NOT_FOUND", detail));
    }
    let cookie = cookies::set(Scheme::of(&headers), PROJECT_COOKIE, chosen, KEEP);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
