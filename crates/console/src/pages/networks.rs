//! Networks: where virtual IPs come from. Who may make and end them is the operator's table of rights to say.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::answer::Listed;
use crate::answer::network::Network;
use crate::command_line::Line;
use crate::components::confirm::Confirm;
use crate::components::decision::{Decision, Weight};
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::form::{Form, Posted, object};
use crate::language::fill;
use crate::language::places::Places;
use crate::layout::{Page, Section};
use crate::notice::{Event, Notice};
use crate::path;
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// The list's path; a network's is below it.
const PATH: &str = "/networks";

fn path_of(network: &Network) -> String {
    format!("{PATH}/{}", network.id)
}

async fn read(visitor: &Visitor, id: &str) -> Result<Network, Problem> {
    visitor.ask(&format!("/v1/networks/{}", path::segment(id))).await
}

fn page<'a>(visitor: &'a Visitor, title: &str) -> Page<'a> {
    Page::new(visitor, title).section(Section::Networks).below(visitor.texts().frame.networks, PATH)
}

/// `GET /networks`.
pub(crate) async fn show(visitor: Visitor) -> Result<Response, Problem> {
    let listed: Listed<Network> = visitor.ask("/v1/networks?limit=500").await?;
    let texts = visitor.texts();
    let own = &texts.places;
    let create = html! {
        @if visitor.may(Verb::Create, Class::Network) {
            a class="button primary" href={ (PATH) "/new" } { (icon(Icon::Add)) (own.create_network) }
        }
    };
    let columns = [
        column(own.network),
        column_of(own.kind, "optional"),
        column(own.addresses),
        column_of(own.only_for, "optional"),
    ];
    let rows = html! {
        @for network in &listed.items {
            tr {
                th scope="row" {
                    a href=(path_of(network)) { (network.name) }
                    @if !network.description.is_empty() { span class="sub" { (network.description) } }
                }
                td class="optional" { (kind(own, &network.kind)) }
                td { code { (network.range()) } }
                td class="optional" { (users_of(own, network)) }
            }
        }
    };
    let content = html! {
        div class="head" {
            div { h1 { (own.networks_title) } p class="lead" { (own.networks_lead) } }
            div class="head-actions" { (list::refresh(texts, &visitor.place)) (create) }
        }
        div id="list" data-live {
            @if listed.items.is_empty() { (list::empty(Icon::Network, own.networks_empty, own.networks_empty_text, &create)) }
            @else { div class="card flush" { (list::table(own.networks_title, &columns, &rows)) } }
        }
    };
    Ok(Page::new(&visitor, texts.frame.networks).section(Section::Networks).show(&content))
}

fn kind<'a>(own: &'a Places, constant: &'a str) -> &'a str {
    match constant {
        "VPC" => own.vpc,
        "CLASSIC" => own.classic,
        "HOST" => own.host,
        other => other,
    }
}

fn users_of(own: &Places, network: &Network) -> String {
    network.project.as_ref().map_or(own.every_project.to_owned(), |project| project.name.clone())
}

/// `GET /networks/{id}`.
pub(crate) async fn details(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let network = read(&visitor, &id).await?;
    let texts = visitor.texts();
    let own = &texts.places;
    let here = path_of(&network);
    let content = html! {
        div class="head" {
            div { h1 { (network.name) } @if !network.description.is_empty() { p class="lead" { (network.description) } } }
            div class="head-actions" {
                @if visitor.may(Verb::Delete, Class::Network) {
                    a class="button" href={ (here) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
                }
                @if visitor.may(Verb::Edit, Class::Network) {
                    a class="button primary" href={ (here) "/edit" } { (icon(Icon::Edit)) (texts.frame.edit) }
                }
            }
        }
        section class="card" aria-labelledby="basics-title" {
            h2 id="basics-title" { (texts.scaling.basics) }
            dl class="facts" {
                dt { (own.kind) } dd { (kind(own, &network.kind)) }
                dt { (own.addresses) } dd { code { (network.range()) } }
                dt { (own.region) } dd { (network.region) }
                dt { (own.only_for) } dd { (users_of(own, &network)) }
                dt { (texts.scaling.owner) } dd { (network.owner.name) }
                dt { (texts.scaling.created_at) } dd { (moment(&network.created_at)) }
                dt { (texts.scaling.id) } dd { code { (network.id) } (list::copy(texts, &network.id)) }
            }
        }
    };
    Ok(page(&visitor, &network.name).show(&content))
}

/// `GET /networks/new`.
pub(crate) async fn ask_new(visitor: Visitor) -> Result<Response, Problem> {
    Ok(new_page(&visitor, &Form::of([("kind", "VPC")]), None))
}

/// `POST /networks/new`.
pub(crate) async fn create(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    if form.intent() != "do" {
        return Ok(new_page(&visitor, &form, None));
    }
    match visitor.submit(&creation(&form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Created, form.text("name")).then_go_to(PATH)),
        Err(problem) => Ok(new_page(&visitor, &form, Some(&problem))),
    }
}

fn creation(form: &Form) -> Submission {
    let is_host = form.text("kind") == "HOST";
    let listed: Vec<Value> = form.text("addresses").split_whitespace().map(Value::from).collect();
    let body = object([
        ("name", form.string("name").or(Some(json!("")))),
        ("description", form.string("description")),
        ("kind", form.string("kind")),
        ("cidr", form.string("cidr").filter(|_| !is_host)),
        ("addresses", (is_host && !listed.is_empty()).then(|| Value::from(listed))),
        ("project", form.string("project")),
    ]);
    Submission::post("/v1/networks", body)
}

fn new_page(visitor: &Visitor, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.places;
    let fields = |filled: Filled<'_>| {
        let kinds = ["VPC", "CLASSIC", "HOST"].map(|word| Choice::new(word, kind(own, word)));
        html! {
            (filled.text("name", texts.scaling.name).show())
            (filled.text("description", texts.scaling.description).optional().show())
            (filled.select("kind", own.kind, kinds.to_vec()).show())
            (filled.text("cidr", own.cidr).optional().help(own.cidr_help).placeholder("10.20.0.0/24").show())
            (filled.area("addresses", own.addresses, 3).optional().help(own.addresses_help).show())
            (filled.text("project", own.only_for).optional().help(own.only_for_help).show())
        }
    };
    let decision = Decision {
        visitor,
        title: own.create_network,
        consequences: html! {},
        form,
        fields: &fields,
        action: &format!("{PATH}/new"),
        back: PATH,
        button: (texts.frame.create, Weight::Light),
        submission: &creation(form),
        command: None,
        problem,
    };
    page(visitor, own.create_network).show(&decision.show())
}

/// `GET /networks/{id}/edit`.
pub(crate) async fn ask_edit(
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let network = read(&visitor, &id).await?;
    let form = Form::of([("name", &network.name), ("description", &network.description)]);
    Ok(edit_page(&visitor, &network, &form, None))
}

/// `POST /networks/{id}/edit`.
pub(crate) async fn change(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let network = read(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(edit_page(&visitor, &network, &form, None));
    }
    match visitor.submit(&edit(&network, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Changed, form.text("name")).then_go_to(&path_of(&network))),
        Err(problem) => Ok(edit_page(&visitor, &network, &form, Some(&problem))),
    }
}

fn edit(network: &Network, form: &Form) -> Submission {
    let body = json!({"name": form.text("name"), "description": form.text("description")});
    Submission::patch(format!("/v1/networks/{}", network.id), body)
}

fn edit_page(
    visitor: &Visitor,
    network: &Network,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.places;
    let here = path_of(network);
    let fields = |filled: Filled<'_>| -> Markup {
        html! {
            (filled.text("name", texts.scaling.name).show())
            (filled.text("description", texts.scaling.description).optional().show())
        }
    };
    let decision = Decision {
        visitor,
        title: &fill(own.edit_network, &[&network.name]),
        consequences: html! { p class="muted" { (own.fixed) ": " (network.label()) } },
        form,
        fields: &fields,
        action: &format!("{here}/edit"),
        back: &here,
        button: (texts.frame.save, Weight::Light),
        submission: &edit(network, form),
        command: None,
        problem,
    };
    page(visitor, texts.frame.edit).below(&*network.name, here.clone()).show(&decision.show())
}

/// `GET /networks/{id}/delete`.
pub(crate) async fn ask_delete(
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let network = read(&visitor, &id).await?;
    Ok(delete_page(&visitor, &network, None))
}

/// `POST /networks/{id}/delete`.
pub(crate) async fn delete(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let network = read(&visitor, &id).await?;
    match visitor.submit(&deletion(&network), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Deleted, &network.name).then_go_to(PATH)),
        Err(problem) => Ok(delete_page(&visitor, &network, Some(&problem))),
    }
}

fn deletion(network: &Network) -> Submission {
    Submission::delete(format!("/v1/networks/{}", network.id))
}

fn delete_page(visitor: &Visitor, network: &Network, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let here = path_of(network);
    let confirm = Confirm {
        visitor,
        name: &network.name,
        consequences: html! { p { (texts.places.delete_network) } },
        action: &format!("{here}/delete"),
        back: &here,
        submission: &deletion(network),
        command: Some(&Line::new("network delete").word(&network.name).finish()),
        problem,
    };
    page(visitor, texts.frame.delete).below(&*network.name, here.clone()).show(&confirm.show())
}
