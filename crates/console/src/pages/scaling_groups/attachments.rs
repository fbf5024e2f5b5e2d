//! What a group's instances join: rows to choose from what is eligible, why the rest is not, and what is attached.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{api_path, body, frame, path_of};
use crate::answer::Listed;
use crate::answer::scaling::{Attachment, Eligible, ScalingGroup};
use crate::command_line::scaling::vserver_groups;
use crate::components::equivalents::equivalents;
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, Posted};
use crate::language::fill;
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::path;
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// What new attachments get.
const USUAL_WEIGHT: &str = "50";
/// What the API calls the rows.
const ROWS: &str = "vserver_groups";

/// What a group that is yet to be created in a network could be attached to.
pub(super) async fn eligible_in(
    visitor: &Visitor,
    network: &str,
) -> Result<Vec<Eligible>, Problem> {
    let network = path::segment(network);
    let target = format!("/v1/networks/{network}/eligible-load-balancers?limit=500");
    let listed: Listed<Eligible> = visitor.ask(&target).await?;
    Ok(listed.items)
}

async fn eligible_for(visitor: &Visitor, group: &ScalingGroup) -> Result<Vec<Eligible>, Problem> {
    let target = format!("{}/eligible-load-balancers?limit=500", api_path(&group.id));
    let listed: Listed<Eligible> = visitor.ask(&target).await?;
    Ok(listed.items)
}

/// The rows of a form, with what can be chosen.
pub(super) fn rows(filled: Filled<'_>, eligible: &[Eligible]) -> Markup {
    let own = &filled.texts.scaling_form;
    html! {
        @if !eligible.iter().any(|found| found.eligible) {
            div class="notice info" { (icon(Icon::Info)) span { (own.none_eligible) } }
        }
        div class="rows" {
            @for row in filled.form.rows("attachments") { (one_row(filled, eligible, row)) }
        }
        div class="rows-end" {
            button class="button" name=(INTENT) value="add-attachment" data-in-place { (icon(Icon::Add)) (own.add_attachment) }
        }
        (why_not(filled, eligible))
    }
}

fn one_row(filled: Filled<'_>, eligible: &[Eligible], row: usize) -> Markup {
    let own = &filled.texts.scaling_form;
    let name = |field: &str| format!("attachments[{row}].{field}");
    let remove = fill(own.remove_attachment, &[&(row + 1).to_string()]);
    html! {
        div class="row" id={ "attachment-row-" (row) } {
            (filled.select(name("load_balancer"), own.load_balancer, choices(filled, eligible)).width("wide").show())
            (filled.number(name("port"), own.attachment_port, 1, 65535).optional().width("narrow").help(own.attachment_port_help).show())
            (filled.number(name("weight"), own.weight, 0, 256).width("narrow").show())
            button class="tool row-end" name=(INTENT) value={ "remove-attachment-" (row) } data-in-place
                aria-label=(remove) title=(remove) { (icon(Icon::Delete)) }
        }
    }
}

/// Every pool of what is eligible; the rest is there, and cannot be chosen.
fn choices(filled: Filled<'_>, eligible: &[Eligible]) -> Vec<Choice> {
    let own = &filled.texts.scaling_form;
    let mut choices = vec![Choice::new("", own.choose)];
    for found in eligible.iter().filter(|found| found.eligible) {
        let balancer = &found.load_balancer.name;
        for (index, pool) in found.pools.iter().enumerate() {
            choices.push(match index {
                0 => Choice::new(body::choice(balancer, None), fill(own.default_of, &[balancer])),
                _ => {
                    let label = fill(own.virtual_of, &[balancer, &pool.name]);
                    Choice::new(body::choice(balancer, Some(&pool.name)), label)
                }
            });
        }
    }
    for found in eligible.iter().filter(|found| !found.eligible) {
        let name = &found.load_balancer.name;
        let mut choice = Choice::new(name.clone(), fill(own.not_eligible, &[name]));
        choice.is_disabled = true;
        choices.push(choice);
    }
    choices
}

fn why_not(filled: Filled<'_>, eligible: &[Eligible]) -> Markup {
    let own = &filled.texts.scaling_form;
    let rest: Vec<&Eligible> = eligible.iter().filter(|found| !found.eligible).collect();
    html! {
        @if !rest.is_empty() {
            details class="why-not" {
                summary { (fill(own.why_not, &[&rest.len().to_string()])) }
                ul {
                    @for found in rest {
                        li {
                            strong { (found.load_balancer.name) }
                            @for reason in &found.reasons {
                                p lang="en" { code { (reason.code) } " " (reason.reason) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the buttons within the rows do to a form. True if it was one of them.
pub(super) fn reshape(form: &mut Form, intent: &str) -> bool {
    if intent == "add-attachment" {
        let row = form.rows("attachments").last().map_or(0, |last| last + 1);
        form.set(format!("attachments[{row}].load_balancer"), "");
        form.set(format!("attachments[{row}].weight"), USUAL_WEIGHT);
    } else if let Some(row) = intent.strip_prefix("remove-attachment-") {
        form.remove_row("attachments", row.parse().unwrap_or(usize::MAX));
    } else {
        return false;
    }
    true
}

/// `GET /scaling-groups/{id}/attachments`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let mut form = Form::of([("force", "true")]);
    reshape(&mut form, "add-attachment");
    page(&visitor, &group, &form, None).await
}

/// `POST /scaling-groups/{id}/attachments`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, mut form } = posted;
    let group = frame::read(&visitor, &id).await?;
    if form.intent() != "do" {
        let intent = form.intent().to_owned();
        reshape(&mut form, &intent);
        return page(&visitor, &group, &form, None).await;
    }
    body::tidy(&mut form);
    match carry_out(&visitor, &submissions(&group, &form)).await {
        Ok(()) => Ok(Notice::new(Event::Changed, &group.name).then_go_to(&path_of(&group.id))),
        Err(problem) => {
            let problem = body::land(problem, ROWS);
            page(&visitor, &group, &form, Some(&problem)).await
        }
    }
}

/// All of them, after every single one was rehearsed.
pub(super) async fn carry_out(visitor: &Visitor, all: &[Submission]) -> Result<(), Problem> {
    for mode in [Mode::Rehearse, Mode::CarryOut] {
        for submission in all {
            visitor.submit(submission, mode).await?;
        }
    }
    Ok(())
}

/// What a form asks for: detach what is ticked, attach what is chosen.
fn submissions(group: &ScalingGroup, form: &Form) -> Vec<Submission> {
    let mut all = Vec::new();
    let leaving: Vec<Value> = detached(group, form).map(named).collect();
    let joining = body::attachments(form);
    for (action, rows) in [("detach-vserver-groups", leaving), ("attach-vserver-groups", joining)] {
        if !rows.is_empty() {
            let body = json!({ROWS: rows, "force": form.has("force")});
            all.push(Submission::post(format!("{}/{action}", api_path(&group.id)), body));
        }
    }
    all
}

fn detached<'a>(group: &'a ScalingGroup, form: &'a Form) -> impl Iterator<Item = &'a Attachment> {
    group.attachments.iter().filter(|attachment| form.all("detach").any(|id| id == attachment.id))
}

/// An attachment as the API wants it named: with its port, if it has one.
fn named(attachment: &Attachment) -> Value {
    let mut named = json!({
        "load_balancer": attachment.load_balancer.name,
        "pool": attachment.pool.name,
    });
    if let Some(port) = attachment.port {
        named["port"] = json!(port);
    }
    named
}

async fn page(
    visitor: &Visitor,
    group: &ScalingGroup,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let eligible = eligible_for(visitor, group).await?;
    let texts = visitor.texts();
    let own = &texts.scaling_form;
    let filled = Filled { form, problem, texts };
    let all = submissions(group, form);
    let here = path_of(&group.id);
    let content = html! {
        div class="head" {
            div {
                h1 { (fill(own.attach_title, &[&group.name])) }
                p class="lead" { (own.attachments_lead) }
            }
        }
        form class="form" id="attachments-form" method="post" action={ (here) "/attachments" } data-follow {
            (form_token(visitor))
            button class="unseen" name=(INTENT) value="do" tabindex="-1" aria-hidden="true" {}
            (filled.summary())
            @if !group.attachments.is_empty() { (present(filled, group)) }
            section class="card" aria-labelledby="attach-title" {
                h2 id="attach-title" { (own.add_attachment) }
                (rows(filled, &eligible))
            }
            section class="card" { (filled.tick("force", own.force, Some(own.force_help))) }
            div class="actions end" {
                a class="button quiet" href=(here) { (texts.frame.cancel) }
                button class="button primary" name=(INTENT) value="do" { (texts.frame.save) }
            }
        }
        (equivalents(texts, Some(&command(group, &all)), &all))
    };
    Ok(frame::page_below(visitor, group, texts.scaling.attachments).show(&content))
}

fn command(group: &ScalingGroup, all: &[Submission]) -> String {
    let line = |submission: &Submission| {
        let verb = submission.path.rsplit('/').next().unwrap_or_default();
        let body = submission.body.as_ref().unwrap_or(&Value::Null);
        vserver_groups(verb, &group.name, body)
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What is attached, to be ticked if it shall go.
fn present(filled: Filled<'_>, group: &ScalingGroup) -> Markup {
    let own = &filled.texts.scaling_form;
    html! {
        section class="card" aria-labelledby="present-title" {
            h2 id="present-title" { (own.present) }
            ul class="rows" {
                @for attachment in &group.attachments {
                    @let id = format!("detach-{}", attachment.id);
                    li class="present-attachment" {
                        span class="strong" { (attachment.load_balancer.name) "/" (attachment.pool.name) }
                        span class="muted" {
                            @if let Some(port) = attachment.port { (own.attachment_port) " " (port) ", " }
                            (own.weight) " " (attachment.weight)
                        }
                        span class="tick inline" {
                            input type="checkbox" id=(id) name="detach" value=(attachment.id)
                                checked[filled.form.all("detach").any(|ticked| ticked == attachment.id)];
                            label for=(id) { (own.detach) span class="unseen" { " " (attachment.load_balancer.name) "/" (attachment.pool.name) } }
                        }
                    }
                }
            }
        }
    }
}
