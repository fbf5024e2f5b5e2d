//! The first page: what there is and how it does.

use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;

use super::load_balancers;
use crate::answer::Listed;
use crate::answer::load_balancer::LoadBalancer;
use crate::layout::{Page, Section};
use crate::visitor::Visitor;

/// How many load balancers are shown.
const NEWEST: &str = "/v1/load-balancers?limit=10";

/// `GET /`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let listed: Listed<LoadBalancer> = visitor.ask(NEWEST).await?;
    let texts = visitor.texts();
    let own = &texts.overview;
    let content = html! {
        div class="head" { h1 { (own.title) } }
        section aria-labelledby="newest" {
            div class="section-head" {
                h2 id="newest" { (own.newest) }
                a href=(load_balancers::PATH) { (own.all) }
            }
            div id="list" data-live {
                @if listed.items.is_empty() {
                    (load_balancers::list::empty(&visitor))
                } @else {
                    div class="card flush" { (load_balancers::list::rows(&visitor, &listed.items)) }
                }
            }
        }
    };
    Ok(Page::new(&visitor, own.title).section(Section::Overview).show(&content))
}
