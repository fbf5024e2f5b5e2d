//! What moves a group by itself: its policies, schedules and lifecycle hooks, and deleting one of them.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::Value;

use super::{api_path, frame, path_of, words};
use crate::answer::Listed;
use crate::answer::scaling::ScalingGroup;
use crate::answer::scaling_rules::{Alarm, Hook, Policy, Schedule};
use crate::command_line::Line;
use crate::components::chart::number;
use crate::components::confirm::Confirm;
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, Column, column, column_of};
use crate::components::moment::moment;
use crate::form::Posted;
use crate::language::fill;
use crate::language::scaling_rules::ScalingRules;
use crate::notice::{Event, Notice};
use crate::path;
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// `GET /scaling-groups/{id}/rules`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let api = api_path(&group.id);
    let policies: Listed<Policy> = visitor.ask(&format!("{api}/policies?limit=500")).await?;
    let schedules: Listed<Schedule> = visitor.ask(&format!("{api}/schedules?limit=500")).await?;
    let hooks: Listed<Hook> = visitor.ask(&format!("{api}/hooks?limit=500")).await?;
    let section = |kind: Kind, rows: Option<Markup>| part(&visitor, &group, kind, rows);
    let content = html! {
        (frame::head(&visitor, &group, frame::Tab::Rules))
        (frame::notices(&visitor, &group))
        (section(Kind::Policies, (!policies.items.is_empty()).then(|| html! {
            @for policy in &policies.items { (policy_row(&visitor, &group, policy)) }
        })))
        (section(Kind::Schedules, (!schedules.items.is_empty()).then(|| html! {
            @for schedule in &schedules.items { (schedule_row(&visitor, &group, schedule)) }
        })))
        (section(Kind::Hooks, (!hooks.items.is_empty()).then(|| html! {
            @for hook in &hooks.items { (hook_row(&visitor, &group, hook)) }
        })))
    };
    Ok(frame::page_below(&visitor, &group, visitor.texts().scaling.tab_policies).show(&content))
}

/// A kind of thing that moves a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Policies,
    Schedules,
    Hooks,
}

impl Kind {
    /// In paths, the API's own ones too.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Policies => "policies",
            Self::Schedules => "schedules",
            Self::Hooks => "hooks",
        }
    }

    /// The noun of the command line.
    fn noun(self) -> &'static str {
        match self {
            Self::Policies => "policy",
            Self::Schedules => "schedule",
            Self::Hooks => "hook",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Policies, Self::Schedules, Self::Hooks].into_iter().find(|kind| kind.word() == word)
    }

    /// Title, lead, what to say while there is none, the button that adds one.
    fn texts(self, own: &ScalingRules) -> [&'static str; 4] {
        match self {
            Self::Policies => [own.policies, own.policies_lead, own.policies_empty, own.add_policy],
            Self::Schedules => {
                [own.schedules, own.schedules_lead, own.schedules_empty, own.add_schedule]
            }
            Self::Hooks => [own.hooks, own.hooks_lead, own.hooks_empty, own.add_hook],
        }
    }

    fn columns(self, visitor: &Visitor) -> [Column<'static>; 4] {
        let (own, scaling) = (&visitor.texts().scaling_rules, &visitor.texts().scaling);
        let menu = column_of(scaling.actions, "menu-head");
        match self {
            Self::Policies => {
                [column(own.policy), column(own.rule), column_of(own.behaviour, "optional"), menu]
            }
            Self::Schedules => {
                [column(own.schedule), column(own.effect), column_of(own.next_at, "optional"), menu]
            }
            Self::Hooks => [
                column(own.hook),
                column(own.transition),
                column_of(own.heartbeat, "optional"),
                menu,
            ],
        }
    }
}

/// The path of a kind's page below a group's.
pub(super) fn path_to(group: &ScalingGroup, kind: Kind, rest: &str) -> String {
    format!("{}/rules/{}/{rest}", path_of(&group.id), kind.word())
}

fn part(visitor: &Visitor, group: &ScalingGroup, kind: Kind, rows: Option<Markup>) -> Markup {
    let [title, lead, empty, add] = kind.texts(&visitor.texts().scaling_rules);
    let id = format!("{}-title", kind.word());
    html! {
        section class="card flush" aria-labelledby=(id) {
            div class="card-head" {
                div { h2 id=(id) { (title) } p class="help" { (lead) } }
                div class="actions" {
                    @if kind == Kind::Policies {
                        a class="button quiet" href={ (path_of(&group.id)) "/replay" } { (icon(Icon::History)) (visitor.texts().replay.short) }
                    }
                    @if visitor.may_edit() {
                        a class="button" href=(path_to(group, kind, "new")) { (icon(Icon::Add)) (add) }
                    }
                }
            }
            div id=(kind.word()) data-live {
                @match rows {
                    Some(rows) => (list::table(title, &kind.columns(visitor), &rows)),
                    None => p class="card-note muted" { (empty) },
                }
            }
        }
    }
}

fn menu(visitor: &Visitor, group: &ScalingGroup, kind: Kind, (id, name): (&str, &str)) -> Markup {
    let texts = visitor.texts();
    let items = html! {
        (list::menu_link(Icon::Edit, texts.frame.edit, &path_to(group, kind, &format!("{id}/edit"))))
        a class="menu-item bad" href=(path_to(group, kind, &format!("{id}/delete"))) { (icon(Icon::Delete)) (texts.frame.delete) }
    };
    html! { td class="menu-cell" { @if visitor.may_edit() { (list::row_menu(texts, name, &items)) } } }
}

fn policy_row(visitor: &Visitor, group: &ScalingGroup, policy: &Policy) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling_rules;
    let seconds = |count: u32| fill(texts.scaling.seconds, &[&count.to_string()]);
    html! {
        tr {
            th scope="row" {
                span class="strong" { (policy.name) }
                span class="sub" { (words::policy(own, &policy.kind)) @if !policy.enabled { " · " (own.not_followed) } }
            }
            td { (rule(own, policy)) }
            td class="optional" {
                span class="sub" { (own.up) ": " (own.stabilization) " " (seconds(policy.up.stabilization_s)) }
                span class="sub" { (own.down) ": " (own.stabilization) " " (seconds(policy.down.stabilization_s)) }
            }
            (menu(visitor, group, Kind::Policies, (&policy.id, &policy.name)))
        }
    }
}

/// A policy in a sentence.
pub(super) fn rule(own: &ScalingRules, policy: &Policy) -> Markup {
    let alarm = policy.alarm.as_ref();
    html! {
        @if let (Some(metric), Some(target)) = (&policy.metric, policy.target) {
            (fill(own.sentence_target, &[words::metric(own, metric), &number(target)]))
            @if policy.disable_scale_in == Some(true) { span class="sub" { (own.disable_scale_in) } }
        } @else {
            @match alarm {
                Some(alarm) => (sentence(own, alarm)),
                None => (own.by_hand_only),
            }
            ": "
            @if let Some(adjustment) = &policy.adjustment { strong { (adjustment.notation()) } }
            @for step in policy.steps.iter().flatten() {
                span class="sub" {
                    (step.from.map_or("−∞".to_owned(), number)) " – " (step.to.map_or("∞".to_owned(), number)) ": "
                    strong { (step.adjustment.notation()) }
                }
            }
        }
    }
}

fn sentence(own: &ScalingRules, alarm: &Alarm) -> Markup {
    let metric = words::metric(own, &alarm.metric);
    let comparison = words::comparison(own, &alarm.comparison);
    let said = fill(own.sentence_alarm, &[metric, comparison, &number(alarm.threshold)]);
    html! {
        (said)
        @if alarm.for_s > 0 { " " (fill(own.sentence_held, &[&alarm.for_s.to_string()])) }
    }
}

fn schedule_row(visitor: &Visitor, group: &ScalingGroup, schedule: &Schedule) -> Markup {
    let own = &visitor.texts().scaling_rules;
    let form = &visitor.texts().scaling_form;
    let effects =
        [(form.min, schedule.min), (form.max, schedule.max), (form.desired, schedule.desired)];
    html! {
        tr {
            th scope="row" {
                span class="strong" { (schedule.name) }
                span class="sub" {
                    @if let Some(cron) = &schedule.cron { code { (cron) } " " (schedule.time_zone.as_deref().unwrap_or_default()) }
                    @if let Some(at) = &schedule.at { (moment(at)) }
                    @if !schedule.enabled { " · " (own.not_followed) }
                }
            }
            td {
                @for (name, value) in effects {
                    @if let Some(value) = value { span class="sub" { (name) ": " strong { (value) } } }
                }
            }
            td class="optional moment-cell" {
                @match &schedule.next_at {
                    Some(next) => (moment(next)),
                    None => (own.never_again),
                }
            }
            (menu(visitor, group, Kind::Schedules, (&schedule.id, &schedule.name)))
        }
    }
}

fn hook_row(visitor: &Visitor, group: &ScalingGroup, hook: &Hook) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling_rules;
    html! {
        tr {
            th scope="row" {
                span class="strong" { (hook.name) }
                @if let Some(webhook) = &hook.webhook { span class="sub" { code { (webhook) } } }
            }
            td { (words::transition(own, &hook.transition)) }
            td class="optional" {
                (fill(texts.scaling.seconds, &[&hook.heartbeat_timeout_s.to_string()]))
                span class="sub" { (own.default_result) ": " (words::hook_result(own, &hook.default_result)) }
            }
            (menu(visitor, group, Kind::Hooks, (&hook.id, &hook.name)))
        }
    }
}

/// Group, kind and which one.
type Place = Path<(String, String, String)>;

/// What a page of deletion needs.
struct Doomed {
    group: ScalingGroup,
    kind: Kind,
    id: String,
    name: String,
}

async fn find(
    visitor: &Visitor,
    (group, kind, id): (String, String, String),
) -> Result<Doomed, Problem> {
    let group = frame::read(visitor, &group).await?;
    let kind = Kind::of(&kind).ok_or_else(|| crate::guard::no_page(&visitor.place))?;
    let found: Value = visitor.ask(&format!("/v1/{}/{}", kind.word(), path::segment(&id))).await?;
    let name = found["name"].as_str().unwrap_or_default().to_owned();
    Ok(Doomed { group, kind, id, name })
}

/// `GET /scaling-groups/{id}/{kind}/{child}/delete`.
pub(crate) async fn ask_delete(visitor: Visitor, Path(place): Place) -> Result<Response, Problem> {
    let doomed = find(&visitor, place).await?;
    Ok(delete_page(&visitor, &doomed, None))
}

/// `POST /scaling-groups/{id}/{kind}/{child}/delete`.
pub(crate) async fn delete(Path(place): Place, posted: Posted) -> Result<Response, Problem> {
    let visitor = posted.visitor;
    let doomed = find(&visitor, place).await?;
    match visitor.submit(&deletion(&doomed), Mode::CarryOut).await {
        Ok(_) => {
            let target = format!("{}/rules", path_of(&doomed.group.id));
            Ok(Notice::new(Event::Deleted, &doomed.name).then_go_to(&target))
        }
        Err(problem) => Ok(delete_page(&visitor, &doomed, Some(&problem))),
    }
}

fn deletion(doomed: &Doomed) -> Submission {
    Submission::delete(format!("/v1/{}/{}", doomed.kind.word(), path::segment(&doomed.id)))
}

fn delete_page(visitor: &Visitor, doomed: &Doomed, problem: Option<&Problem>) -> Response {
    let Doomed { group, kind, id, name } = doomed;
    let texts = visitor.texts();
    let line = Line::new(&format!("{} delete", kind.noun())).word(&group.name).word(name);
    let submission = deletion(doomed);
    let confirm = Confirm {
        visitor,
        name,
        consequences: html! { p { (texts.scaling_rules.delete_consequences) } },
        action: &path_to(group, *kind, &format!("{id}/delete")),
        back: &format!("{}/rules", path_of(&group.id)),
        submission: &submission,
        command: Some(&line.finish()),
        problem,
    };
    frame::page_below(visitor, group, texts.frame.delete).show(&confirm.show())
}
