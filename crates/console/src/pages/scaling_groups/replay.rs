//! What policies would have done: the recorded load played again, beside what really happened. It changes nothing.

use axum::extract::Path;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::activity::evidence;
use super::{api_path, frame, path_of, words};
use crate::answer::Listed;
use crate::answer::scaling::ScalingGroup;
use crate::answer::scaling_rules::Policy;
use crate::answer::scaling_stats::{Account, Replay};
use crate::components::badge;
use crate::components::band::{Band, Series, Shape};
use crate::components::chart::number;
use crate::components::equivalents::equivalents;
use crate::components::field::{Choice, Filled};
use crate::components::icon::{Icon, icon};
use crate::components::list::{self, column, column_of};
use crate::components::moment::moment;
use crate::form::{Form, INTENT, Posted, object};
use crate::language::fill;
use crate::layout::form_token;
use crate::request::{Mode, Submission, understand};
use crate::visitor::Visitor;

/// How much load is played unless something else is chosen: an hour.
const USUAL_RANGE_S: &str = "3600";
/// The most decisions that a page lists.
const MOST_DECISIONS: usize = 50;

/// `GET /scaling-groups/{id}/replay`.
pub(crate) async fn ask(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    page(&visitor, &group, &Form::of([("range_s", USUAL_RANGE_S)]), Ok(None)).await
}

/// `POST /scaling-groups/{id}/replay`.
pub(crate) async fn submit(Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let group = frame::read(&visitor, &id).await?;
    if form.intent() != "do" {
        return page(&visitor, &group, &form, Ok(None)).await;
    }
    let played = play(&visitor, &submission(&group, &form)).await;
    page(&visitor, &group, &form, played.map(Some)).await
}

/// A policy that may not be saved yet, on the last hour.
pub(super) fn of_unsaved(group: &ScalingGroup, policy: &Value) -> Submission {
    let body = json!({"policies": [policy], "range_s": 3_600});
    Submission::post(format!("{}/replay", api_path(&group.id)), body)
}

/// Plays it.
pub(super) async fn play(visitor: &Visitor, submission: &Submission) -> Result<Replay, Problem> {
    understand(visitor.submit(submission, Mode::CarryOut).await?)
}

fn submission(group: &ScalingGroup, form: &Form) -> Submission {
    let assumptions = object([
        ("launch_s", form.number("assumptions.launch_s")),
        ("capacity_per_instance", form.decimal("assumptions.capacity_per_instance")),
    ]);
    let is_said = assumptions.as_object().is_some_and(|map| !map.is_empty());
    let body = object([
        ("policy", form.string("policy")),
        ("range_s", form.number("range_s")),
        ("assumptions", is_said.then_some(assumptions)),
    ]);
    Submission::post(format!("{}/replay", api_path(&group.id)), body)
}

async fn page(
    visitor: &Visitor,
    group: &ScalingGroup,
    form: &Form,
    played: Result<Option<Replay>, Problem>,
) -> Result<Response, Problem> {
    let target = format!("{}/policies?limit=500", api_path(&group.id));
    let policies: Listed<Policy> = visitor.ask(&target).await?;
    let texts = visitor.texts();
    let own = &texts.replay;
    let filled = Filled { form, problem: played.as_ref().err(), texts };
    let all = Choice::new("", own.all_followed);
    let choices = policies.items.iter().map(|p| Choice::new(p.name.clone(), p.name.clone()));
    let ranges =
        [("900", own.quarter), ("3600", own.hour), ("21600", own.six_hours), ("86400", own.day)];
    let ranges = ranges.into_iter().map(|(value, name)| Choice::new(value, name)).collect();
    let submission = submission(group, form);
    let back = format!("{}/rules", path_of(&group.id));
    let content = html! {
        div class="head" { div { h1 { (fill(own.title, &[&group.name])) } p class="lead" { (own.lead) } } }
        form class="form" id="replay" method="post" action={ (path_of(&group.id)) "/replay" } data-follow {
            (form_token(visitor))
            (filled.summary())
            section class="card" {
                div class="fields" {
                    div class="row" {
                        (filled.select("policy", own.policy, std::iter::once(all).chain(choices).collect()).show())
                        (filled.select("range_s", own.range, ranges).show())
                    }
                    div class="row" {
                        (filled.number("assumptions.launch_s", own.launch, 0, 86_400).optional().help(own.launch_help).show())
                        (filled.text("assumptions.capacity_per_instance", own.capacity).optional().help(own.capacity_help).show())
                    }
                }
            }
            div class="actions end" {
                a class="button quiet" href=(back) { (texts.frame.back) }
                button class="button primary" name=(INTENT) value="do" { (own.play) }
            }
        }
        @if let Ok(Some(replay)) = &played { (result(visitor, replay)) }
        (equivalents(texts, None, std::slice::from_ref(&submission)))
    };
    Ok(frame::page_below(visitor, group, own.short)
        .below(texts.scaling.tab_policies, back)
        .show(&content))
}

/// What came of it.
pub(super) fn result(visitor: &Visitor, replay: &Replay) -> Markup {
    let texts = visitor.texts();
    let own = &texts.replay;
    html! {
        section class="replayed" id="replayed" aria-labelledby="replayed-title" {
            h2 id="replayed-title" { (own.result) }
            p class="muted" {
                (replay.policies.join(", ")) " · " (moment(&replay.from)) " – " (moment(&replay.to))
                " · " (fill(own.imagined, &[&replay.assumptions.launch_s.to_string(), &replay.assumptions.warm_up_s.to_string()]))
            }
            @for note in &replay.notes { div class="notice info" lang="en" { (icon(Icon::Info)) span { (note) } } }
            (accounts(visitor, replay))
            (drawing(visitor, replay))
            (decisions(visitor, replay))
        }
    }
}

/// A number of an account in words.
type Said = fn(&Account) -> String;

fn accounts(visitor: &Visitor, replay: &Replay) -> Markup {
    let own = &visitor.texts().replay;
    let columns =
        [column(own.measure), column_of(own.replayed, "num"), column_of(own.actual, "num")];
    let known = |value: Option<u32>| value.map_or("–".to_owned(), |value| value.to_string());
    let rows: [(&str, Said); 3] = [
        (own.below_capacity, |a| a.below_capacity_s.map_or("–".to_owned(), |s| s.to_string())),
        (own.direction_changes, |a| a.direction_changes.to_string()),
        (own.instance_hours, |a| number(a.instance_hours)),
    ];
    let span = |account: &Account| format!("{} – {}", known(account.fewest), known(account.most));
    let rows = html! {
        @for (name, text) in rows {
            tr { th scope="row" { (name) } td class="num strong" { (text(&replay.replayed)) } td class="num" { (text(&replay.actual)) } }
        }
        tr { th scope="row" { (own.span) } td class="num strong" { (span(&replay.replayed)) } td class="num" { (span(&replay.actual)) } }
    };
    html! { div class="card flush" { (list::table(own.result, &columns, &rows)) } }
}

fn drawing(visitor: &Visitor, replay: &Replay) -> Markup {
    let texts = visitor.texts();
    let own = &texts.replay;
    let series =
        |label: &str, tone, shape, values| Series { label: label.to_owned(), tone, shape, values };
    let of = |values: &[u32]| values.iter().map(|v| Some(f64::from(*v))).collect();
    let counts = Band {
        id: "band-replayed",
        title: texts.scaling.desired,
        from: &replay.series.from,
        step_s: replay.series.step_s,
        series: vec![
            series(
                own.actual,
                "muted",
                Shape::Area,
                replay.series.actual_desired.iter().map(|v| v.map(f64::from)).collect(),
            ),
            series(own.replayed, "accent", Shape::Steps, of(&replay.series.replayed_desired)),
        ],
        marks: Vec::new(),
    };
    let metric = words::metric(&texts.scaling_rules, &replay.metric);
    let load = Band {
        id: "band-load",
        title: &fill(own.load, &[metric]),
        from: &replay.series.from,
        step_s: replay.series.step_s,
        series: vec![series(own.whole_group, "busy", Shape::Line, replay.series.load.clone())],
        marks: Vec::new(),
    };
    html! { div class="bands" { div class="card" { (counts.show(texts)) } div class="card" { (load.show(texts)) } } }
}

fn decisions(visitor: &Visitor, replay: &Replay) -> Markup {
    let texts = visitor.texts();
    let (own, scaling) = (&texts.replay, &texts.scaling);
    let columns = [
        column(scaling.when),
        column_of(scaling.change, ""),
        column(scaling.what),
        column_of(own.policy, "optional"),
        column_of(scaling.numbers, "optional"),
        column(scaling.result),
    ];
    let shown = replay.decisions.iter().rev().take(MOST_DECISIONS);
    let rows = html! {
        @for decision in shown {
            tr {
                td class="moment-cell" { (moment(&decision.at)) }
                td class="nowrap" { (decision.before) " " (icon(Icon::Arrow)) " " span class="strong" { (decision.after) } }
                th scope="row" class="says" lang="en" { (decision.text) }
                td class="optional" { (decision.policy) }
                td class="optional" { (evidence(visitor, std::slice::from_ref(&decision.evidence))) }
                td {
                    (badge::state(&texts.words, &decision.result))
                    @if let Some(code) = &decision.code { span class="sub" { code { (code) } } }
                }
            }
        }
    };
    let left_out = replay.decisions.len().saturating_sub(MOST_DECISIONS);
    let left_out =
        u32::try_from(left_out).unwrap_or(u32::MAX).saturating_add(replay.decisions_left_out);
    html! {
        section class="card flush" aria-labelledby="decisions-title" {
            div class="card-head" { h2 id="decisions-title" { (own.decisions) } }
            @if replay.decisions.is_empty() { p class="card-note muted" { (own.no_decisions) } }
            @else { (list::table(own.decisions, &columns, &rows)) }
            @if left_out > 0 { p class="card-note muted" { (fill(own.left_out, &[&left_out.to_string()])) } }
        }
    }
}
