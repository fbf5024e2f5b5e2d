//! The project: what is used of its quotas, who works in it, and the visitor's API keys.

pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod switch;

use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};

use crate::answer::Listed;
use crate::answer::people::{ApiKey, Membership, Project};
use crate::components::badge::{self, Tone};
use crate::components::icon::Icon;
use crate::components::meter::meter;
use crate::language::fill;
use crate::language::project::Project as Texts;
use crate::layout::{Page, Section};
use crate::visitor::Visitor;

/// Its path.
pub(crate) const PATH: &str = "/project";
/// From so many percent on, a quota is nearly full.
const NEARLY_PERCENT: u32 = 80;

/// The API's path of the visitor's project.
fn api_path(visitor: &Visitor) -> String {
    format!("/v1/projects/{}", visitor.caller.project)
}

/// A page below the project's.
fn below<'a>(visitor: &'a Visitor, title: &str) -> Page<'a> {
    Page::new(visitor, title).section(Section::Project).below(visitor.texts().frame.project, PATH)
}

/// `GET /project`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let project: Project = visitor.ask(&api_path(&visitor)).await?;
    let keys: Listed<ApiKey> = visitor.ask("/v1/api-keys?limit=500").await?;
    let people: Option<Listed<Membership>> = match visitor.may(Verb::See, Class::Membership) {
        true => Some(visitor.ask(&format!("{}/memberships?limit=500", api_path(&visitor))).await?),
        false => None,
    };
    let own = &visitor.texts().project;
    let content = html! {
        div class="head" {
            div {
                h1 { (fill(own.title, &[&project.name])) }
                p class="lead" { @if project.description.is_empty() { (own.lead) } @else { (project.description) } }
            }
        }
        (quotas(&visitor, &project))
        @if let Some(people) = &people { (members::section(&visitor, &people.items)) }
        (keys::section(&visitor, &keys.items))
    };
    Ok(Page::new(&visitor, visitor.texts().frame.project).section(Section::Project).show(&content))
}

fn quotas(visitor: &Visitor, project: &Project) -> Markup {
    let own = &visitor.texts().project;
    html! {
        section class="card" aria-labelledby="quotas-title" {
            h2 id="quotas-title" { (own.quotas) }
            dl class="quotas" id="quotas" data-live {
                @for (field, name) in counted(own) {
                    @if let (Some(limit), Some(used)) = (project.quota.get(field), project.used.get(field)) {
                        (quota(own, name, *used, *limit))
                    }
                }
            }
        }
    }
}

fn quota(own: &Texts, name: &str, used: u32, limit: u32) -> Markup {
    let is_full = used >= limit;
    let is_near = u64::from(used) * 100 >= u64::from(limit) * u64::from(NEARLY_PERCENT);
    html! {
        div class="quota" {
            dt { (name) }
            dd {
                (fill(own.used_of, &[&used.to_string(), &limit.to_string()]))
                @if is_full { " " (badge::badge(Tone::Bad, Icon::Warning, own.full)) }
                @else if is_near { " " (badge::badge(Tone::Warning, Icon::Warning, own.nearly_full)) }
                (meter(used, limit, if is_full { "bad" } else if is_near { "warning" } else { "accent" }))
            }
        }
    }
}

/// What is counted, in the order of pages.
fn counted(own: &Texts) -> [(&'static str, &'static str); 8] {
    [
        ("load_balancers", own.load_balancers),
        ("vips", own.vips),
        ("listeners", own.listeners),
        ("pools", own.pools),
        ("members", own.members),
        ("certificates", own.certificates),
        ("scaling_groups", own.scaling_groups),
        ("instances", own.instances),
    ]
}

/// A role in words.
pub(crate) fn role<'a>(own: &'a Texts, constant: &'a str) -> &'a str {
    match constant {
        "OPERATOR" => own.operator,
        "TENANT_ADMIN" => own.tenant_admin,
        "TENANT_USER" => own.tenant_user,
        "VIEWER" => own.viewer,
        other => other,
    }
}
