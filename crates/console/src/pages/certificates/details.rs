//! All about a certificate but its key.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;

use super::{PATH, facts, list, path_of};
use crate::answer::certificate::Certificate;
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::components::moment::moment;
use crate::layout::{Page, Section};
use crate::path;
use crate::visitor::Visitor;

/// Reads a certificate by name or id.
pub(super) async fn read(visitor: &Visitor, reference: &str) -> Result<Certificate, Problem> {
    visitor.ask(&format!("/v1/certificates/{}", path::segment(reference))).await
}

/// `GET /certificates/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let certificate = read(&visitor, &id).await?;
    let texts = visitor.texts();
    let own = &texts.certificates;
    let content = html! {
        div class="head" {
            div {
                div class="head-title" {
                    h1 { (certificate.name) }
                    (badge::state(&texts.words, &certificate.status))
                }
                @if !certificate.description.is_empty() { p class="lead" { (certificate.description) } }
            }
            div class="head-actions" {
                a class="button" href={ (path_of(&certificate.id)) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
            }
        }
        @if let Some(reason) = &certificate.status_reason {
            div class="notice warning" lang="en" { (icon(Icon::Warning)) span { (reason) } }
        }
        (facts::warnings(&certificate))
        div class="columns" {
            (facts::facts(&visitor, &certificate))
            section class="card" aria-labelledby="used-title" {
                h2 id="used-title" { (own.used_by) }
                div id="used" data-live { (list::used_by(&visitor, &certificate)) }
                p class="help spaced" { (own.rotate_help) }
                dl class="facts spaced" { dt { (own.created_at) } dd { (moment(&certificate.created_at)) } }
            }
        }
    };
    let page = Page::new(&visitor, certificate.name.clone()).section(Section::Certificates);
    Ok(page.below(texts.frame.certificates, PATH).show(&content))
}
