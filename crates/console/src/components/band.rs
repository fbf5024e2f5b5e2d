//! Series over time as a drawing that needs no scripts: steps for counts, lines for measurements, and horizontal lines
//! where something happens. Its values are also there as a table.

use std::fmt::Write as _;

use jiff::Timestamp;
use maud::{Markup, html};

use super::chart::number;
use super::moment::moment;
use crate::language::Texts;

/// Its size in the units of its drawing; styles say how large that is.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 160.0;
/// Rows of the table: what is longer is thinned out.
const TABLE_ROWS: usize = 20;

/// How values are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A count: it stays until it changes.
    Steps,
    /// Steps, filled down to zero.
    Area,
    /// A measurement.
    Line,
}

/// One series.
pub(crate) struct Series<'a> {
    pub(crate) label: String,
    /// `accent`, `good`, `busy`, `warning`, `muted`.
    pub(crate) tone: &'a str,
    pub(crate) shape: Shape,
    /// Oldest first; none where nothing is known.
    pub(crate) values: Vec<Option<f64>>,
}

/// A value that something depends on.
pub(crate) struct Mark {
    pub(crate) label: String,
    pub(crate) value: f64,
}

/// A drawing of series over the same time.
pub(crate) struct Band<'a> {
    /// Unique in its page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// When the first step began.
    pub(crate) from: &'a str,
    pub(crate) step_s: u32,
    pub(crate) series: Vec<Series<'a>>,
    pub(crate) marks: Vec<Mark>,
}

impl Band<'_> {
    pub(crate) fn show(&self, texts: &Texts) -> Markup {
        let most = self.most();
        html! {
            figure class="band" id=(self.id) {
                figcaption { span { (self.title) } (self.legend()) }
                div class="band-plot" aria-hidden="true" {
                    div class="band-scale" {
                        span { (tick(most)) } span { (tick(most / 2.0)) } span { "0" }
                    }
                    svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" {
                        @for height in [0.5, HEIGHT / 2.0, HEIGHT - 0.5] { path class="band-grid" d={ "M0 " (height) "H" (WIDTH) } {} }
                        @for series in &self.series { (self.drawing(series, most)) }
                        @for mark in &self.marks { path class="band-mark" d={ "M0 " (height(mark.value, most)) "H" (WIDTH) } {} }
                    }
                    div class="band-times" { (moment(&self.time(0))) (moment(&self.time(self.length()))) }
                }
                details class="data" {
                    summary { (texts.frame.data_table) span class="unseen" { ": " (self.title) } }
                    div class="scroll" role="region" aria-label=(self.title) tabindex="0" { (self.table(texts)) }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            ul class="band-legend" {
                @for series in &self.series { li { span class={ "swatch " (series.tone) } {} (series.label) } }
                @for mark in &self.marks { li { span class="swatch mark" {} (mark.label) } }
            }
        }
    }

    fn length(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or(0)
    }

    /// The upper end of the scale: a round number that everything fits below.
    fn most(&self) -> f64 {
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten().copied());
        let most = values.chain(self.marks.iter().map(|mark| mark.value)).fold(0.0, f64::max);
        if most <= 0.0 {
            return 1.0;
        }
        let power = 10_f64.powf(most.log10().floor());
        let fits = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0].into_iter().map(|step| step * power);
        fits.into_iter().find(|round| *round >= most * 1.05).unwrap_or(power * 20.0)
    }

    fn drawing(&self, series: &Series<'_>, most: f64) -> Markup {
        let line = path(&series.values, most, series.shape);
        html! {
            @if series.shape == Shape::Area {
                path class={ "band-area " (series.tone) } d=(area(&series.values, most)) {}
            }
            path class={ "band-line " (series.tone) } d=(line) {}
        }
    }

    fn time(&self, step: usize) -> String {
        let Ok(from) = self.from.parse::<Timestamp>() else { return self.from.to_owned() };
        let seconds = i64::try_from(step).unwrap_or(0) * i64::from(self.step_s);
        let second = from.as_second().saturating_add(seconds);
        Timestamp::from_second(second).unwrap_or(from).to_string()
    }

    fn table(&self, texts: &Texts) -> Markup {
        let every = self.length().div_ceil(TABLE_ROWS).max(1);
        let rows: Vec<usize> = (0..self.length()).rev().step_by(every).collect();
        html! {
            table class="compact" {
                caption class="unseen" { (self.title) }
                thead { tr {
                    th scope="col" { (texts.frame.time) }
                    @for series in &self.series { th scope="col" class="num" { (series.label) } }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (moment(&self.time(row + 1))) }
                            @for series in &self.series {
                                td class="num" { (series.values.get(row).copied().flatten().map_or("–".to_owned(), number)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A number at the scale: whole ones without decimals.
fn tick(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { number(value) }
}

fn height(value: f64, most: f64) -> String {
    format!("{:.1}", (HEIGHT - (value / most).clamp(0.0, 1.0) * HEIGHT).clamp(0.5, HEIGHT - 0.5))
}

#[expect(clippy::cast_precision_loss, reason = "a drawing of a few hundred units")]
fn at(index: usize, length: usize) -> f64 {
    index as f64 * WIDTH / length.max(1) as f64
}

/// A line through what is known, with gaps where nothing is.
fn path(values: &[Option<f64>], most: f64, shape: Shape) -> String {
    let mut path = String::with_capacity(values.len() * 12);
    let mut last: Option<f64> = None;
    for (index, value) in values.iter().enumerate() {
        let (from, to) = (at(index, values.len()), at(index + 1, values.len()));
        if let Some(value) = value {
            let y = height(*value, most);
            let written = match (shape, last) {
                (_, None) => write!(path, "M{from:.1} {y}H{to:.1}"),
                (Shape::Line, Some(_)) => write!(path, "L{to:.1} {y}"),
                (Shape::Steps | Shape::Area, Some(before)) if before == *value => {
                    write!(path, "H{to:.1}")
                }
                (Shape::Steps | Shape::Area, Some(_)) => write!(path, "V{y}H{to:.1}"),
            };
            written.expect("a String takes everything");
        }
        last = *value;
    }
    path
}

/// What is below a line of steps.
fn area(values: &[Option<f64>], most: f64) -> String {
    let mut path = String::with_capacity(values.len() * 24);
    for (index, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let (from, to) = (at(index, values.len()), at(index + 1, values.len()));
            let y = height(*value, most);
            write!(path, "M{from:.1} {HEIGHT}V{y}H{to:.1}V{HEIGHT}Z")
                .expect("a String takes everything");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_a_gap() {
        let values = [Some(1.0), None, Some(2.0), Some(2.0)];
        assert_eq!(path(&values, 2.0, Shape::Steps), "M0.0 80.0H150.0M300.0 0.5H450.0H600.0");
    }

    #[test]
    fn everything_fits_below_a_round_number() {
        let of = |value| {
            let series = Series {
                label: String::new(),
                tone: "accent",
                shape: Shape::Line,
                values: vec![Some(value)],
            };
            let (id, title, from) = ("", "", "");
            Band { id, title, from, step_s: 1, series: vec![series], marks: Vec::new() }.most()
        };
        assert_eq!((of(3.0), of(97.0), of(0.0), of(6.0)), (4.0, 200.0, 1.0, 8.0));
    }
}
