//! The table that the command prints: a row per workload, the peers beside Elbow.

use super::{Judged, Row};
use crate::contender::Kind;
use crate::workload::Against;

/// The rows as lines.
pub(crate) fn lines(rows: &[Row]) -> Vec<String> {
    let peers: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| is_shown(rows, *kind)).collect();
    let mut cells = vec![heading(&peers)];
    cells.extend(rows.iter().map(|row| row_cells(row, &peers)));
    let width = |column: usize| {
        cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..cells[0].len()).map(width).collect();
    let line = |row: &Vec<String>| {
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

/// Peers have a column, the one that need not be there only if it was measured.
fn is_shown(rows: &[Row], kind: Kind) -> bool {
    match kind {
        Kind::Elbow => false,
        Kind::HaproxyAwsLc => rows.iter().any(|row| row.series_of(kind).is_some()),
        Kind::Haproxy | Kind::Nginx | Kind::Envoy => true,
    }
}

fn heading(peers: &[Kind]) -> Vec<String> {
    let names = peers.iter().map(|kind| kind.name());
    let words = ["", "Elbow"].into_iter().chain(names).chain(["to the best", "targets"]);
    words.map(str::to_owned).collect()
}

fn row_cells(row: &Row, peers: &[Kind]) -> Vec<String> {
    let workload = &row.workload;
    let figure = |kind| row.figure_of(kind).map_or_else(|| "-".to_owned(), number);
    let peer = |kind: &Kind| match row.ratio_to(*kind) {
        Some(ratio) => format!("{} ({ratio:.2})", figure(*kind)),
        None => figure(*kind),
    };
    let best = row.best_peer().and_then(|kind| Some((kind, row.ratio_to(kind)?)));
    let targets: Vec<String> = row.judged().iter().map(target_cell).collect();
    let mut cells = vec![
        format!("{} {}, {}", workload.key.to_uppercase(), workload.title, workload.unit),
        figure(Kind::Elbow),
    ];
    cells.extend(peers.iter().map(peer));
    cells.push(
        best.map_or_else(|| "-".to_owned(), |(kind, ratio)| format!("{ratio:.2} {}", kind.name())),
    );
    cells.push(targets.join("; "));
    cells
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
    let must = target.must.map_or_else(|| "-".to_owned(), number);
    format!("{whom} {value} (must {must}, goal {}): {verdict}", number(target.goal))
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
    fn a_peer_that_need_not_be_there_has_a_column_only_if_it_was_measured() {
        assert!(!lines(&[row("w1")])[0].contains("AWS-LC"));
        let mut row = row("w6");
        row.series[1].kind = Kind::HaproxyAwsLc;
        assert!(lines(&[row])[0].contains("HAProxy/AWS-LC"));
    }

    #[test]
    fn errors_are_shown_below_the_table() {
        let mut row = row("w1");
        row.series[2].errors = 3;
        row.series[2].first_error = Some("mixed up".to_owned());
        assert_eq!(lines(&[row])[2], "ERRORS in w1: nginx 3, the first: mixed up");
    }
}
