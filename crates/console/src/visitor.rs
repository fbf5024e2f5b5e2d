//! Who looks at a page: the session of the cookie, checked by the API's own rule. Through a visitor, and only so, pages
//! reach the API: in his name and in his project, as they are at the time of the request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri};
use elbow_api::authentication::{Caller, ELBOW_PROJECT, Peer};
use elbow_api::problem::Problem;
use elbow_model::change::Source;
use zeroize::Zeroizing;

use crate::language::Texts;
use crate::look::Look;
use crate::notice::Notice;
use crate::state::Console;
use crate::{cookies, csrf};

/// Names the project that pages show; without it, the user's usual one.
pub(crate) const PROJECT_COOKIE: &str = "elbow_project";

/// Who looks at a page. Has no `Debug`: it holds the session's token.
pub(crate) struct Visitor {
    pub(crate) console: Console,
    /// As the API sees him.
    pub(crate) caller: Caller,
    /// The name of the project that he works in.
    pub(crate) project: String,
    pub(crate) look: Look,
    /// The token of his forms.
    pub(crate) csrf: String,
    /// Path and query of the page.
    pub(crate) place: String,
    /// What happened just before.
    pub(crate) notice: Option<Notice>,
    token: Zeroizing<String>,
}

impl Visitor {
    /// Refuses a form that is not of this session.
    pub(crate) fn check_form(&self, token: &str) -> Result<(), Problem> {
        csrf::check_token(&self.token, token)
    }

    /// The texts in his language.
    pub(crate) fn texts(&self) -> &'static Texts {
        self.look.language.texts()
    }

    /// The projects that he may work in, by id and name; of an operator these are all.
    pub(crate) fn projects(&self) -> Vec<(String, String)> {
        let world = self.console.api.ledger.world();
        let Some(user) = world.user(self.caller.user) else { return Vec::new() };
        let own = world.projects().filter(|project| user.role_in(project.id).is_some());
        let mut projects: Vec<(String, String)> =
            own.map(|project| (project.id.to_string(), project.name.to_string())).collect();
        projects.sort_by(|a, b| a.1.cmp(&b.1));
        projects
    }

    /// The visitor of a request; a 401 problem if there is no session.
    pub(crate) fn of(
        console: &Console,
        headers: &HeaderMap,
        uri: &Uri,
        extensions: &Extensions,
    ) -> Result<Self, Problem> {
        let Some(token) = cookies::session(headers) else {
            return Err(Problem::unauthenticated("UNAUTHENTICATED", "log in to see this page"));
        };
        let source = match extensions.get::<Peer>() {
            Some(peer) => Source::Address(peer.0),
            None => Source::LocalSocket,
        };
        let world = console.api.ledger.world();
        let of_session =
            |chosen: &HeaderMap| Caller::of_session(&console.api, &world, chosen, token, source);
        let mut chosen = HeaderMap::new();
        let project = cookies::read(headers, PROJECT_COOKIE);
        if let Some(project) = project.and_then(|id| HeaderValue::from_str(id).ok()) {
            chosen.insert(ELBOW_PROJECT, project);
        }
        let caller = match of_session(&chosen) {
            // The chosen project is gone, or not his any more.
            Err(problem) if is_of_project(&problem) && !chosen.is_empty() => {
                of_session(&HeaderMap::new())?
            }
            other => other?,
        };
        let project = world.project(caller.project).map(|project| project.name.to_string());
        Ok(Self {
            console: console.clone(),
            caller,
            project: project.unwrap_or_default(),
            look: Look::of(headers),
            csrf: csrf::token(token),
            place: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            notice: Notice::of(headers),
            token: Zeroizing::new(token.to_owned()),
        })
    }
}

fn is_of_project(problem: &Problem) -> bool {
    matches!(problem.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
}

impl FromRequestParts<Console> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Problem> {
        Self::of(console, &parts.headers, &parts.uri, &parts.extensions)
    }
}
