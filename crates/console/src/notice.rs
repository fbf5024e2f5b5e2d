//! What happened just before, told once on the page that follows a form: kept for half a minute in a cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::cookies::{self, Keep, Scheme};
use crate::language::{Texts, fill};
use crate::path;

/// The cookie.
pub(crate) const COOKIE: &str = "elbow_notice";
/// Seconds until it is no news any more.
const KEEP: Keep = Keep::Seconds(30);
/// The longest name that is told.
const MAX_BYTES: usize = 256;

/// What happened to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    event: Event,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Created,
    Changed,
    Deleted,
}

impl Event {
    const ALL: [Self; 3] = [Self::Created, Self::Changed, Self::Deleted];

    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

impl Notice {
    pub(crate) fn new(event: Event, name: &str) -> Self {
        Self { event, name: name.to_owned() }
    }

    /// The one that a request carries.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = cookies::read(headers, COOKIE)?;
        let (word, _) = value.split_once('.')?;
        let event = Event::ALL.into_iter().find(|event| event.word() == word)?;
        let named = form_urlencoded::parse(value.as_bytes()).next()?.0;
        let name = named.split_once('.')?.1.to_owned();
        Some(Self { event, name })
    }

    /// In words.
    pub(crate) fn text(&self, texts: &Texts) -> String {
        let frame = &texts.frame;
        let pattern = match self.event {
            Event::Created => frame.created_notice,
            Event::Changed => frame.changed_notice,
            Event::Deleted => frame.deleted_notice,
        };
        fill(pattern, &[&self.name])
    }

    /// Goes to a page that tells it.
    pub(crate) fn then_go_to(&self, target: &str) -> Response {
        let mut cut = self.name.len().min(MAX_BYTES);
        while !self.name.is_char_boundary(cut) {
            cut -= 1;
        }
        let value = format!("{}.{}", self.event.word(), path::segment(&self.name[..cut]));
        let cookie = cookies::set(Scheme::Http, COOKIE, &value, KEEP);
        ([(header::SET_COOKIE, cookie)], Redirect::to(target)).into_response()
    }

    /// Told now: not again.
    pub(crate) fn told() -> HeaderValue {
        cookies::set(Scheme::Http, COOKIE, "", Keep::Drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_survives_the_cookie() {
        let name = "網站 & co; x=y.z";
        let response = Notice::new(Event::Created, name).then_go_to("/");
        let set = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let pair = set.split(';').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
        assert_eq!(Notice::of(&headers), Some(Notice::new(Event::Created, name)));
    }
}
