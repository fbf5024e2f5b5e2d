//! Capacity: what instances can carry while some of them are young. An instance that warms up counts for the part of
//! its warm-up that is over, so that a mean over instances is turned into a total that they really carried.

use std::time::Duration;

/// How many instances' worth of work these ages can carry, each from when it went into service.
#[must_use]
pub fn effective(ages: impl IntoIterator<Item = Duration>, warm_up: Duration) -> f64 {
    ages.into_iter().map(|age| share(age, warm_up)).sum()
}

/// The share of a whole instance that one of this age counts for, from 0 to 1.
#[must_use]
pub fn share(age: Duration, warm_up: Duration) -> f64 {
    if warm_up.is_zero() { 1.0 } else { (age.as_secs_f64() / warm_up.as_secs_f64()).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_instance_counts_for_the_part_of_its_warm_up_that_is_over() {
        let seconds = Duration::from_secs;
        let ages = [seconds(0), seconds(15), seconds(30), seconds(300)];
        assert_eq!(effective(ages, seconds(30)), 2.5);
        assert_eq!(effective(ages, Duration::ZERO), 4.0);
    }
}
