//! Measured and wished-for numbers with a fraction, such as a target of 12.5 requests in flight.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// A number with at most three decimals; the unit is the metric's. Kept as whole thousandths, so that equal numbers are
/// equal and replay is exact.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Quantity(i64);

impl Quantity {
    /// None.
    pub const ZERO: Self = Self(0);
    /// The largest magnitude that is taken: 10^12.
    pub const LARGEST: f64 = 1e12;

    /// Checks and takes a number; what is beyond the third decimal is rounded.
    pub fn new(number: f64) -> Result<Self, Invalid> {
        if number.is_finite() && number.abs() <= Self::LARGEST {
            return Ok(Self::rounded(number));
        }
        Err(Invalid::new(format!("{number} is not a number between -10^12 and 10^12")))
    }

    /// What was measured: like [`Quantity::new`], but what is too large becomes the largest and what is no number none.
    pub fn measured(number: f64) -> Self {
        if number.is_nan() {
            return Self::ZERO;
        }
        Self::rounded(number.clamp(-Self::LARGEST, Self::LARGEST))
    }

    /// A whole number.
    pub const fn whole(number: i32) -> Self {
        Self(number as i64 * 1_000)
    }

    /// The number for calculations.
    #[expect(clippy::cast_precision_loss, reason = "10^15 thousandths are below 2^53")]
    pub fn get(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "callers hold it to 10^15")]
    fn rounded(number: f64) -> Self {
        Self((number * 1_000.0).round() as i64)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.get().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_keep_three_decimals() {
        let shown = |number| Quantity::new(number).unwrap().to_string();
        assert_eq!(
            [shown(10.0), shown(0.5), shown(1.0006), shown(-2.25)],
            ["10", "0.5", "1.001", "-2.25"]
        );
        assert!([f64::NAN, f64::INFINITY, 1e13].iter().all(|n| Quantity::new(*n).is_err()));
        assert_eq!(Quantity::measured(f64::INFINITY), Quantity::new(1e12).unwrap());
        assert_eq!(Quantity::measured(f64::NAN), Quantity::ZERO);
        assert_eq!(Quantity::whole(-3).get(), -3.0);
    }
}
