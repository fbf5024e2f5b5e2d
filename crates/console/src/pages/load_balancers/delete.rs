//! Deleting a load balancer, after saying what goes with it.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;

use super::{PATH, frame, path_of};
use crate::answer::load_balancer::LoadBalancer;
use crate::command_line::Line;
use crate::components::confirm::Confirm;
use crate::components::icon::{Icon, icon};
use crate::form::Posted;
use crate::language::fill;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /load-balancers/{id}/delete`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    Ok(page(&visitor, &balancer, None))
}

/// `POST /load-balancers/{id}/delete`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let balancer = frame::read(&visitor, &id).await?;
    match visitor.submit(&submission(&balancer), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Deleted, &balancer.name).then_go_to(PATH)),
        Err(problem) => Ok(page(&visitor, &balancer, Some(&problem))),
    }
}

fn submission(balancer: &LoadBalancer) -> Submission {
    Submission::delete(format!("/v1/load-balancers/{}", balancer.id))
}

fn page(visitor: &Visitor, balancer: &LoadBalancer, problem: Option<&Problem>) -> Response {
    let own = &visitor.texts().load_balancers;
    let submission = submission(balancer);
    let command = Line::new("lb delete").word(&balancer.name).finish();
    let confirm = Confirm {
        visitor,
        name: &balancer.name,
        consequences: html! {
            p { (fill(own.delete_consequences, &[&balancer.vip])) }
            @if balancer.deletion_protection {
                p class="notice warning" { (icon(Icon::Warning)) (own.protected) }
            }
        },
        action: &format!("{}/delete", path_of(&balancer.id)),
        back: &path_of(&balancer.id),
        submission: &submission,
        command: Some(&command),
        problem,
    };
    frame::page_below(visitor, balancer, visitor.texts().frame.delete).show(&confirm.show())
}
