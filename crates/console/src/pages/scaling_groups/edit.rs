//! Editing a group's settings and template. What is sent is a merge patch of what was changed, and nothing else.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;

use super::{api_path, body, fields, frame, path_of};
use crate::answer::scaling::ScalingGroup;
use crate::command_line::scaling::edit_group;
use crate::components::equivalents::equivalents;
use crate::components::field::Filled;
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, Posted};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /scaling-groups/{id}/edit`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let mut form = Form::default();
    body::fill(&mut form, &group);
    Ok(page(&visitor, &group, &form, None))
}

/// `POST /scaling-groups/{id}/edit`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let group = frame::read(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(page(&visitor, &group, &form, None));
    }
    let done = match submission(&group, &form) {
        Ok(submission) => visitor.submit(&submission, Mode::CarryOut).await,
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => {
            let name = form.text("name");
            Ok(Notice::new(Event::Changed, name).then_go_to(&path_of(&group.id)))
        }
        Err(problem) => Ok(page(&visitor, &group, &form, Some(&body::land(problem, "")))),
    }
}

fn submission(group: &ScalingGroup, form: &Form) -> Result<Submission, Problem> {
    Ok(Submission::patch(api_path(&group.id), body::patch(form, group)?))
}

fn page(
    visitor: &Visitor,
    group: &ScalingGroup,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.scaling_form;
    let filled = Filled { form, problem, texts };
    let here = path_of(&group.id);
    let content = html! {
        div class="head" { h1 { (fill(own.edit_title, &[&group.name])) } }
        form class="form" id="group" method="post" action={ (here) "/edit" } data-follow {
            (form_token(visitor))
            (filled.summary())
            section class="card" aria-labelledby="basics-title" {
                h2 id="basics-title" { (texts.scaling.basics) }
                div class="fields" {
                    (fields::names(filled))
                    div class="field" {
                        span class="label" { (texts.scaling.network) }
                        span { (group.network.name) }
                        p class="help" { (texts.scaling.network_fixed) }
                    }
                }
            }
            (fields::size(filled, false))
            (fields::template(filled, group.template.is_none()))
            section class="card" aria-labelledby="attachments-title" {
                h2 id="attachments-title" { (own.attachments) }
                (attached(visitor, group))
            }
            (fields::health(filled))
            div class="actions end" {
                a class="button quiet" href=(here) { (texts.frame.cancel) }
                button class="button primary" name=(INTENT) value="do" { (texts.frame.save) }
            }
        }
        (same(visitor, group, form))
    };
    frame::page_below(visitor, group, texts.frame.edit).show(&content)
}

/// What is attached, and the way to its own form.
fn attached(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    let own = &visitor.texts().scaling;
    html! {
        @if group.attachments.is_empty() { p class="muted" { (own.attachments_empty) } }
        span class="tags" {
            @for attachment in &group.attachments {
                span class="tag" { (attachment.load_balancer.name) "/" (attachment.pool.name) " · " (attachment.weight) }
            }
        }
        p class="spaced" {
            a class="button" href={ (path_of(&group.id)) "/attachments" } { (icon(Icon::LoadBalancer)) (own.attach_or_detach) }
        }
    }
}

fn same(visitor: &Visitor, group: &ScalingGroup, form: &Form) -> Markup {
    match submission(group, form) {
        Ok(submission) => {
            let body = submission.body.as_ref().unwrap_or(&Value::Null);
            let command = edit_group(&group.name, body);
            equivalents(visitor.texts(), Some(&command), std::slice::from_ref(&submission))
        }
        Err(_) => html! {},
    }
}
