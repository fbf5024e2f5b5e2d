//! Icons: one sprite, drawn in the colour of the text around them. They never stand for a word alone.

use maud::{Markup, html};

use crate::assets;

/// A symbol of the sprite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Account,
    Activity,
    Add,
    Arrow,
    Back,
    Brand,
    Certificate,
    Check,
    Clock,
    Copy,
    Cross,
    Delete,
    Disabled,
    Edit,
    Group,
    History,
    Info,
    Language,
    Listener,
    LoadBalancer,
    LogOut,
    Member,
    Menu,
    More,
    Network,
    Operator,
    Overview,
    Pending,
    Pool,
    Project,
    Refresh,
    Rule,
    Search,
    Warning,
}

impl Icon {
    /// Its id in `assets/icons.svg`.
    fn id(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Activity => "activity",
            Self::Add => "add",
            Self::Arrow => "arrow",
            Self::Back => "back",
            Self::Brand => "brand",
            Self::Certificate => "certificate",
            Self::Check => "check",
            Self::Clock => "clock",
            Self::Copy => "copy",
            Self::Cross => "cross",
            Self::Delete => "delete",
            Self::Disabled => "disabled",
            Self::Edit => "edit",
            Self::Group => "group",
            Self::History => "history",
            Self::Info => "info",
            Self::Language => "language",
            Self::Listener => "listener",
            Self::LoadBalancer => "load-balancer",
            Self::LogOut => "log-out",
            Self::Member => "member",
            Self::Menu => "menu",
            Self::More => "more",
            Self::Network => "network",
            Self::Operator => "operator",
            Self::Overview => "overview",
            Self::Pending => "pending",
            Self::Pool => "pool",
            Self::Project => "project",
            Self::Refresh => "refresh",
            Self::Rule => "rule",
            Self::Search => "search",
            Self::Warning => "warning",
        }
    }
}

/// An icon beside its word.
pub(crate) fn icon(icon: Icon) -> Markup {
    html! {
        svg class="icon" aria-hidden="true" focusable="false" {
            use href={ (assets::path("icons.svg")) "#" (icon.id()) } {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_drawn() {
        let sprite = include_str!("../../assets/icons.svg");
        // The last variant's discriminant counts them all.
        let drawn = sprite.matches("<symbol id=").count();
        assert_eq!(drawn, Icon::Warning as usize + 1);
        for known in [Icon::Account, Icon::LoadBalancer, Icon::LogOut, Icon::Warning] {
            assert!(sprite.contains(&format!("<symbol id=\"{}\"", known.id())), "{known:?}");
        }
    }
}
