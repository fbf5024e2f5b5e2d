//! The control plane's figures as lines and as JSON: a column per size, so that growth is seen.

use serde_json::{Value, json};

use super::Figures;
use crate::report::table::number;

/// A table with a row per figure.
pub(super) fn lines(all: &[Figures]) -> Vec<String> {
    let mut lines = vec!["milliseconds: median / 99th percentile".to_owned()];
    lines.push(line("load balancers", all.iter().map(|figures| figures.size.to_string())));
    let Some(first) = all.first() else { return lines };
    for (place, (name, _)) in first.times.iter().enumerate() {
        let cell = |figures: &Figures| match figures.times.get(place) {
            Some((_, samples)) => {
                let [median, high] = [50.0, 99.0].map(|percent| samples.percentile_ms(percent));
                format!("{} / {}", number(median), number(high))
            }
            None => "-".to_owned(),
        };
        lines.push(line(name, all.iter().map(cell)));
    }
    for (place, (name, _, unit)) in first.values.iter().enumerate() {
        let cell = |figures: &Figures| match figures.values.get(place) {
            Some((_, value, _)) => number(*value),
            None => "-".to_owned(),
        };
        lines.push(line(&format!("{name}, {unit}"), all.iter().map(cell)));
    }
    let errors: u64 = all.iter().map(|figures| figures.errors).sum();
    if errors > 0 {
        lines.push(format!("ERRORS: {errors} requests were refused"));
    }
    lines
}

fn line(name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.map(|cell| format!("{cell:>16}")).collect();
    format!("{name:<40}{cells}")
}

/// Everything, for comparing runs.
pub(super) fn json(all: &[Figures]) -> Value {
    let figures = |figures: &Figures| {
        let times = figures.times.iter().map(|(name, samples)| {
            let [median, high] = [50.0, 99.0].map(|percent| samples.percentile_ms(percent));
            json!({"name": name, "p50_ms": median, "p99_ms": high})
        });
        let values = figures
            .values
            .iter()
            .map(|(name, value, unit)| json!({"name": name, "value": value, "unit": unit}));
        json!({
            "load_balancers": figures.size,
            "times": times.collect::<Vec<_>>(),
            "values": values.collect::<Vec<_>>(),
            "errors": figures.errors,
        })
    };
    all.iter().map(figures).collect()
}

#[cfg(test)]
mod tests {
    use super::super::latency::Samples;
    use super::*;

    #[test]
    fn sizes_stand_side_by_side() {
        let figures = |size| Figures {
            size,
            times: vec![("show", Samples::default())],
            values: vec![("proxy process".to_owned(), 12.345, "MiB")],
            errors: 0,
        };
        let lines = lines(&[figures(1), figures(100)]);
        assert_eq!(lines.len(), 4);
        assert!(lines[1].ends_with("1             100"));
        assert!(lines[3].starts_with("proxy process, MiB") && lines[3].ends_with("12.3"));
    }
}
