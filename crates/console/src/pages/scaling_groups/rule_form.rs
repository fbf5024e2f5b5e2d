//! The forms that add or edit a policy, a schedule or a hook: one way for all three.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;

use super::rules::{Kind, path_to};
use super::{api_path, frame, hook_fields, path_of, policy_fields, replay, schedule_fields};
use crate::answer::scaling::ScalingGroup;
use crate::components::equivalents::equivalents;
use crate::components::field::Filled;
use crate::components::icon::{Icon, icon};
use crate::form::{Form, INTENT, Posted};
use crate::layout::form_token;
use crate::notice::{Event, Notice};
use crate::path;
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// Group and kind.
type New = Path<(String, String)>;
/// Group, kind and which one.
type Present = Path<(String, String, String)>;

/// What the form is about.
struct Subject {
    group: ScalingGroup,
    kind: Kind,
    /// The one that is edited, with its name.
    present: Option<(String, String)>,
}

impl Subject {
    async fn new(visitor: &Visitor, group: &str, kind: &str) -> Result<Self, Problem> {
        let group = frame::read(visitor, group).await?;
        let kind = Kind::of(kind).ok_or_else(|| crate::guard::no_page(&visitor.place))?;
        Ok(Self { group, kind, present: None })
    }

    async fn present(
        visitor: &Visitor,
        (group, kind, id): (String, String, String),
    ) -> Result<(Self, Value), Problem> {
        let subject = Self::new(visitor, &group, &kind).await?;
        let target = format!("/v1/{}/{}", subject.kind.word(), path::segment(&id));
        let found: Value = visitor.ask(&target).await?;
        let name = found["name"].as_str().unwrap_or_default().to_owned();
        Ok((Self { present: Some((id, name)), ..subject }, found))
    }

    fn submission(&self, form: &Form) -> Submission {
        match &self.present {
            None => {
                let target = format!("{}/{}", api_path(&self.group.id), self.kind.word());
                Submission::post(target, self.body(form, Purpose::Add))
            }
            Some((id, _)) => {
                let target = format!("/v1/{}/{}", self.kind.word(), path::segment(id));
                Submission::patch(target, self.body(form, Purpose::Edit))
            }
        }
    }

    fn body(&self, form: &Form, purpose: Purpose) -> Value {
        match self.kind {
            Kind::Policies => policy_fields::body(form, purpose),
            Kind::Schedules => schedule_fields::body(form, purpose),
            Kind::Hooks => hook_fields::body(form, purpose),
        }
    }

    fn title(&self, visitor: &Visitor) -> String {
        let own = &visitor.texts().scaling_rules;
        let (add, edit) = match self.kind {
            Kind::Policies => (own.add_policy, own.edit_policy),
            Kind::Schedules => (own.add_schedule, own.edit_schedule),
            Kind::Hooks => (own.add_hook, own.edit_hook),
        };
        match &self.present {
            None => add.to_owned(),
            Some((_, name)) => crate::language::fill(edit, &[name]),
        }
    }

    /// The command line adds these, and does not edit them.
    fn command(&self, body: &Value) -> Option<String> {
        if self.present.is_some() {
            return None;
        }
        let group = self.group.name.as_str();
        Some(match self.kind {
            Kind::Policies => policy_fields::command(group, body),
            Kind::Schedules => schedule_fields::command(group, body),
            Kind::Hooks => hook_fields::command(group, body),
        })
    }
}

/// What a form's body is for: an edit says also what is empty now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Add,
    Edit,
}

impl Purpose {
    /// A field that may be empty.
    pub(super) fn or_null(self, value: Option<Value>) -> Option<Value> {
        match self {
            Self::Add => value,
            Self::Edit => Some(value.unwrap_or(Value::Null)),
        }
    }
}

/// `GET /scaling-groups/{id}/{kind}/new`.
pub(crate) async fn new(visitor: Visitor, Path((group, kind)): New) -> Result<Response, Problem> {
    let subject = Subject::new(&visitor, &group, &kind).await?;
    let form = match subject.kind {
        Kind::Policies => policy_fields::usual(),
        Kind::Schedules => schedule_fields::usual(),
        Kind::Hooks => hook_fields::usual(),
    };
    Ok(page(&visitor, &subject, &form, None, &html! {}))
}

/// `POST /scaling-groups/{id}/{kind}/new`.
pub(crate) async fn create(Path((group, kind)): New, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let subject = Subject::new(&visitor, &group, &kind).await?;
    Ok(submit(&visitor, &subject, form).await)
}

/// `GET /scaling-groups/{id}/{kind}/{child}/edit`.
pub(crate) async fn edit(visitor: Visitor, Path(place): Present) -> Result<Response, Problem> {
    let (subject, found) = Subject::present(&visitor, place).await?;
    let form = match subject.kind {
        Kind::Policies => policy_fields::filled(&crate::request::understand(found)?),
        Kind::Schedules => schedule_fields::filled(&crate::request::understand(found)?),
        Kind::Hooks => hook_fields::filled(&crate::request::understand(found)?),
    };
    Ok(page(&visitor, &subject, &form, None, &html! {}))
}

/// `POST /scaling-groups/{id}/{kind}/{child}/edit`.
pub(crate) async fn change(Path(place): Present, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let (subject, _) = Subject::present(&visitor, place).await?;
    Ok(submit(&visitor, &subject, form).await)
}

async fn submit(visitor: &Visitor, subject: &Subject, mut form: Form) -> Response {
    if form.intent() != "do" {
        let intent = form.intent().to_owned();
        policy_fields::reshape(&mut form, &intent);
        if intent == "replay" && subject.kind == Kind::Policies {
            return tried(visitor, subject, &form).await;
        }
        return page(visitor, subject, &form, None, &html! {});
    }
    form.renumber("steps");
    match visitor.submit(&subject.submission(&form), Mode::CarryOut).await {
        Ok(_) => {
            let event = match subject.present {
                None => Event::Created,
                Some(_) => Event::Changed,
            };
            let target = format!("{}/rules", path_of(&subject.group.id));
            Notice::new(event, form.text("name")).then_go_to(&target)
        }
        Err(problem) => page(visitor, subject, &form, Some(&problem), &html! {}),
    }
}

/// The form with what the policy would have done, before it is saved.
async fn tried(visitor: &Visitor, subject: &Subject, form: &Form) -> Response {
    let policy = policy_fields::body(form, Purpose::Add);
    match replay::play(visitor, &replay::of_unsaved(&subject.group, &policy)).await {
        Ok(played) => page(visitor, subject, form, None, &replay::result(visitor, &played)),
        Err(mut problem) => {
            for error in &mut problem.errors {
                if let Some(field) = error.field.strip_prefix("policies[0].") {
                    error.field = field.to_owned();
                }
            }
            page(visitor, subject, form, Some(&problem), &html! {})
        }
    }
}

fn page(
    visitor: &Visitor,
    subject: &Subject,
    form: &Form,
    problem: Option<&Problem>,
    result: &Markup,
) -> Response {
    let texts = visitor.texts();
    let filled = Filled { form, problem, texts };
    let title = subject.title(visitor);
    let place = match &subject.present {
        None => "new".to_owned(),
        Some((id, _)) => format!("{id}/edit"),
    };
    let back = format!("{}/rules", path_of(&subject.group.id));
    let submission = subject.submission(form);
    let command = subject.command(submission.body.as_ref().unwrap_or(&Value::Null));
    let content = html! {
        div class="head" { h1 { (title) } }
        form class="form" id="rule" method="post" action=(path_to(&subject.group, subject.kind, &place)) data-follow {
            (form_token(visitor))
            button class="unseen" name=(INTENT) value="do" tabindex="-1" aria-hidden="true" {}
            (filled.summary())
            (fields(subject.kind, filled))
            div class="actions end" {
                a class="button quiet" href=(back) { (texts.frame.cancel) }
                @if subject.kind == Kind::Policies {
                    button class="button" name=(INTENT) value="replay" { (icon(Icon::History)) (texts.replay.try_it) }
                }
                button class="button primary" name=(INTENT) value="do" { (texts.frame.save) }
            }
        }
        (result)
        (equivalents(texts, command.as_deref(), std::slice::from_ref(&submission)))
    };
    frame::page_below(visitor, &subject.group, &title)
        .below(texts.scaling.tab_policies, back)
        .show(&content)
}

fn fields(kind: Kind, filled: Filled<'_>) -> Markup {
    match kind {
        Kind::Policies => policy_fields::show(filled),
        Kind::Schedules => schedule_fields::show(filled),
        Kind::Hooks => hook_fields::show(filled),
    }
}
