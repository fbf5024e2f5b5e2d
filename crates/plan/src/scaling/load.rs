//! Load: what a group carried in each of the last seconds. It must not fill gaps by guessing.

/// A group's load, one value per second, the oldest first; `None` where nothing was reported.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    seconds: &'a [Option<f64>],
}

/// Of a window, at least this part must be known for a mean to say anything.
const KNOWN_PART: f64 = 0.5;

impl<'a> Load<'a> {
    /// A load; values that are no numbers, or below zero, count as not reported when they are read.
    #[must_use]
    pub fn new(seconds: &'a [Option<f64>]) -> Self {
        Self { seconds }
    }

    /// The mean over the last `seconds`; none if less than half of them is known.
    #[must_use]
    pub fn mean(&self, seconds: u32) -> Option<f64> {
        mean(self.last(seconds)?)
    }

    /// The highest mean over `smooth` seconds in a row within the last `seconds`; none if any of these means is
    /// unknown, or the load does not reach back so far: what happened meanwhile may have been more.
    #[must_use]
    pub fn peak(&self, seconds: u32, smooth: u32) -> Option<f64> {
        let window = self.last(seconds)?;
        let smooth = usize::try_from(smooth).ok()?.clamp(1, window.len());
        window.windows(smooth).map(mean).try_fold(0.0, |most: f64, mean| Some(most.max(mean?)))
    }

    /// How many of the last seconds in a row, the newest first, satisfy `holds`; an unknown second ends the row.
    #[must_use]
    pub fn streak(&self, holds: impl Fn(f64) -> bool) -> u32 {
        let row = self.seconds.iter().rev().take_while(|value| known(value).is_some_and(&holds));
        u32::try_from(row.count()).unwrap_or(u32::MAX)
    }

    fn last(&self, seconds: u32) -> Option<&'a [Option<f64>]> {
        let count = usize::try_from(seconds.max(1)).ok()?;
        self.seconds.get(self.seconds.len().checked_sub(count)?..)
    }
}

fn mean(window: &[Option<f64>]) -> Option<f64> {
    let (count, sum) = window
        .iter()
        .filter_map(known)
        .fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    let is_known = count > 0 && f64::from(count) >= window.len() as f64 * KNOWN_PART;
    is_known.then(|| sum / f64::from(count))
}

fn known(value: &Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_needs_half_of_its_window() {
        let seconds = [Some(10.0), None, None, Some(20.0)];
        assert_eq!(Load::new(&seconds).mean(4), Some(15.0));
        assert_eq!(Load::new(&seconds).mean(3), None);
        assert_eq!(Load::new(&seconds).mean(5), None);
    }

    #[test]
    fn a_peak_is_smoothed_and_unknown_across_gaps() {
        let seconds = [Some(0.0), Some(30.0), Some(0.0), Some(10.0)];
        assert_eq!(Load::new(&seconds).peak(4, 2), Some(15.0));
        let seconds = [Some(0.0), None, None, Some(10.0)];
        assert_eq!(Load::new(&seconds).peak(4, 2), None);
    }

    #[test]
    fn nonsense_counts_as_not_reported() {
        let seconds = [Some(f64::NAN), Some(f64::INFINITY), Some(-1.0), Some(5.0)];
        assert_eq!(Load::new(&seconds).mean(4), None);
        assert_eq!(Load::new(&seconds).mean(1), Some(5.0));
    }
}
