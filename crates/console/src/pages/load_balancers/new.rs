//! The wizard: configure, review, create. The review asks the API what would be; only *Create* changes anything.

use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;
use uuid::Uuid;

use super::{PATH, body, fields, review};
use crate::answer::Listed;
use crate::answer::certificate::Certificate;
use crate::answer::network::Network;
use crate::command_line::balancing::create_load_balancer;
use crate::components::equivalents::equivalents;
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, Posted};
use crate::layout::{Page, Section, form_token};
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// The form's path.
const OWN_PATH: &str = "/load-balancers/new";
/// Where listeners begin if nothing else is there.
const USUAL_PORT: &str = "80";

/// `GET /load-balancers/new`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let mut form = Form::of([
        ("type", "APPLICATION"),
        ("network", "default"),
        ("method", "ROUND_ROBIN"),
        ("listeners[0].protocol", "HTTP"),
        ("listeners[0].port", USUAL_PORT),
        ("members[0].address", ""),
        ("members[0].weight", "1"),
        ("health_monitor.type", "TCP"),
    ]);
    body::fill_usual_check(&mut form);
    form.set("key", Uuid::now_v7().to_string());
    configure(&visitor, &form, None).await
}

/// `POST /load-balancers/new`.
pub(crate) async fn submit(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, mut form } = posted;
    let intent = form.intent().to_owned();
    match intent.as_str() {
        "next" | "create" => {}
        other => {
            reshape(&mut form, other);
            return configure(&visitor, &form, None).await;
        }
    }
    body::tidy(&mut form);
    let submission = submission(&form);
    let mode = if intent == "create" { Mode::CarryOut } else { Mode::Rehearse };
    match visitor.submit(&submission, mode).await {
        Ok(_) if mode == Mode::CarryOut => {
            Ok(Notice::new(Event::Created, form.text("name")).then_go_to(PATH))
        }
        Ok(answer) => Ok(reviewed(&visitor, &form, &submission, &answer)),
        Err(problem) => configure(&visitor, &form, Some(&problem)).await,
    }
}

/// What the buttons within the form do to it.
fn reshape(form: &mut Form, intent: &str) {
    let first = if form.text("type") == "NETWORK" { "TCP" } else { "HTTP" };
    if intent == "add-listener" {
        let row = form.rows("listeners").last().map_or(0, |last| last + 1);
        form.set(format!("listeners[{row}].protocol"), first);
        form.set(format!("listeners[{row}].port"), "");
    } else if intent == "add-member" {
        let row = form.rows("members").last().map_or(0, |last| last + 1);
        form.set(format!("members[{row}].address"), "");
        form.set(format!("members[{row}].weight"), "1");
    } else if let Some(row) = intent.strip_prefix("remove-listener-") {
        form.remove_row("listeners", row.parse().unwrap_or(usize::MAX));
    } else if let Some(row) = intent.strip_prefix("remove-member-") {
        form.remove_row("members", row.parse().unwrap_or(usize::MAX));
    } else if intent == "reshape" {
        for row in form.rows("listeners") {
            let name = format!("listeners[{row}].protocol");
            if (form.text(&name) == "TCP") != (first == "TCP") {
                form.set(name, first);
            }
        }
    }
}

fn submission(form: &Form) -> Submission {
    Submission::post("/v1/load-balancers", body::load_balancer(form)).with_key(form.text("key"))
}

async fn configure(
    visitor: &Visitor,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let own: Listed<Certificate> = visitor.ask("/v1/certificates?limit=500").await?;
    let networks: Listed<Network> = visitor.ask("/v1/networks?limit=500").await?;
    let texts = visitor.texts();
    let filled = Filled { form, problem, texts };
    let submission = submission(form);
    let body = submission.body.as_ref().unwrap_or(&Value::Null);
    let command = create_load_balancer(body);
    let content = html! {
        div class="head" { h1 { (texts.load_balancers.create_title) } }
        (review::steps(texts, review::Step::Configure))
        form class="form" novalidate id="wizard" method="post" action=(OWN_PATH) data-follow {
            (form_token(visitor))
            input type="hidden" name="key" value=(form.text("key"));
            // Enter in a field means this button, not the first one that adds a row.
            button class="unseen" name=(INTENT) value="next" tabindex="-1" aria-hidden="true" {}
            (filled.summary())
            (basics(filled, &networks.items))
            (fields::listeners(filled, form.text("type"), &own.items, &[]))
            (fields::members(filled, &[]))
            (fields::health_check(filled))
            div class="actions end" {
                a class="button quiet" href=(PATH) { (texts.frame.cancel) }
                button class="button primary" name=(INTENT) value="next" {
                    (texts.frame.next_review) (icon(Icon::Arrow))
                }
            }
        }
        (equivalents(texts, Some(&command), std::slice::from_ref(&submission)))
    };
    Ok(page(visitor, texts.load_balancers.create_title, &content))
}

fn basics(filled: Filled<'_>, networks: &[Network]) -> Markup {
    let texts = &filled.texts.load_balancers;
    let from = |network: &Network| match (&network.cidr, &network.addresses) {
        (Some(range), _) => format!("{} ({range})", network.name),
        (None, Some(addresses)) => format!("{} ({})", network.name, addresses.join(", ")),
        (None, None) => network.name.clone(),
    };
    let networks = networks.iter().map(|n| Choice::new(n.name.clone(), from(n))).collect();
    html! {
        section class="card" aria-labelledby="basics-title" {
            h2 id="basics-title" { (texts.basics) }
            div class="fields" {
                (filled.text("name", texts.name).help(texts.name_help).show())
                (filled.text("description", texts.description).optional().show())
                (fields::kinds(filled))
                div class="row" {
                    (filled.select("method", texts.method, fields::methods(texts)).show())
                    (filled.select("network", texts.network, networks).help(texts.network_field_help).show())
                }
            }
        }
    }
}

fn reviewed(visitor: &Visitor, form: &Form, submission: &Submission, answer: &Value) -> Response {
    let texts = visitor.texts();
    let body = submission.body.as_ref().unwrap_or(&Value::Null);
    let command = create_load_balancer(body);
    let content = html! {
        div class="head" {
            div {
                h1 { (texts.load_balancers.review_title) }
                p class="lead" { (texts.load_balancers.review_lead) }
            }
        }
        (review::steps(texts, review::Step::Review))
        (review::load_balancer(texts, answer))
        form class="actions end review-actions" method="post" action=(OWN_PATH) {
            (form_token(visitor))
            @for (name, value) in form.fields() { input type="hidden" name=(name) value=(value); }
            button class="button quiet" name=(INTENT) value="back" { (icon(Icon::Back)) (texts.frame.back) }
            button class="button primary" name=(INTENT) value="create" { (texts.frame.create) }
        }
        (equivalents(texts, Some(&command), std::slice::from_ref(submission)))
    };
    page(visitor, texts.load_balancers.create_title, &content)
}

fn page(visitor: &Visitor, title: &str, content: &Markup) -> Response {
    Page::new(visitor, title)
        .section(Section::LoadBalancers)
        .below(visitor.texts().frame.load_balancers, PATH)
        .show(content)
}
