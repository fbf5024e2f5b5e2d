//! Load: what a group carried in each of the last seconds. It must not fill gaps by guessing.

/// What was measured in a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Over the whole group, in the unit of the metric.
    pub total: f64,
    /// Instances' worth of capacity that carried it; 1 for a metric that instances don't share.
    pub serving: f64,
}

impl Reading {
    /// A metric that instances don't share.
    #[must_use]
    pub fn of_group(value: f64) -> Self {
        Self { total: value, serving: 1.0 }
    }

    /// What one instance carried; none if there was none.
    fn each(self) -> Option<f64> {
        (self.serving > 0.0).then(|| self.total / self.serving)
    }

    fn is_number(self) -> bool {
        self.total.is_finite() && self.total >= 0.0 && self.serving.is_finite()
    }
}

/// A group's load, one reading per second, the oldest first; `None` where nothing was reported. Readings that are no
/// numbers, or below zero, count as not reported.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    seconds: &'a [Option<Reading>],
}

/// The longest load that any policy asks for, in seconds: an alarm's window and its hold time, an hour each.
pub const MEMORY_S: usize = 7_200;

/// Of a window, at least this part must be known for a mean to say anything.
const KNOWN_PART: f64 = 0.5;

impl<'a> Load<'a> {
    /// A load.
    #[must_use]
    pub fn new(seconds: &'a [Option<Reading>]) -> Self {
        Self { seconds }
    }

    /// The mean total over the last `seconds`; none if less than half of them is known.
    #[must_use]
    pub fn mean(&self, seconds: u32) -> Option<f64> {
        mean(self.last(seconds)?)
    }

    /// The highest mean over `smooth` seconds in a row within the last `seconds`; none if any of these means is
    /// unknown, or the load does not reach back so far: what happened meanwhile may have been more.
    #[must_use]
    pub fn peak(&self, seconds: u32, smooth: u32) -> Option<f64> {
        self.means(seconds, smooth)?.try_fold(0.0, |most: f64, mean| Some(most.max(mean?)))
    }

    /// The lowest such mean, likewise.
    #[must_use]
    pub fn trough(&self, seconds: u32, smooth: u32) -> Option<f64> {
        self.means(seconds, smooth)?.try_fold(f64::MAX, |least, mean| Some(least.min(mean?)))
    }

    /// What one instance carried on average over the last `window` seconds, and over each window that ended up to
    /// `seconds` ago, the newest first; none where less than half of one is known.
    pub fn each(&self, window: u32, seconds: u32) -> impl Iterator<Item = Option<f64>> {
        let window = usize::try_from(window.max(1)).unwrap_or(usize::MAX);
        let sums = self.sums();
        (0..=seconds as usize).map(move |ago| {
            let end = sums.len().checked_sub(ago + 1).filter(|end| *end > 0)?;
            let start = end.saturating_sub(window);
            let (before, after) = (sums.get(start)?, sums.get(end)?);
            let count = f64::from(after.0 - before.0);
            let is_known = count > 0.0 && count >= (end - start) as f64 * KNOWN_PART;
            is_known.then(|| (after.1 - before.1) / count)
        })
    }

    /// How many seconds up to each are known, and the sum of what one instance carried in them.
    fn sums(&self) -> Vec<(u32, f64)> {
        let mut sum = (0, 0.0);
        let each = self.seconds.iter().map(|reading| {
            if let Some(each) = known_reading(reading).and_then(Reading::each) {
                sum = (sum.0 + 1, sum.1 + each);
            }
            sum
        });
        std::iter::once((0, 0.0)).chain(each.collect::<Vec<_>>()).collect()
    }

    fn means(&self, seconds: u32, smooth: u32) -> Option<impl Iterator<Item = Option<f64>> + 'a> {
        let window = self.last(seconds)?;
        let smooth = usize::try_from(smooth).ok()?.clamp(1, window.len());
        Some(window.windows(smooth).map(mean))
    }

    fn last(&self, seconds: u32) -> Option<&'a [Option<Reading>]> {
        let count = usize::try_from(seconds.max(1)).ok()?;
        self.seconds.get(self.seconds.len().checked_sub(count)?..)
    }
}

fn mean(window: &[Option<Reading>]) -> Option<f64> {
    let (count, sum) = window
        .iter()
        .filter_map(known_reading)
        .fold((0_u32, 0.0), |(count, sum), reading| (count + 1, sum + reading.total));
    let is_known = count > 0 && f64::from(count) >= window.len() as f64 * KNOWN_PART;
    is_known.then(|| sum / f64::from(count))
}

fn known_reading(reading: &Option<Reading>) -> Option<Reading> {
    reading.filter(|reading| reading.is_number())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(values: &[Option<f64>]) -> Vec<Option<Reading>> {
        values.iter().map(|value| value.map(|total| Reading { total, serving: 2.0 })).collect()
    }

    #[test]
    fn a_mean_needs_half_of_its_window() {
        let seconds = totals(&[Some(10.0), None, None, Some(20.0)]);
        assert_eq!(Load::new(&seconds).mean(4), Some(15.0));
        assert_eq!(Load::new(&seconds).mean(3), None);
        assert_eq!(Load::new(&seconds).mean(5), None);
    }

    #[test]
    fn peaks_and_troughs_are_smoothed_and_unknown_across_gaps() {
        let seconds = totals(&[Some(0.0), Some(30.0), Some(2.0), Some(10.0)]);
        assert_eq!(Load::new(&seconds).peak(4, 2), Some(16.0));
        assert_eq!(Load::new(&seconds).trough(4, 2), Some(6.0));
        let seconds = totals(&[Some(0.0), None, None, Some(10.0)]);
        assert_eq!(Load::new(&seconds).peak(4, 2), None);
    }

    #[test]
    fn what_one_instance_carried_goes_by_the_instances_of_that_second() {
        let mut seconds = totals(&[Some(10.0), Some(20.0), Some(20.0)]);
        seconds[2] = Some(Reading { total: 20.0, serving: 4.0 });
        let each = |seconds: &[Option<Reading>], window| -> Vec<Option<f64>> {
            Load::new(seconds).each(window, 3).collect()
        };
        assert_eq!(each(&seconds, 2), [Some(7.5), Some(7.5), Some(5.0), None]);
        assert_eq!(each(&seconds, 1), [Some(5.0), Some(10.0), Some(5.0), None]);
        seconds[2] = Some(Reading { total: 20.0, serving: 0.0 });
        assert_eq!(each(&seconds, 1), [None, Some(10.0), Some(5.0), None]);
    }

    #[test]
    fn nonsense_counts_as_not_reported() {
        let seconds = totals(&[Some(f64::NAN), Some(f64::INFINITY), Some(-1.0), Some(5.0)]);
        assert_eq!(Load::new(&seconds).mean(4), None);
        assert_eq!(Load::new(&seconds).mean(1), Some(5.0));
    }
}
