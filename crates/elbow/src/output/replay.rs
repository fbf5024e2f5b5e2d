//! A replay as tables and a small chart.

use serde::Deserialize;

use super::paint::Paint;
use super::scaling::EvidenceView;
use super::table::Table;
use crate::notation::kebab;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplayView {
    pub(crate) policies: Vec<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) metric: String,
    pub(crate) assumptions: AssumptionsView,
    pub(crate) replayed: AccountView,
    pub(crate) actual: AccountView,
    pub(crate) decisions: Vec<DecisionView>,
    pub(crate) decisions_left_out: u32,
    pub(crate) series: ReplaySeriesView,
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AssumptionsView {
    pub(crate) launch_s: u32,
    pub(crate) warm_up_s: u32,
    pub(crate) capacity_per_instance: Option<f64>,
    pub(crate) min: u32,
    pub(crate) max: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AccountView {
    pub(crate) below_capacity_s: Option<u32>,
    pub(crate) direction_changes: u32,
    pub(crate) instance_hours: f64,
    pub(crate) fewest: Option<u32>,
    pub(crate) most: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DecisionView {
    pub(crate) at: String,
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) policy: String,
    pub(crate) result: String,
    pub(crate) code: Option<String>,
    pub(crate) evidence: EvidenceView,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplaySeriesView {
    pub(crate) load: Vec<Option<f64>>,
    pub(crate) replayed_desired: Vec<Option<f64>>,
    pub(crate) actual_desired: Vec<Option<f64>>,
}

/// How many characters a line of the chart has.
const COLUMNS: usize = 60;
/// From nothing to the most.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A replay: what would have been beside what was, as a chart, in numbers, and decision by decision.
pub(crate) fn replay(replay: &ReplayView) -> String {
    let paint = Paint::for_stdout();
    let AssumptionsView { launch_s, warm_up_s, capacity_per_instance, min, max } =
        &replay.assumptions;
    let metric = kebab(&replay.metric);
    let carries = capacity_per_instance
        .map_or_else(|| "unknown (say it by --capacity)".to_owned(), |each| each.to_string());
    let mut text = format!(
        "{} on the load from {} to {}\nassumed: {min} to {max} instances, each {launch_s} s to start, {warm_up_s} s to warm up, carries {metric} {carries}\n\n",
        paint.strong(&replay.policies.join(", ")),
        replay.from,
        replay.to,
    );
    text.push_str(&chart(&replay.series));
    text.push('\n');
    text.push_str(&accounts(replay).text(""));
    text.push_str(&format!("\n{}\n", paint.strong("What the policies would have done")));
    text.push_str(&decisions(&replay.decisions).indented(2).text("nothing"));
    if replay.decisions_left_out > 0 {
        text.push_str(&format!("  and {} more\n", replay.decisions_left_out));
    }
    for note in &replay.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text
}

fn accounts(replay: &ReplayView) -> Table {
    let mut table = Table::new(&["", "REPLAYED", "ACTUAL"]);
    let number = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
    let (ours, real) = (&replay.replayed, &replay.actual);
    for (name, value) in [
        (
            "seconds below capacity",
            (|one: &AccountView, number: &dyn Fn(Option<u32>) -> String| {
                number(one.below_capacity_s)
            }) as fn(&AccountView, &dyn Fn(Option<u32>) -> String) -> String,
        ),
        ("direction changes", |one, _| one.direction_changes.to_string()),
        ("instance-hours", |one, _| format!("{:.2}", one.instance_hours)),
        ("fewest instances", |one, number| number(one.fewest)),
        ("most instances", |one, number| number(one.most)),
    ] {
        table.row([name.to_owned(), value(ours, &number), value(real, &number)]);
    }
    table
}

fn decisions(decisions: &[DecisionView]) -> Table {
    let mut table = Table::new(&["AT", "RESULT", "INSTANCES", "POLICY", "BECAUSE"]);
    for decision in decisions {
        let DecisionView { at, before, after, policy, result, code, evidence } = decision;
        let compared = evidence.compared_with.map_or(String::new(), |with| format!(" of {with}"));
        table.row([
            at.clone(),
            code.as_ref().unwrap_or(result).clone(),
            format!("{before} -> {after}"),
            policy.clone(),
            format!("{} {}{compared}", kebab(&evidence.metric), evidence.value),
        ]);
    }
    table
}

/// Load and instances over time; replayed and actual ones on one scale.
fn chart(series: &ReplaySeriesView) -> String {
    let load = columns(&series.load);
    let (replayed, actual) = (columns(&series.replayed_desired), columns(&series.actual_desired));
    let most_of = |values: &[Option<f64>]| values.iter().flatten().copied().fold(0.0, f64::max);
    let most = most_of(&replayed).max(most_of(&actual));
    let line = |name: &str, values: &[Option<f64>], most: f64| {
        let bars: String = values.iter().map(|value| bar(*value, most)).collect();
        let own = (most_of(values) * 10.0).round() / 10.0;
        format!("{name:<22}{bars}  most {own}\n")
    };
    line("load", &load, most_of(&load))
        + &line("instances, replayed", &replayed, most)
        + &line("instances, actual", &actual, most)
}

/// The highest value of each of so many parts: a peak shall be seen.
fn columns(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let part = values.len().div_ceil(COLUMNS).max(1);
    let highest = |part: &[Option<f64>]| part.iter().flatten().copied().reduce(f64::max);
    values.chunks(part).map(highest).collect()
}

fn bar(value: Option<f64>, most: f64) -> char {
    let Some(value) = value else { return ' ' };
    if most <= 0.0 {
        return LEVELS[0];
    }
    let level = (value / most * (LEVELS.len() - 1) as f64).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
    let level = level.clamp(0.0, (LEVELS.len() - 1) as f64) as usize;
    LEVELS[level]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_shows_peaks_and_leaves_out_what_is_unknown() {
        let series = ReplaySeriesView {
            load: vec![Some(0.0), None, Some(40.0), Some(80.0)],
            replayed_desired: vec![Some(1.0), Some(1.0), Some(4.0), Some(8.0)],
            actual_desired: vec![Some(1.0), Some(1.0), Some(1.0), Some(1.0)],
        };
        let expected = "load                  ▁ ▅█  most 80\n\
                        instances, replayed   ▂▂▅█  most 8\n\
                        instances, actual     ▂▂▂▂  most 1\n";
        assert_eq!(chart(&series), expected);
        let long: Vec<Option<f64>> =
            (0..360).map(|n| Some(f64::from(u8::from(n == 200)))).collect();
        let thin = columns(&long);
        assert_eq!(thin.len(), COLUMNS);
        assert_eq!(thin.iter().flatten().filter(|value| **value == 1.0).count(), 1);
    }
}
