//! The table that the command prints: a row per workload, the peers beside Elbow.

use super::{Judged, Row};
use crate::contender::Kind;
use crate::workload::Against;

const COLUMNS: [&str; 7] = ["", "Elbow", "HAProxy", "nginx", "Envoy", "to the best", "targets"];

/// The rows as lines.
pub(crate) fn lines(rows: &[Row]) -> Vec<String> {
    let mut cells = vec![COLUMNS.map(str::to_owned)];
    cells.extend(rows.iter().map(row_cells));
    let width = |column: usize| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let line = |row: &[String; 7]| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = cells.iter().map(line).collect();
    for row in rows {
        for (kind, count, first) in row.errors() {
            let (key, name) = (row.workload.key, kind.name());
            lines.push(format!("ERRORS in {key}: {name} {count}, the first: {first}"));
        }
    }
    lines
}

fn row_cells(row: &Row) -> [String; 7] {
    let workload = &row.workload;
    let figure = |kind| row.figure_of(kind).map_or_else(|| "-".to_owned(), number);
    let peer = |kind| match row.ratio_to(kind) {
        Some(ratio) => format!("{} ({ratio:.2})", figure(kind)),
        None => figure(kind),
    };
    let best = row.best_peer().and_then(|kind| Some((kind, row.ratio_to(kind)?)));
    let targets: Vec<String> = row.judged().iter().map(target_cell).collect();
    [
        format!("{} {}, {}", workload.key.to_uppercase(), workload.title, workload.unit),
        figure(Kind::Elbow),
        peer(Kind::Haproxy),
        peer(Kind::Nginx),
        peer(Kind::Envoy),
        best.map_or_else(|| "-".to_owned(), |(kind, ratio)| format!("{ratio:.2} {}", kind.name())),
        targets.join("; "),
    ]
}

fn target_cell(judged: &Judged) -> String {
    let Judged { target, peer, value, verdict } = judged;
    let whom = match (target.against, peer) {
        (Against::Itself, _) => "itself".to_owned(),
        (Against::BestPeer, None) => "best".to_owned(),
        (_, Some(kind)) => kind.name().to_owned(),
        (Against::Peer(kind), None) => kind.name().to_owned(),
    };
    let value = value.map_or_else(|| "-".to_owned(), number);
    let verdict = verdict.map_or("not measured", |verdict| verdict.word());
    format!(
        "{whom} {value} (must {}, goal {}): {verdict}",
        number(target.must),
        number(target.goal)
    )
}

/// As many digits as mean something.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;

    #[test]
    fn a_row_shows_figures_ratios_and_verdicts() {
        let lines = lines(&[row("w1")]);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("W1 HTTP/1.1 keep-alive"));
        assert!(lines[1].contains("20.0 (0.50)"), "{}", lines[1]);
        assert!(lines[1].contains("nginx 0.71 (must 0.80, goal 0.66): must"), "{}", lines[1]);
        assert!(lines[1].contains("Envoy - (must 0.25, goal 0.16): not measured"));
    }

    #[test]
    fn errors_are_shown_below_the_table() {
        let mut row = row("w1");
        row.series[2].errors = 3;
        row.series[2].first_error = Some("mixed up".to_owned());
        assert_eq!(lines(&[row])[2], "ERRORS in w1: nginx 3, the first: mixed up");
    }
}
