//! The visitor's API keys: made (the secret is shown once), listed, deleted.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::json;
use zeroize::Zeroizing;

use super::{PATH, below, role};
use crate::answer::people::ApiKey;
use crate::command_line::Line;
use crate::components::badge;
use crate::components::confirm::Confirm;
use crate::components::decision::{Decision, Weight};
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::{day, moment};
use crate::form::{Form, Posted, object};
use crate::notice::{Event, Notice};
use crate::path;
use crate::request::{Mode, Submission, understand};
use crate::visitor::Visitor;

/// The keys of the first page.
pub(super) fn section(visitor: &Visitor, keys: &[ApiKey]) -> Markup {
    let texts = visitor.texts();
    let own = &texts.project;
    let columns = [
        column(own.key),
        column(texts.scaling.status),
        column_of(own.role, "optional"),
        column_of(own.last_used, "optional"),
        column(own.expires),
        column_of(texts.scaling.actions, "menu-head"),
    ];
    let rows = html! { @for key in keys { (row(visitor, key)) } };
    html! {
        section class="card flush" aria-labelledby="keys-title" {
            div class="card-head" {
                div { h2 id="keys-title" { (own.keys) } p class="help" { (own.keys_lead) } }
                a class="button" href={ (PATH) "/keys/new" } { (icon(Icon::Add)) (own.new_key) }
            }
            @if keys.is_empty() { p class="card-note muted" { (own.keys_empty) } }
            @else { (list::table(own.keys, &columns, &rows)) }
        }
    }
}

fn row(visitor: &Visitor, key: &ApiKey) -> Markup {
    let texts = visitor.texts();
    let own = &texts.project;
    let access = if key.access == "READ_ONLY" { own.read_only } else { own.read_write };
    let items = html! {
        a class="menu-item bad" href={ (PATH) "/keys/" (key.id) "/delete" } { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    html! {
        tr {
            th scope="row" {
                span class="strong" { (key.name) }
                @if !key.description.is_empty() { span class="sub" { (key.description) } }
            }
            td { (badge::state(&texts.words, &key.status)) }
            td class="optional" { (role(own, &key.role)) span class="sub" { (access) } }
            td class="optional moment-cell" {
                @match &key.last_used_at {
                    Some(at) => (moment(at)),
                    None => (own.never_used),
                }
            }
            td class="moment-cell" { (day(&key.expires_at)) }
            td class="menu-cell" { (list::row_menu(texts, &key.name, &items)) }
        }
    }
}

/// `GET /project/keys/new`.
pub(crate) async fn ask(visitor: Visitor) -> Result<Response, Problem> {
    Ok(page(&visitor, &Form::default(), None))
}

/// `POST /project/keys/new`: the answer is the only page that ever shows the key.
pub(crate) async fn create(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    if form.intent() != "do" {
        return Ok(page(&visitor, &form, None));
    }
    match visitor.submit(&submission(&form), Mode::CarryOut).await {
        Ok(answer) => made(&visitor, understand(answer)?),
        Err(problem) => Ok(page(&visitor, &form, Some(&problem))),
    }
}

fn submission(form: &Form) -> Submission {
    let body = object([
        ("name", form.string("name").or(Some(json!("")))),
        ("description", form.string("description")),
        ("role", form.string("role")),
        ("access", form.string("access")),
        ("expires_at", form.string("expires_at")),
    ]);
    Submission::post("/v1/api-keys", body)
}

fn made(visitor: &Visitor, mut key: ApiKey) -> Result<Response, Problem> {
    let texts = visitor.texts();
    let own = &texts.project;
    let secret = Zeroizing::new(key.key.take().unwrap_or_default());
    let content = html! {
        div class="card confirm" {
            h1 { (own.key_made) }
            p { strong { (key.name) } " · " (own.key_made_lead) }
            p class="secret" { code id="secret" { (*secret) } (list::copy(texts, &secret)) }
            p { a class="button primary" href=(PATH) { (own.key_done) } }
        }
    };
    Ok(below(visitor, own.new_key).show(&content))
}

fn page(visitor: &Visitor, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.project;
    let fields = |filled: Filled<'_>| {
        let roles = std::iter::once(Choice::new("", own.my_role)).chain(
            ["TENANT_ADMIN", "TENANT_USER", "VIEWER"]
                .map(|word| Choice::new(word, role(own, word))),
        );
        let access = vec![
            Choice::new("READ_WRITE", own.read_write),
            Choice::new("READ_ONLY", own.read_only),
        ];
        html! {
            (filled.text("name", own.name).placeholder("ci").show())
            (filled.text("description", own.description).optional().show())
            div class="row" {
                (filled.select("role", own.role, roles.collect()).show())
                (filled.select("access", own.access, access).show())
            }
            (filled.text("expires_at", own.expires).optional().help(own.expires_help).show())
        }
    };
    let line = Line::new("key create").word(form.text("name"));
    let role = form.text("role").to_lowercase().replace('_', "-");
    let line = line.option_of("role", Some(&role));
    let line = line.option_of("description", Some(form.text("description")));
    let line = if form.text("access") == "READ_ONLY" { line.flag("read-only") } else { line };
    let decision = Decision {
        visitor,
        title: own.new_key,
        consequences: html! { p class="muted" { (own.keys_lead) } },
        form,
        fields: &fields,
        action: &format!("{PATH}/keys/new"),
        back: PATH,
        button: (texts.frame.create, Weight::Light),
        submission: &submission(form),
        command: Some(&line.finish()),
        problem,
    };
    below(visitor, own.new_key).show(&decision.show())
}

async fn read(visitor: &Visitor, id: &str) -> Result<ApiKey, Problem> {
    visitor.ask(&format!("/v1/api-keys/{}", path::segment(id))).await
}

/// `GET /project/keys/{id}/delete`.
pub(crate) async fn ask_delete(
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = read(&visitor, &id).await?;
    Ok(delete_page(&visitor, &key, None))
}

/// `POST /project/keys/{id}/delete`.
pub(crate) async fn delete(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let key = read(&visitor, &id).await?;
    match visitor.submit(&deletion(&key), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Deleted, &key.name).then_go_to(PATH)),
        Err(problem) => Ok(delete_page(&visitor, &key, Some(&problem))),
    }
}

fn deletion(key: &ApiKey) -> Submission {
    Submission::delete(format!("/v1/api-keys/{}", key.id))
}

fn delete_page(visitor: &Visitor, key: &ApiKey, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let confirm = Confirm {
        visitor,
        name: &key.name,
        consequences: html! { p { (texts.project.key_delete) } },
        action: &format!("{PATH}/keys/{}/delete", key.id),
        back: PATH,
        submission: &deletion(key),
        command: Some(&Line::new("key delete").word(&key.name).finish()),
        problem,
    };
    below(visitor, texts.frame.delete).show(&confirm.show())
}
