//! The results as a picture: a row of bars per workload, Elbow's in colour. One file for light and
//! dark pages. Pure.

use std::fmt::Write;

use super::Row;
use super::table::number;
use crate::contender::{Kind, Program};
use crate::machine::Machine;

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 24.0;
const NAMES: f64 = 110.0;
/// Room for the figure behind the longest bar.
const FIGURES: f64 = 190.0;
const BAR: f64 = 16.0;
const BAR_STEP: f64 = 21.0;
const TITLE: f64 = 26.0;
const GAP: f64 = 18.0;
const HEADER: f64 = 64.0;
const FOOTER: f64 = 60.0;
const FOOTER_STEP: f64 = 16.0;

const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328}\
.back{fill:#ffffff}.title{font-size:18px;font-weight:600}.quiet{font-size:12px;fill:#59636e}\
.row{font-size:13px;font-weight:600}.name{font-size:12px}.figure{font-size:12px}\
.peer{fill:#c3cad2}.own{fill:#0a7d5a}.strong{font-weight:600;fill:#0a7d5a}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#0d1117}.quiet{fill:#9198a1}\
.peer{fill:#454d57}.own{fill:#2fbf8f}.strong{fill:#2fbf8f}}";

/// The picture of a run.
pub(crate) fn svg(rows: &[Row], programs: &[Program], machine: &Machine) -> String {
    let mut body = String::new();
    let mut top = HEADER;
    for row in rows {
        top += draw_row(&mut body, row, top) + GAP;
    }
    let (peers, own): (Vec<&Program>, Vec<&Program>) =
        programs.iter().partition(|program| program.kind != Kind::Elbow);
    let names = [own, peers]
        .map(|list| list.iter().map(|program| program.line()).collect::<Vec<_>>().join(" \u{b7} "));
    let height = top + FOOTER;
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Elbow beside its peers\">\n\
         <style>{STYLE}</style>\n\
         <rect class=\"back\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n"
    );
    text(&mut picture, "title", MARGIN, 32.0, "What traffic costs, one worker each");
    let note = "CPU time of the proxy unless said otherwise: shorter is better. In brackets: Elbow to this peer";
    text(&mut picture, "quiet", MARGIN, 50.0, note);
    picture += &body;
    let footer = [&names[0], &names[1], &machine.line()];
    for (place, words) in footer.into_iter().enumerate() {
        text(&mut picture, "quiet", MARGIN, top + 12.0 + FOOTER_STEP * place as f64, words);
    }
    picture += "</svg>\n";
    picture
}

/// Draws a row and gives its height.
fn draw_row(out: &mut String, row: &Row, top: f64) -> f64 {
    let title = format!("{}, {}", row.workload.title, row.workload.unit);
    text(out, "row", MARGIN, top + 14.0, &title);
    let figures: Vec<(Kind, f64)> = row
        .series
        .iter()
        .filter_map(|series| Some((series.kind, row.figure_of(series.kind)?)))
        .collect();
    let longest = figures.iter().map(|(_, figure)| *figure).fold(f64::MIN_POSITIVE, f64::max);
    for (place, (kind, figure)) in figures.iter().enumerate() {
        let y = top + TITLE + BAR_STEP * place as f64;
        let length = bar_length(*figure, longest);
        let is_own = *kind == Kind::Elbow;
        let (bar, label) = if is_own { ("own", "figure strong") } else { ("peer", "figure") };
        let name = if is_own { "name strong" } else { "name" };
        text(out, name, MARGIN, y + 12.5, kind.name());
        let x = MARGIN + NAMES;
        let _ = writeln!(
            out,
            "<rect class=\"{bar}\" x=\"{x}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>"
        );
        let ratio = row.ratio_to(*kind).filter(|_| !is_own);
        let ratio = ratio.map_or_else(String::new, |ratio| format!("  ({ratio:.2})"));
        text(out, label, x + length + 8.0, y + 12.5, &format!("{}{ratio}", number(*figure)));
    }
    TITLE + BAR_STEP * figures.len() as f64
}

/// Length of a bar: never invisible.
fn bar_length(figure: f64, longest: f64) -> f64 {
    let room = WIDTH - 2.0 * MARGIN - NAMES - FIGURES;
    (figure / longest * room).clamp(2.0, room)
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;

    fn machine() -> Machine {
        Machine {
            processor: "A <fast> one".to_owned(),
            kernel: "6.18".to_owned(),
            cores: 2,
            congestion_control: "cubic".to_owned(),
        }
    }

    #[test]
    fn the_longest_bar_fits_and_the_shortest_is_seen() {
        let room = WIDTH - 2.0 * MARGIN - NAMES - FIGURES;
        assert!((bar_length(80.0, 80.0) - room).abs() < 1e-9);
        assert!((bar_length(40.0, 80.0) - room / 2.0).abs() < 1e-9);
        assert!((bar_length(0.0, 80.0) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn each_contender_has_a_bar_and_only_elbows_is_coloured() {
        let picture = svg(&[row("w1"), row("w3")], &[], &machine());
        assert_eq!(picture.matches("<rect class=\"own\"").count(), 2);
        assert_eq!(picture.matches("<rect class=\"peer\"").count(), 4);
        assert!(picture.contains("A &lt;fast&gt; one"));
        assert!(picture.contains("prefers-color-scheme:dark"));
    }

    #[test]
    fn rows_do_not_overlap() {
        let mut out = String::new();
        let height = draw_row(&mut out, &row("w1"), 0.0);
        assert!((height - (TITLE + 3.0 * BAR_STEP)).abs() < 1e-9);
        let picture = svg(&[row("w1"), row("w2")], &[], &machine());
        let expected = HEADER + 2.0 * (height + GAP) + FOOTER;
        assert!(picture.contains(&format!("height=\"{expected}\"")));
    }
}
