//! How a reader wants the console: language and theme, kept in cookies, chosen without being logged in.

use axum::http::{HeaderMap, header};

use crate::cookies;
use crate::language::Language;

/// The cookies.
pub(crate) const LANGUAGE_COOKIE: &str = "elbow_language";
pub(crate) const THEME_COOKIE: &str = "elbow_theme";

/// How a reader wants the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) language: Language,
    pub(crate) theme: Theme,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// In cookies, forms and the page's root element.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }
}

impl Look {
    /// What the cookies say, else what the browser prefers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = cookies::read(headers, LANGUAGE_COOKIE).and_then(Language::parse);
        let preferred = || {
            let field = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Language::preferred(field)
        };
        let language = chosen.or_else(preferred).unwrap_or(Language::English);
        let theme = cookies::read(headers, THEME_COOKIE).and_then(Theme::parse);
        Self { language, theme: theme.unwrap_or(Theme::Auto) }
    }
}
