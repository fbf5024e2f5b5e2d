//! Who works in the project, and as what: taken in, given another role, removed.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use elbow_model::rights::{Class, Verb};
use maud::{Markup, html};
use serde_json::json;

use super::{PATH, api_path, below, role};
use crate::answer::Listed;
use crate::answer::people::Membership;
use crate::command_line::Line;
use crate::components::decision::{Decision, Weight};
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::form::{Form, Posted, object};
use crate::language::fill;
use crate::language::project::Project as Texts;
use crate::notice::{Event, Notice};
use crate::path;
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// Roles that a member can have.
const ROLES: [&str; 3] = ["TENANT_ADMIN", "TENANT_USER", "VIEWER"];

/// The members of the first page.
pub(super) fn section(visitor: &Visitor, members: &[Membership]) -> Markup {
    let texts = visitor.texts();
    let own = &texts.project;
    let may_edit = visitor.may(Verb::Edit, Class::Membership);
    let columns =
        [column(own.user), column(own.role), column_of(texts.scaling.actions, "menu-head")];
    let rows = html! { @for member in members { (row(visitor, member, may_edit)) } };
    html! {
        section class="card flush" aria-labelledby="people-title" {
            div class="card-head" {
                div { h2 id="people-title" { (own.people) } p class="help" { (own.people_lead) } }
                @if may_edit {
                    div class="actions" {
                        a class="button quiet" href={ (PATH) "/users/new" } { (own.new_user) }
                        a class="button" href={ (PATH) "/members/new" } { (icon(Icon::Add)) (own.add_person) }
                    }
                }
            }
            @if members.is_empty() { p class="card-note muted" { (own.people_empty) } }
            @else { (list::table(own.people, &columns, &rows)) }
        }
    }
}

fn row(visitor: &Visitor, member: &Membership, may_edit: bool) -> Markup {
    let texts = visitor.texts();
    let own = &texts.project;
    let here = format!("{PATH}/members/{}", member.user.id);
    let items = html! {
        (list::menu_link(Icon::Edit, own.change_role, &path::with_query(&format!("{PATH}/members/new"), &[("user", &member.user.name), ("role", &member.role)])))
        a class="menu-item bad" href={ (here) "/remove" } { (icon(Icon::Delete)) (texts.frame.remove) }
    };
    html! {
        tr {
            th scope="row" { span class="strong" { (member.user.name) } }
            td { (role(own, &member.role)) }
            td class="menu-cell" { @if may_edit { (list::row_menu(texts, &member.user.name, &items)) } }
        }
    }
}

fn roles(own: &Texts) -> Vec<Choice> {
    ROLES.map(|word| Choice::new(word, role(own, word))).to_vec()
}

/// What the link to a change of role says.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Known {
    #[serde(default)]
    user: String,
    #[serde(default)]
    role: String,
}

/// `GET /project/members/new`.
pub(crate) async fn ask(
    visitor: Visitor,
    axum::extract::Query(known): axum::extract::Query<Known>,
) -> Result<Response, Problem> {
    let role = if known.role.is_empty() { "TENANT_USER".to_owned() } else { known.role };
    let form = Form::of([("user", known.user), ("role", role)]);
    Ok(page(&visitor, &form, None))
}

/// `POST /project/members/new`.
pub(crate) async fn grant(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    if form.intent() != "do" {
        return Ok(page(&visitor, &form, None));
    }
    match visitor.submit(&granting(&visitor, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Changed, form.text("user")).then_go_to(PATH)),
        Err(problem) => Ok(page(&visitor, &form, Some(&problem))),
    }
}

fn granting(visitor: &Visitor, form: &Form) -> Submission {
    let body = json!({"user": form.text("user"), "role": form.text("role")});
    Submission::post(format!("{}/memberships", api_path(visitor)), body)
}

fn kebab(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

fn page(visitor: &Visitor, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.project;
    let line = Line::new("user grant").word(form.text("user")).word(&visitor.project);
    let fields = |filled: Filled<'_>| {
        html! {
            (filled.text("user", own.user).help(own.add_person_help).show())
            (filled.select("role", own.role, roles(own)).show())
        }
    };
    let decision = Decision {
        visitor,
        title: own.add_person,
        consequences: html! { p class="muted" { (own.people_lead) } },
        form,
        fields: &fields,
        action: &format!("{PATH}/members/new"),
        back: PATH,
        button: (texts.frame.save, Weight::Light),
        submission: &granting(visitor, form),
        command: Some(&line.word(&kebab(form.text("role"))).finish()),
        problem,
    };
    below(visitor, own.add_person).show(&decision.show())
}

/// `GET /project/users/new`.
pub(crate) async fn ask_user(visitor: Visitor) -> Result<Response, Problem> {
    Ok(user_page(&visitor, &Form::of([("role", "TENANT_USER")]), None))
}

/// `POST /project/users/new`.
pub(crate) async fn create_user(posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    if form.intent() != "do" {
        return Ok(user_page(&visitor, &form, None));
    }
    match visitor.submit(&new_user(&visitor, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Created, form.text("name")).then_go_to(PATH)),
        Err(problem) => Ok(user_page(&visitor, &form, Some(&problem))),
    }
}

fn new_user(visitor: &Visitor, form: &Form) -> Submission {
    let body = json!({
        "name": form.text("name"),
        "password": form.raw("password"),
        "memberships": [{"project": visitor.project, "role": form.text("role")}],
    });
    Submission::post("/v1/users", body)
}

fn user_page(visitor: &Visitor, form: &Form, problem: Option<&Problem>) -> Response {
    let texts = visitor.texts();
    let own = &texts.project;
    let fields = |filled: Filled<'_>| {
        html! {
            (filled.text("name", own.name).help(own.user_name_help).show())
            (filled.select("role", own.role, roles(own)).show())
            (filled.secret("password", own.password).help(own.password_help).show())
        }
    };
    // A password is never in a page again, not even in what is the same by command line and API.
    let shown = object([
        ("name", Some(json!(form.text("name")))),
        ("password", Some(json!("…"))),
        ("memberships", Some(json!([{"project": visitor.project, "role": form.text("role")}]))),
    ]);
    let line = Line::new("user create").word(form.text("name"));
    let line = line.option("role", &kebab(form.text("role"))).option("in", &visitor.project);
    let decision = Decision {
        visitor,
        title: own.new_user,
        consequences: html! { p class="muted" { (own.new_user_lead) } },
        form,
        fields: &fields,
        action: &format!("{PATH}/users/new"),
        back: PATH,
        button: (texts.frame.create, Weight::Light),
        submission: &Submission::post("/v1/users", shown),
        command: Some(&line.flag("ask").finish()),
        problem,
    };
    below(visitor, own.new_user).show(&decision.show())
}

async fn find(visitor: &Visitor, id: &str) -> Result<Membership, Problem> {
    let target = format!("{}/memberships?limit=500", api_path(visitor));
    let listed: Listed<Membership> = visitor.ask(&target).await?;
    let found = listed.items.into_iter().find(|member| member.user.id == id);
    found.ok_or_else(|| crate::guard::no_page(&visitor.place))
}

/// `GET /project/members/{user}/remove`.
pub(crate) async fn ask_remove(
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let member = find(&visitor, &id).await?;
    Ok(remove_page(&visitor, &member, &Form::default(), None))
}

/// `POST /project/members/{user}/remove`.
pub(crate) async fn remove(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let member = find(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(remove_page(&visitor, &member, &form, None));
    }
    match visitor.submit(&removal(&visitor, &member, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Changed, &visitor.project).then_go_to(PATH)),
        Err(problem) => Ok(remove_page(&visitor, &member, &form, Some(&problem))),
    }
}

fn removal(visitor: &Visitor, member: &Membership, form: &Form) -> Submission {
    let heir = form.text("hand_over_to");
    let path = format!("{}/memberships/{}", api_path(visitor), member.user.id);
    let removal = Submission::delete(path).with_value("hand_over_to", heir);
    if form.has("force") && heir.is_empty() { removal.with_flag("force") } else { removal }
}

fn remove_page(
    visitor: &Visitor,
    member: &Membership,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let texts = visitor.texts();
    let own = &texts.project;
    let line = Line::new("user revoke").word(&member.user.name).word(&visitor.project);
    let line = line.option_of("hand-over-to", Some(form.text("hand_over_to")));
    let line = if form.has("force") { line.flag("force") } else { line };
    let fields = |filled: Filled<'_>| {
        html! {
            (filled.text("hand_over_to", own.hand_over).optional().help(own.hand_over_help).show())
            (filled.tick("force", own.force, None))
        }
    };
    let decision = Decision {
        visitor,
        title: &fill(own.remove_person, &[&member.user.name]),
        consequences: html! { p { (own.remove_consequences) } },
        form,
        fields: &fields,
        action: &format!("{PATH}/members/{}/remove", member.user.id),
        back: PATH,
        button: (texts.frame.remove, Weight::Heavy),
        submission: &removal(visitor, member, form),
        command: Some(&line.finish()),
        problem,
    };
    below(visitor, texts.frame.remove).show(&decision.show())
}
