//! The wizard: configure, review, create. The review asks the API what would be; only *Create* changes anything.

use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;
use uuid::Uuid;

use super::{PATH, attachments, body, details, fields, path_of};
use crate::answer::Listed;
use crate::answer::network::Network;
use crate::answer::scaling::ScalingGroup;
use crate::command_line::scaling::create_group;
use crate::components::equivalents::equivalents;
use crate::components::field::Filled;
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, Posted};
use crate::layout::{Page, Section, form_token};
use crate::notice::{Event, Notice};
use crate::pages::load_balancers::review::{Step, steps};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// The form's path.
const OWN_PATH: &str = "/scaling-groups/new";
/// What the API calls the rows of attachments here.
const ROWS: &str = "attachments";

/// `GET /scaling-groups/new`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let mut form = Form::of([
        ("network", "default"),
        ("min", "1"),
        ("max", "3"),
        ("template.driver", "PROCESS"),
        ("template.port", "8080"),
        ("health_check", "LOAD_BALANCER"),
        ("health_grace_s", "60"),
        ("warm_up_s", "0"),
        ("drain_timeout_s", "300"),
        ("cooldown_s", "30"),
        ("idle_timeout_s", "300"),
        ("wake_timeout_s", "60"),
        ("wake_queue_max", "500"),
        ("removal_policies[0]", "CHEAPEST_TO_DRAIN"),
    ]);
    attachments::reshape(&mut form, "add-attachment");
    form.set("key", Uuid::now_v7().to_string());
    configure(&visitor, &form, None).await
}

/// `POST /scaling-groups/new`.
pub(crate) async fn submit(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, mut form } = posted;
    let mode = match form.intent() {
        "next" => Mode::Rehearse,
        "create" => Mode::CarryOut,
        other => {
            let other = other.to_owned();
            attachments::reshape(&mut form, &other);
            return configure(&visitor, &form, None).await;
        }
    };
    body::tidy(&mut form);
    let answer = match submission(&form) {
        Ok(submission) => visitor.submit(&submission, mode).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(created) if mode == Mode::CarryOut => {
            let id = created["id"].as_str().unwrap_or_default();
            Ok(Notice::new(Event::Created, form.text("name")).then_go_to(&path_of(id)))
        }
        Ok(answer) => reviewed(&visitor, &form, answer),
        Err(problem) => configure(&visitor, &form, Some(&body::land(problem, ROWS))).await,
    }
}

fn submission(form: &Form) -> Result<Submission, Problem> {
    let body = body::group(form)?;
    Ok(Submission::post("/v1/scaling-groups", body).with_key(form.text("key")))
}

async fn configure(
    visitor: &Visitor,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let networks: Listed<Network> = visitor.ask("/v1/networks?limit=500").await?;
    let network = form.text("network");
    let is_known = networks.items.iter().any(|found| found.name == network);
    let first = networks.items.first().map(|found| found.name.as_str());
    let network = if is_known { Some(network) } else { first };
    let eligible = match network {
        Some(network) => attachments::eligible_in(visitor, network).await?,
        None => Vec::new(),
    };
    let texts = visitor.texts();
    let own = &texts.scaling_form;
    let filled = Filled { form, problem, texts };
    let content = html! {
        div class="head" { h1 { (own.create_title) } }
        (steps(texts, Step::Configure))
        form class="form" id="wizard" method="post" action=(OWN_PATH) data-follow {
            (form_token(visitor))
            input type="hidden" name="key" value=(form.text("key"));
            // Enter in a field means this button, not the first one that adds a row.
            button class="unseen" name=(INTENT) value="next" tabindex="-1" aria-hidden="true" {}
            (filled.summary())
            section class="card" aria-labelledby="basics-title" {
                h2 id="basics-title" { (texts.scaling.basics) }
                div class="fields" {
                    (fields::names(filled))
                    (fields::network(filled, &networks.items))
                    @if networks.items.len() > 1 {
                        div { button class="button small" name=(INTENT) value="reshape" data-in-place { (own.update_form) } }
                    }
                }
            }
            (fields::size(filled, true))
            (fields::template(filled, true))
            section class="card" aria-labelledby="attachments-title" {
                h2 id="attachments-title" { (own.attachments) }
                p class="help before-rows" { (own.attachments_lead) }
                (attachments::rows(filled, &eligible))
            }
            (fields::health(filled))
            div class="actions end" {
                a class="button quiet" href=(PATH) { (texts.frame.cancel) }
                button class="button primary" name=(INTENT) value="next" {
                    (texts.frame.next_review) (icon(Icon::Arrow))
                }
            }
        }
        (same(visitor, form))
    };
    Ok(page(visitor, &content))
}

fn reviewed(visitor: &Visitor, form: &Form, answer: Value) -> Result<Response, Problem> {
    let group: ScalingGroup = crate::request::understand(answer)?;
    let texts = visitor.texts();
    let own = &texts.scaling_form;
    let content = html! {
        div class="head" {
            div {
                h1 { (own.review_title) }
                p class="lead" { (own.review_lead) }
            }
        }
        (steps(texts, Step::Review))
        (details::review(visitor, &group))
        form class="actions end review-actions" method="post" action=(OWN_PATH) {
            (form_token(visitor))
            @for (name, value) in form.fields() { input type="hidden" name=(name) value=(value); }
            button class="button quiet" name=(INTENT) value="back" { (icon(Icon::Back)) (texts.frame.back) }
            button class="button primary" name=(INTENT) value="create" { (texts.frame.create) }
        }
        (same(visitor, form))
    };
    Ok(page(visitor, &content))
}

/// What the form does by command line and API.
fn same(visitor: &Visitor, form: &Form) -> Markup {
    match submission(form) {
        Ok(submission) => {
            let command = create_group(submission.body.as_ref().unwrap_or(&Value::Null));
            equivalents(visitor.texts(), Some(&command), std::slice::from_ref(&submission))
        }
        Err(_) => html! {},
    }
}

fn page(visitor: &Visitor, content: &Markup) -> Response {
    let texts = visitor.texts();
    Page::new(visitor, texts.scaling_form.create_title)
        .section(Section::ScalingGroups)
        .below(texts.frame.scaling_groups, PATH)
        .show(content)
}
