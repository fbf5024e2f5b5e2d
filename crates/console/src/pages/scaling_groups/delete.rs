//! Deleting a scaling group, after saying what goes with it, and whether its instances may.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;

use super::{PATH, api_path, frame, path_of};
use crate::answer::scaling::ScalingGroup;
use crate::command_line::Line;
use crate::components::decision::{Decision, Weight};
use crate::form::{Form, Posted};
use crate::language::fill;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /scaling-groups/{id}/delete`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    Ok(page(&visitor, &group, &Form::default(), None))
}

/// `POST /scaling-groups/{id}/delete`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let group = frame::read(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(page(&visitor, &group, &form, None));
    }
    match visitor.submit(&submission(&group, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Deleted, &group.name).then_go_to(PATH)),
        Err(problem) => Ok(page(&visitor, &group, &form, Some(&problem))),
    }
}

fn submission(group: &ScalingGroup, form: &Form) -> Submission {
    let delete = Submission::delete(api_path(&group.id));
    if form.has("force") { delete.with_flag("force") } else { delete }
}

fn page(
    visitor: &Visitor,
    group: &ScalingGroup,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.scaling;
    let line = Line::new("group delete").word(&group.name);
    let line = if form.has("force") { line.flag("force") } else { line };
    let here = path_of(&group.id);
    let decision = Decision {
        visitor,
        title: &fill(texts.frame.delete_title, &[&group.name]),
        consequences: html! {
            p { (own.delete_consequences) }
            @if group.instances.total > 0 {
                p { (fill(own.delete_instances, &[&group.instances.total.to_string()])) }
            }
        },
        form,
        fields: &|filled| filled.tick("force", own.force_delete, Some(own.force_delete_help)),
        action: &format!("{here}/delete"),
        back: &here,
        button: (texts.frame.delete, Weight::Heavy),
        submission: &submission(group, form),
        command: Some(&line.finish()),
        problem,
    };
    frame::page_below(visitor, group, texts.frame.delete).show(&decision.show())
}
