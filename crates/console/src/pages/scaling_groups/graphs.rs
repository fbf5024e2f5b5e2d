//! A group over time: how many instances were desired and in service, and each metric with the lines of its policies.

use axum::extract::{Path, Query};
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;

use super::{api_path, frame, path_of, words};
use crate::answer::scaling_stats::{GroupStats, MetricStats};
use crate::components::band::{Band, Mark, Series, Shape};
use crate::components::chart::number;
use crate::language::fill;
use crate::visitor::Visitor;

/// The ranges that can be chosen, in seconds.
const RANGES: [u32; 3] = [300, 1_800, 7_200];
/// What the first page of a group shows.
pub(super) const SHORT: u32 = RANGES[0];

/// How far back.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    range_s: Option<u32>,
}

/// Reads the numbers of a group.
pub(super) async fn read(visitor: &Visitor, id: &str, range_s: u32) -> Result<GroupStats, Problem> {
    visitor.ask(&format!("{}/stats?range_s={range_s}", api_path(id))).await
}

/// `GET /scaling-groups/{id}/monitoring`.
pub(crate) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let group = frame::read(&visitor, &id).await?;
    let range = wanted.range_s.filter(|range| RANGES.contains(range)).unwrap_or(RANGES[1]);
    let stats = read(&visitor, &group.id, range).await?;
    let texts = visitor.texts();
    let own = &texts.scaling;
    let here = format!("{}/monitoring", path_of(&group.id));
    let names = [own.five_minutes, own.half_hour, own.two_hours];
    let content = html! {
        (frame::head(&visitor, &group, frame::Tab::Monitoring))
        nav class="ranges" aria-label=(own.range) {
            @for (seconds, name) in RANGES.into_iter().zip(names) {
                a class="button small" href={ (here) "?range_s=" (seconds) }
                    aria-current=[(seconds == range).then_some("true")] { (name) }
            }
        }
        div id="bands" class="bands" data-live data-live-every="3" {
            (counts(&visitor, &stats))
            @for metric in &stats.metrics { (measured(&visitor, metric, &stats)) }
        }
    };
    Ok(frame::page_below(&visitor, &group, own.tab_monitoring).show(&content))
}

/// Desired, all there are, in service, between min and max.
pub(super) fn counts(visitor: &Visitor, stats: &GroupStats) -> Markup {
    let texts = visitor.texts();
    let own = &texts.scaling;
    let values = |values: &[Option<u32>]| values.iter().map(|v| v.map(f64::from)).collect();
    let series = |label: &str, tone, shape, of: &[Option<u32>]| Series {
        label: label.to_owned(),
        tone,
        shape,
        values: values(of),
    };
    let mark = |label: &str, value: u32| Mark {
        label: format!("{label} {value}"),
        value: f64::from(value),
    };
    let band = Band {
        id: "band-counts",
        title: own.counts_over_time,
        from: &stats.series.from,
        step_s: stats.series.step_s,
        series: vec![
            series(own.in_service, "good", Shape::Area, &stats.series.in_service),
            series(own.total, "muted", Shape::Steps, &stats.series.instances),
            series(own.desired, "accent", Shape::Steps, &stats.series.desired),
        ],
        marks: vec![
            mark(texts.scaling_form.min, stats.min),
            mark(texts.scaling_form.max, stats.max),
        ],
    };
    html! { div class="card" { (band.show(texts)) } }
}

/// A metric, with the lines of policies.
fn measured(visitor: &Visitor, metric: &MetricStats, stats: &GroupStats) -> Markup {
    let texts = visitor.texts();
    let (own, rules) = (&texts.scaling, &texts.scaling_rules);
    let name = words::metric(rules, &metric.metric);
    let last = metric.last.map_or("–".to_owned(), number);
    let marks = metric.lines.iter().filter(|line| line.enabled);
    let band = Band {
        id: &format!("band-{}", metric.metric.to_lowercase()),
        title: name,
        from: &stats.series.from,
        step_s: stats.series.step_s,
        series: vec![Series {
            label: fill(own.measured_now, &[&last]),
            tone: "accent",
            shape: Shape::Line,
            values: metric.series.clone(),
        }],
        marks: marks
            .map(|line| Mark {
                label: format!("{} {}", line.policy.name, number(line.value)),
                value: line.value,
            })
            .collect(),
    };
    html! { div class="card" { (band.show(texts)) } }
}

/// The metrics that policies go by: what the first page of a group shows.
pub(super) fn of_policies(visitor: &Visitor, stats: &GroupStats) -> Markup {
    let metrics = stats.metrics.iter().filter(|m| m.lines.iter().any(|line| line.enabled));
    html! { @for metric in metrics { (measured(visitor, metric, stats)) } }
}
