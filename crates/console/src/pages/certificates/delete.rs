//! Deleting a certificate, after saying what still refers to it.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;

use super::details::read;
use super::{PATH, list, path_of};
use crate::answer::certificate::Certificate;
use crate::command_line::Line;
use crate::components::confirm::Confirm;
use crate::form::Posted;
use crate::layout::{Page, Section};
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /certificates/{id}/delete`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let certificate = read(&visitor, &id).await?;
    Ok(page(&visitor, &certificate, None))
}

/// `POST /certificates/{id}/delete`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let certificate = read(&visitor, &id).await?;
    match visitor.submit(&submission(&certificate), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Deleted, &certificate.name).then_go_to(PATH)),
        Err(problem) => Ok(page(&visitor, &certificate, Some(&problem))),
    }
}

fn submission(certificate: &Certificate) -> Submission {
    Submission::delete(format!("/v1/certificates/{}", certificate.id))
}

fn page(visitor: &Visitor, certificate: &Certificate, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.certificates;
    let submission = submission(certificate);
    let command = Line::new("cert delete").word(&certificate.name).finish();
    let confirm = Confirm {
        visitor,
        name: &certificate.name,
        consequences: html! {
            p { (own.delete_consequences) }
            @if !certificate.used_by.is_empty() {
                p { (own.still_used) }
                (list::used_by(visitor, certificate))
            }
        },
        action: &format!("{}/delete", path_of(&certificate.id)),
        back: &path_of(&certificate.id),
        submission: &submission,
        command: Some(&command),
        problem,
    };
    Page::new(visitor, texts.frame.delete)
        .section(Section::Certificates)
        .below(texts.frame.certificates, PATH)
        .below(certificate.name.clone(), path_of(&certificate.id))
        .show(&confirm.show())
}
