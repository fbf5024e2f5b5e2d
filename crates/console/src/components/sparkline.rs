//! Sparklines: the last minutes as a small drawing, without scripts. The numbers that matter stand beside it in words.

use std::fmt::Write as _;

use maud::{Markup, html};

/// Its size in the units of its drawing; styles say how large that is.
const WIDTH: f32 = 120.0;
const HEIGHT: f32 = 28.0;

/// A line of values, oldest first, and another one (errors) on the same scale.
pub(crate) fn sparkline(values: &[u64], errors: &[u64], label: &str) -> Markup {
    let most = values.iter().chain(errors).copied().max().unwrap_or(0).max(1);
    let line = path(values, most);
    let has_errors = errors.iter().any(|count| *count > 0);
    html! {
        svg class="spark" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none"
            role="img" aria-label=(label) {
            @if !line.is_empty() {
                path class="spark-area" d={ (line) " L" (WIDTH) " " (HEIGHT) " L0 " (HEIGHT) " Z" } {}
                path class="spark-line" d=(line) {}
                @if has_errors { path class="spark-errors" d=(path(errors, most)) {} }
            }
        }
    }
}

/// Sums of `values` in so many equal parts.
pub(crate) fn buckets(values: &[u64], parts: usize) -> Vec<u64> {
    let length = values.len().div_ceil(parts.max(1)).max(1);
    values.chunks(length).map(|part| part.iter().sum()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a drawing of a few hundred units")]
fn path(values: &[u64], most: u64) -> String {
    let step = WIDTH / (values.len().max(2) - 1) as f32;
    let height = |value: u64| HEIGHT - 2.0 - (value as f32 / most as f32) * (HEIGHT - 4.0);
    let mut path = String::with_capacity(values.len() * 12);
    let is_level = |index: usize| {
        index.checked_sub(1).and_then(|before| values.get(before)) == values.get(index)
            && values.get(index) == values.get(index + 1)
    };
    // A level line needs its ends alone: most of a long list's rows are idle.
    for (index, value) in values.iter().enumerate().filter(|(index, _)| !is_level(*index)) {
        let letter = if index == 0 { 'M' } else { 'L' };
        let (x, y) = (index as f32 * step, height(*value));
        write!(path, "{letter}{x:.1} {y:.1}").expect("a String takes everything");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        assert_eq!(buckets(&[1, 2, 3, 4, 5], 2), [6, 9]);
        assert_eq!(buckets(&[], 4), Vec::<u64>::new());
    }

    #[test]
    fn the_highest_value_is_at_the_top() {
        assert_eq!(path(&[0, 10], 10), "M0.0 26.0L120.0 2.0");
    }

    #[test]
    fn a_level_line_is_its_ends() {
        assert_eq!(path(&[0, 0, 0, 0, 0], 1), "M0.0 26.0L120.0 26.0");
        assert_eq!(path(&[0, 0, 0, 1, 1], 1), "M0.0 26.0L60.0 26.0L90.0 2.0L120.0 2.0");
    }
}
