//! The frame around every page: head, navigation, top bar, notices, foot.

use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use elbow_model::rights::{Class, Verb};
use maud::{DOCTYPE, Markup, html};

use crate::assets;
use crate::components::icon::{Icon, icon};
use crate::csrf;
use crate::language::Language;
use crate::look::{Look, Theme};
use crate::notice::Notice;
use crate::visitor::Visitor;

/// A part of the console that navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    LoadBalancers,
    Certificates,
    ScalingGroups,
    Networks,
    Activity,
    History,
    Project,
    Operator,
}

/// A page to be shown.
pub(crate) struct Page<'a> {
    visitor: &'a Visitor,
    title: String,
    section: Option<Section>,
    /// Where the page lies: names and paths of what is above it.
    above: Vec<(String, String)>,
    has_charts: bool,
}

impl Section {
    /// Those that work, in the order of the navigation.
    const ALL: &'static [Self] = &[
        Self::Overview,
        Self::LoadBalancers,
        Self::Certificates,
        Self::ScalingGroups,
        Self::Networks,
        Self::Activity,
        Self::History,
        Self::Project,
        Self::Operator,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::LoadBalancers => "/load-balancers",
            Self::Certificates => "/certificates",
            Self::ScalingGroups => "/scaling-groups",
            Self::Networks => "/networks",
            Self::Activity => "/activity",
            Self::History => "/history",
            Self::Project => "/project",
            Self::Operator => "/operator",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Overview => Icon::Overview,
            Self::LoadBalancers => Icon::LoadBalancer,
            Self::Certificates => Icon::Certificate,
            Self::ScalingGroups => Icon::Group,
            Self::Networks => Icon::Network,
            Self::Activity => Icon::Activity,
            Self::History => Icon::History,
            Self::Project => Icon::Project,
            Self::Operator => Icon::Operator,
        }
    }

    fn name(self, visitor: &Visitor) -> &'static str {
        let frame = &visitor.texts().frame;
        match self {
            Self::Overview => frame.overview,
            Self::LoadBalancers => frame.load_balancers,
            Self::Certificates => frame.certificates,
            Self::ScalingGroups => frame.scaling_groups,
            Self::Networks => frame.networks,
            Self::Activity => frame.activity,
            Self::History => frame.history,
            Self::Project => frame.project,
            Self::Operator => frame.operator,
        }
    }

    /// Whether this visitor has any use for it.
    fn is_for(self, visitor: &Visitor) -> bool {
        match self {
            Self::Operator => visitor.may(Verb::See, Class::Deployment),
            _ => true,
        }
    }
}

impl<'a> Page<'a> {
    pub(crate) fn new(visitor: &'a Visitor, title: impl Into<String>) -> Self {
        Self { visitor, title: title.into(), section: None, above: Vec::new(), has_charts: false }
    }

    /// As a part of this section, which is marked in the navigation.
    pub(crate) fn section(self, section: Section) -> Self {
        Self { section: Some(section), ..self }
    }

    /// Below this page.
    pub(crate) fn below(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.above.push((name.into(), path.into()));
        self
    }

    /// With the scripts that charts need.
    pub(crate) fn with_charts(self) -> Self {
        Self { has_charts: true, ..self }
    }

    /// The answer with this content, which holds the page's only `h1`.
    pub(crate) fn show(&self, content: &Markup) -> Response {
        let visitor = self.visitor;
        let frame = &visitor.texts().frame;
        let body = html! {
            a class="skip" href="#content" { (frame.skip) }
            div class="frame" {
                (sidebar(visitor, self.section))
                div class="stage" {
                    (self.top_bar())
                    main id="content" tabindex="-1" {
                        @if let Some(notice) = &visitor.notice {
                            div class="notice" role="status" {
                                (icon(Icon::Check)) span { (notice.text(visitor.texts())) }
                            }
                        }
                        (content)
                    }
                }
            }
        };
        let document = document(visitor.look, &self.title, self.has_charts, &body);
        let mut headers = HeaderMap::new();
        if visitor.notice.is_some() {
            headers.insert(header::SET_COOKIE, Notice::told());
        }
        (headers, Html(document.into_string())).into_response()
    }

    fn top_bar(&self) -> Markup {
        let visitor = self.visitor;
        let frame = &visitor.texts().frame;
        html! {
            div class="top" {
                nav class="crumbs" aria-label=(frame.pages) {
                    ol {
                        li class="crumb-project" { (project_menu(visitor)) }
                        @for (name, path) in &self.above {
                            li { a href=(path) { (name) } }
                        }
                        li aria-current="page" { (self.title) }
                    }
                }
                section class="top-tools" aria-label=(frame.tools) {
                    span id="live-state" class="live" hidden
                        data-live-text=(frame.live) data-lost-text=(frame.live_lost) role="status" {}
                    (preferences(visitor.look, &visitor.place, frame.preferences))
                    (account(visitor))
                }
            }
        }
    }
}

fn sidebar(visitor: &Visitor, current: Option<Section>) -> Markup {
    let frame = &visitor.texts().frame;
    let links = html! {
        ul {
            @for section in Section::ALL.iter().filter(|section| section.is_for(visitor)) {
                li {
                    a href=(section.path()) aria-current=[(current == Some(*section)).then_some("page")] {
                        (icon(section.icon())) span { (section.name(visitor)) }
                    }
                }
            }
        }
    };
    html! {
        header class="side" {
            a class="brand" href="/" { (icon(Icon::Brand)) span { "Elbow" } }
            nav class="side-nav" aria-label=(frame.navigation) { (links) }
            details class="side-menu" {
                summary { (icon(Icon::Menu)) span { (frame.menu) } }
                nav aria-label=(frame.navigation) { (links) }
            }
        }
    }
}

/// Language and theme: works without being logged in.
fn preferences(look: Look, place: &str, label: &str) -> Markup {
    let frame = &look.language.texts().frame;
    let theme_name = |theme| match theme {
        Theme::Auto => frame.theme_auto,
        Theme::Light => frame.theme_light,
        Theme::Dark => frame.theme_dark,
    };
    html! {
        details class="menu" {
            summary class="tool" aria-label=(label) title=(label) { (icon(Icon::Language)) }
            form class="menu-list" method="post" action="/preferences" {
                input type="hidden" name="next" value=(place);
                p class="menu-title" id="menu-language" { (frame.language) }
                div role="group" aria-labelledby="menu-language" {
                    @for language in Language::ALL {
                        button class="menu-item" name="language" value=(language.tag()) lang=(language.tag())
                            aria-pressed=(language == look.language) {
                            (icon(Icon::Check)) (language.own_name())
                        }
                    }
                }
                p class="menu-title" id="menu-theme" { (frame.theme) }
                div role="group" aria-labelledby="menu-theme" {
                    @for theme in Theme::ALL {
                        button class="menu-item" name="theme" value=(theme.word())
                            aria-pressed=(theme == look.theme) {
                            (icon(Icon::Check)) (theme_name(theme))
                        }
                    }
                }
            }
        }
    }
}

/// The project that pages show; who works in several chooses another one here.
fn project_menu(visitor: &Visitor) -> Markup {
    let frame = &visitor.texts().frame;
    let projects = visitor.projects();
    html! {
        @if projects.len() < 2 {
            (icon(Icon::Project)) span { (visitor.project) }
        } @else {
            details class="menu project-menu" {
                summary class="tool tool-wide" aria-label={ (frame.choose_project) ": " (visitor.project) } {
                    (icon(Icon::Project)) span { (visitor.project) }
                }
                form class="menu-list" method="post" action="/project/switch" {
                    (form_token(visitor))
                    p class="menu-title" { (frame.choose_project) }
                    @for (id, name) in &projects {
                        button class="menu-item" name="project" value=(id) aria-pressed=(*name == visitor.project) {
                            (icon(Icon::Check)) (name)
                        }
                    }
                }
            }
        }
    }
}

fn account(visitor: &Visitor) -> Markup {
    let frame = &visitor.texts().frame;
    html! {
        details class="menu" {
            summary class="tool tool-wide" aria-label={ (frame.account) ": " (visitor.caller.name) } {
                (icon(Icon::Account)) span class="tool-text" { (visitor.caller.name) }
            }
            form class="menu-list" method="post" action="/logout" {
                (form_token(visitor))
                p class="menu-title" { (visitor.caller.name) " · " (visitor.project) }
                button class="menu-item" { (icon(Icon::LogOut)) (frame.log_out) }
            }
        }
    }
}

/// What every form of a session holds.
pub(crate) fn form_token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(csrf::FIELD) value=(visitor.csrf); }
}

/// A page for who is not logged in.
pub(crate) fn bare(look: Look, title: &str, content: &Markup) -> Response {
    let frame = &look.language.texts().frame;
    let body = html! {
        a class="skip" href="#content" { (frame.skip) }
        div class="bare" {
            header class="bare-top" {
                a class="brand" href="/" { (icon(Icon::Brand)) span { "Elbow" } }
                (preferences(look, "/login", frame.preferences))
            }
            main id="content" tabindex="-1" { (content) }
        }
    };
    Html(document(look, title, false, &body).into_string()).into_response()
}

fn document(look: Look, title: &str, has_charts: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(look.language.tag()) data-theme=(look.theme.word()) {
            head {
                meta charset="utf-8";
                title { (title) " · Elbow" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("console.css"));
                script src=(assets::path("console.js")) defer {}
                @if has_charts {
                    script src=(assets::path("uplot.js")) defer {}
                    script src=(assets::path("charts.js")) defer {}
                }
            }
            body { (body) }
        }
    }
}
