//! Setting by hand how many instances there shall be.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::html;

use super::{api_path, frame, path_of};
use crate::answer::scaling::ScalingGroup;
use crate::command_line::Line;
use crate::components::decision::{Decision, Weight};
use crate::form::{Form, Posted, object};
use crate::language::fill;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /scaling-groups/{id}/scale`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let form = Form::of([("desired", group.desired.to_string())]);
    Ok(page(&visitor, &group, &form, None))
}

/// `POST /scaling-groups/{id}/scale`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let group = frame::read(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(page(&visitor, &group, &form, None));
    }
    match visitor.submit(&submission(&group, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Changed, &group.name).then_go_to(&path_of(&group.id))),
        Err(problem) => Ok(page(&visitor, &group, &form, Some(&problem))),
    }
}

fn submission(group: &ScalingGroup, form: &Form) -> Submission {
    let body = object([("desired", form.number("desired"))]);
    Submission::post(format!("{}/scale", api_path(&group.id)), body)
}

fn page(
    visitor: &Visitor,
    group: &ScalingGroup,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let own = &visitor.texts().scaling;
    let (min, max) = (group.min.to_string(), group.max.to_string());
    let line = Line::new("group scale").word(&group.name).word(form.text("desired"));
    let here = path_of(&group.id);
    let help = fill(own.scale_help, &[&min, &max]);
    let decision = Decision {
        visitor,
        title: &fill(own.scale_title, &[&group.name]),
        consequences: html! { p class="muted" { (own.scale_lead) } },
        form,
        fields: &|filled| {
            let desired = filled.number("desired", own.desired, group.min.into(), group.max.into());
            desired.width("narrow").help(&help).show()
        },
        action: &format!("{here}/scale"),
        back: &here,
        button: (own.scale, Weight::Light),
        submission: &submission(group, form),
        command: Some(&line.finish()),
        problem,
    };
    frame::page_below(visitor, group, own.scale).show(&decision.show())
}
