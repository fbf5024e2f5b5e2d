//! Graphs of a load balancer, each with its data as a table, and the numbers of the last second.

use axum::extract::{Path, Query};
use axum::response::Response;
use elbow_api::problem::Problem;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::{frame, path_of};
use crate::answer::stats::{LastSecond, Series, Stats};
use crate::components::chart::{Chart, Line, number};
use crate::language::load_balancers::LoadBalancers;
use crate::path;
use crate::visitor::Visitor;

/// Rows of a chart's table: what is longer is put together.
const TABLE_ROWS: usize = 20;
/// The ranges that can be chosen, in seconds.
const RANGES: [u32; 3] = [300, 3_600, 86_400];

/// How far back.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    range_s: Option<u32>,
}

impl Wanted {
    fn range_s(&self) -> u32 {
        self.range_s.filter(|range| RANGES.contains(range)).unwrap_or(3_600)
    }
}

/// `GET /load-balancers/{id}/monitoring`.
pub(crate) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let balancer = frame::read(&visitor, &id).await?;
    let range = wanted.range_s();
    let stats = read(&visitor, &balancer.id, range).await?;
    let own = &visitor.texts().load_balancers;
    let here = format!("{}/monitoring", path_of(&balancer.id));
    let content = html! {
        (frame::head(&visitor, &balancer, frame::Tab::Monitoring))
        (tiles(&visitor, &stats.last))
        nav class="ranges" aria-label=(own.range) {
            @for (seconds, name) in RANGES.into_iter().zip([own.five_minutes, own.one_hour, own.one_day]) {
                a class="button small" href={ (here) "?range_s=" (seconds) }
                    aria-current=[(seconds == range).then_some("true")] { (name) }
            }
        }
        div class="charts" {
            @for chart in all(own, &stats.series, &source(&balancer.id, range)) { (chart.show(visitor.texts())) }
        }
    };
    Ok(frame::page(&visitor, &balancer).with_charts().show(&content))
}

/// `GET /load-balancers/{id}/series`: what the scripts draw, as the API answers.
pub(crate) async fn series(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    visitor.follow(&target(&id, wanted.range_s())).await
}

/// Reads the numbers of a load balancer.
pub(crate) async fn read(visitor: &Visitor, id: &str, range_s: u32) -> Result<Stats, Problem> {
    visitor.ask(&target(id, range_s)).await
}

fn target(id: &str, range_s: u32) -> String {
    format!("/v1/load-balancers/{}/stats?range_s={range_s}", path::segment(id))
}

/// Where scripts read a series.
pub(super) fn source(id: &str, range_s: u32) -> String {
    format!("{}/series?range_s={range_s}", path_of(id))
}

/// The last second in numbers; live.
pub(super) fn tiles(visitor: &Visitor, last: &LastSecond) -> Markup {
    let own = &visitor.texts().load_balancers;
    let errors = last.responses.server_error;
    let is_http = last.requests > 0 || last.connections == 0;
    html! {
        dl class="tiles" id="tiles" data-live data-live-every="2" {
            @if is_http {
                (tile(own.requests, &last.requests.to_string(), own.per_second, ""))
                (tile(own.server_errors, &errors.to_string(), own.per_second, if errors > 0 { "bad-text" } else { "" }))
                (tile(own.latency, &number(last.p95_ms), "ms · p95", ""))
            } @else {
                (tile(own.new_connections, &last.connections.to_string(), own.per_second, ""))
            }
            (tile(own.open_connections, &last.open_connections.to_string(), "", ""))
            (tile(own.bytes_in, &bytes(last.bytes_in), own.per_second, ""))
            (tile(own.bytes_out, &bytes(last.bytes_out), own.per_second, ""))
        }
    }
}

fn tile(label: &str, value: &str, unit: &str, class: &str) -> Markup {
    html! {
        div class="tile" {
            dt { (label) }
            dd { span class={ "tile-value " (class) } { (value) } @if !unit.is_empty() { " " span class="tile-unit" { (unit) } } }
        }
    }
}

/// A number of bytes for people.
pub(super) fn bytes(count: u64) -> String {
    let mut amount = to_f64(count);
    for unit in ["B", "kB", "MB", "GB"] {
        if amount < 1_000.0 {
            let digits = if unit == "B" { format!("{amount:.0}") } else { number(amount) };
            return format!("{digits} {unit}");
        }
        amount /= 1_000.0;
    }
    format!("{} TB", number(amount))
}

/// Requests with errors: the chart that says most.
pub(super) fn requests<'a>(own: &'a LoadBalancers, steps: &Steps<'a>) -> Chart<'a> {
    let series = steps.series;
    steps.chart(
        own.requests,
        "rate",
        vec![
            steps.line(own.requests, "requests/s", "accent", steps.per_second(&series.requests)),
            steps.line(
                own.client_errors,
                "responses.4xx/s",
                "warning",
                steps.per_second(&series.responses.client_error),
            ),
            steps.line(
                own.server_errors,
                "responses.5xx/s",
                "bad",
                steps.per_second(&series.responses.server_error),
            ),
        ],
    )
}

fn all<'a>(own: &'a LoadBalancers, series: &'a Series, source: &'a str) -> Vec<Chart<'a>> {
    let steps = Steps::new(series, source);
    let latency = vec![
        steps.line(own.half, "p50_ms", "accent", steps.mean(&series.p50_ms)),
        steps.line(own.p95, "p95_ms", "warning", steps.mean(&series.p95_ms)),
        steps.line(own.p99, "p99_ms", "bad", steps.mean(&series.p99_ms)),
    ];
    let new = steps.per_second(&series.connections);
    let open: Vec<f64> = series.open_connections.iter().map(|count| to_f64(*count)).collect();
    let connections = vec![
        steps.line(own.open_connections, "open_connections", "accent", steps.mean(&open)),
        steps.line(own.new_connections, "connections/s", "warning", new),
    ];
    let bytes = vec![
        steps.line(own.bytes_in, "bytes_in/s", "warning", steps.per_second(&series.bytes_in)),
        steps.line(own.bytes_out, "bytes_out/s", "accent", steps.per_second(&series.bytes_out)),
    ];
    vec![
        requests(own, &steps),
        steps.chart(own.latency, "ms", latency),
        steps.chart(own.connections, "count", connections),
        steps.chart(own.bytes, "bytes", bytes),
    ]
}

/// A series put together into few steps, for tables.
pub(super) struct Steps<'a> {
    series: &'a Series,
    source: &'a str,
    /// Steps of the series in one of these.
    each: usize,
    times: Vec<String>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(series: &'a Series, source: &'a str) -> Self {
        let count = series.requests.len();
        let each = count.div_ceil(TABLE_ROWS).max(1);
        let from = series.from.parse::<Timestamp>().map_or(0, Timestamp::as_second);
        let at = |step: usize| {
            let seconds = u64::from(series.step_s) * u64::try_from(step).unwrap_or(0);
            Timestamp::from_second(from + i64::try_from(seconds).unwrap_or(0))
        };
        let times =
            (0..count).step_by(each).filter_map(|step| Some(at(step).ok()?.to_string())).collect();
        Self { series, source, each, times }
    }

    fn chart(&self, title: &'a str, unit: &'static str, lines: Vec<Line<'a>>) -> Chart<'a> {
        Chart { title, unit, source: self.source, times: self.times.clone(), lines }
    }

    fn line(
        &self,
        label: &'a str,
        key: &'static str,
        tone: &'static str,
        values: Vec<f64>,
    ) -> Line<'a> {
        Line { label, key, tone, values }
    }

    fn per_second(&self, counts: &[u64]) -> Vec<f64> {
        let step = f64::from(self.series.step_s);
        let sum = |part: &[u64]| {
            let seconds = to_f64(u64::try_from(part.len()).unwrap_or(1)) * step;
            to_f64(part.iter().sum()) / seconds.max(1.0)
        };
        counts.chunks(self.each).map(sum).collect()
    }

    /// Of the steps in which something happened.
    fn mean(&self, values: &[f64]) -> Vec<f64> {
        let mean = |part: &[f64]| {
            let some: Vec<f64> = part.iter().copied().filter(|value| *value > 0.0).collect();
            let count = to_f64(u64::try_from(some.len()).unwrap_or(1)).max(1.0);
            some.iter().sum::<f64>() / count
        };
        values.chunks(self.each).map(mean).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers for people")]
fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_unit_that_fits() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.50 kB");
        assert_eq!(bytes(12_000_000), "12 MB");
    }
}
