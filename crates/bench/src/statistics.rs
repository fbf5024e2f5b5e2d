//! Medians, percentiles and ratios of rounds. Pure; a ratio is always taken round by round, because
//! what disturbs a machine disturbs contenders of the same round alike.

/// The middle of the values, the mean of the two middle ones if their number is even.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[sorted.len() / 2 - 1], upper))
}

/// The median of the ratios of each round; rounds that one side lacks are left out.
pub(crate) fn median_ratio(ours: &[Option<f64>], theirs: &[Option<f64>]) -> Option<f64> {
    let ratios: Vec<f64> = ours
        .iter()
        .zip(theirs)
        .filter_map(|(our, their)| Some(((*our)?, (*their)?)))
        .filter(|(_, their)| *their > 0.0)
        .map(|(our, their)| our / their)
        .collect();
    median(&ratios)
}

/// The value below or at which `percent` of the values lie (nearest rank). Sorts its argument.
pub(crate) fn percentile(values: &mut [u64], percent: f64) -> Option<u64> {
    values.sort_unstable();
    percentile_of_sorted(values, percent)
}

/// As [`percentile`], of values in order.
pub(crate) fn percentile_of_sorted(values: &[u64], percent: f64) -> Option<u64> {
    let last = values.len().checked_sub(1)?;
    // Less a little, since 99.9 is no binary number and must not reach the next rank.
    let rank = (percent * values.len() as f64 / 100.0 - 1e-9).ceil() as usize;
    Some(values[rank.saturating_sub(1).min(last)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_an_even_number_is_the_mean_of_the_middle() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_disturbed_round_does_not_move_the_median() {
        assert_eq!(median(&[1.0, 1.1, 50.0, 0.9, 1.0]), Some(1.0));
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // A machine twice as slow in the second round slows both sides.
        let ours = [Some(1.0), Some(2.0), Some(1.0)];
        let theirs = [Some(2.0), Some(4.0), Some(2.0)];
        assert_eq!(median_ratio(&ours, &theirs), Some(0.5));
    }

    #[test]
    fn a_round_that_failed_on_one_side_is_left_out() {
        let ours = [Some(1.0), None, Some(3.0)];
        let theirs = [Some(2.0), Some(1.0), None];
        assert_eq!(median_ratio(&ours, &theirs), Some(0.5));
        assert_eq!(median_ratio(&[None], &[Some(1.0)]), None);
        assert_eq!(median_ratio(&[Some(1.0)], &[Some(0.0)]), None);
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let mut values: Vec<u64> = (1..=1000).rev().collect();
        assert_eq!(percentile(&mut values, 50.0), Some(500));
        assert_eq!(percentile(&mut values, 99.0), Some(990));
        assert_eq!(percentile(&mut values, 99.9), Some(999));
        assert_eq!(percentile(&mut values, 100.0), Some(1000));
        assert_eq!(percentile(&mut [], 50.0), None);
        assert_eq!(percentile(&mut [7], 1.0), Some(7));
    }
}
