//! Charts: a figure that a script draws and keeps up to date from a series; without scripts, its data as a table.

use maud::{Markup, html};

use super::sparkline::sparkline;
use crate::language::Texts;

/// A line of a chart.
pub(crate) struct Line<'a> {
    pub(crate) label: &'a str,
    /// Its key in the series that the script reads.
    pub(crate) key: &'static str,
    /// `accent`, `good`, `warning`, `bad`, `muted`.
    pub(crate) tone: &'static str,
    pub(crate) values: Vec<f64>,
}

/// A chart.
pub(crate) struct Chart<'a> {
    pub(crate) title: &'a str,
    /// `rate` (per second), `ms`, `count`, `bytes` (per second).
    pub(crate) unit: &'static str,
    /// Where the script reads the series.
    pub(crate) source: &'a str,
    /// The moment of each value, as the table shows it.
    pub(crate) times: Vec<String>,
    pub(crate) lines: Vec<Line<'a>>,
}

impl Chart<'_> {
    pub(crate) fn show(&self, texts: &Texts) -> Markup {
        let keys: Vec<String> =
            self.lines.iter().map(|l| format!("{}:{}:{}", l.key, l.tone, l.label)).collect();
        html! {
            figure class="card chart" data-chart=(self.source) data-unit=(self.unit) data-lines=(keys.join("|")) {
                figcaption { (self.title) }
                div class="plot" data-keep aria-hidden="true" { (self.drawing()) }
                details class="data" {
                    summary { (texts.frame.data_table) span class="unseen" { ": " (self.title) } }
                    div class="scroll" role="region" aria-label=(self.title) tabindex="0" {
                        (self.table(texts))
                    }
                }
            }
        }
    }

    /// What is there before the script draws, and without it.
    fn drawing(&self) -> Markup {
        let whole = |value: &f64| (value * 100.0).max(0.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "hundredths of what is drawn are whole and not negative"
        )]
        let values = |line: &Line<'_>| line.values.iter().map(|v| whole(v) as u64).collect();
        let first: Vec<u64> = self.lines.first().map(values).unwrap_or_default();
        let errors: Vec<u64> =
            self.lines.iter().find(|l| l.tone == "bad").map(values).unwrap_or_default();
        sparkline(&first, &errors, self.title)
    }

    fn table(&self, texts: &Texts) -> Markup {
        html! {
            table class="compact" {
                caption class="unseen" { (self.title) }
                thead { tr {
                    th scope="col" { (texts.frame.time) }
                    @for line in &self.lines { th scope="col" class="num" { (line.label) } }
                } }
                tbody {
                    @for (index, time) in self.times.iter().enumerate().rev() {
                        tr {
                            th scope="row" { (super::moment::moment(time)) }
                            @for line in &self.lines {
                                td class="num" { (number(line.values.get(index).copied().unwrap_or(0.0))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A number with as many digits as say something.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
