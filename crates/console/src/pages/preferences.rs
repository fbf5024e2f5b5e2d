//! Language and theme, kept in cookies for a year.

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use elbow_api::problem::Problem;

use crate::cookies::{self, Keep, Scheme};
use crate::form::Form;
use crate::language::Language;
use crate::look::{LANGUAGE_COOKIE, THEME_COOKIE, Theme};
use crate::{csrf, path};

/// A year in seconds.
const KEEP: Keep = Keep::Seconds(365 * 24 * 60 * 60);

/// `POST /preferences`.
pub(crate) async fn set(request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    csrf::check_origin(&parts.headers)?;
    let form = Form::read(&parts.headers, body).await?;
    let scheme = Scheme::of(&parts.headers);
    let mut response = Redirect::to(path::local(form.text("next"))).into_response();
    let language = Language::parse(form.text("language"));
    let theme = Theme::parse(form.text("theme"));
    let chosen = [
        language.map(|language| (LANGUAGE_COOKIE, language.tag())),
        theme.map(|theme| (THEME_COOKIE, theme.word())),
    ];
    for (name, value) in chosen.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookies::set(scheme, name, value, KEEP));
    }
    Ok(response)
}
