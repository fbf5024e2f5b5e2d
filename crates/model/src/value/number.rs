//! Ports, weights, revisions and resource numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// A TCP port: 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Port(u16);

impl Port {
    /// Checks and takes a port; wider than a port so that an edge can pass on what it read.
    pub fn new(port: i64) -> Result<Self, Invalid> {
        match u16::try_from(port) {
            Ok(port) if port != 0 => Ok(Self(port)),
            _ => Err(Invalid::new(format!("port {port} is not between 1 and 65535"))),
        }
    }

    /// The port as a number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Port {
    type Error = Invalid;

    fn try_from(port: u16) -> Result<Self, Invalid> {
        Self::new(i64::from(port))
    }
}

impl From<Port> for u16 {
    fn from(port: Port) -> Self {
        port.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A member's share of the traffic relative to its pool: 0 (drain: no new work) to 256; 1 unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Weight(u16);

impl Weight {
    /// The weight that stops new work.
    pub const DRAIN: Self = Self(0);
    /// The largest weight.
    pub const MAX: Self = Self(256);

    /// Checks and takes a weight; wider than a weight so that an edge can pass on what it read.
    pub fn new(weight: i64) -> Result<Self, Invalid> {
        match u16::try_from(weight) {
            Ok(weight) if weight <= Self::MAX.0 => Ok(Self(weight)),
            _ => Err(Invalid::new(format!(
                "weight {weight} is not between 0 and {} (0 drains the member)",
                Self::MAX.0
            ))),
        }
    }

    /// The weight as a number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u16> for Weight {
    type Error = Invalid;

    fn try_from(weight: u16) -> Result<Self, Invalid> {
        Self::new(i64::from(weight))
    }
}

impl From<Weight> for u16 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a state of the World; each Change makes the next one. 0 is the empty World.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision that the next Change makes.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A small number that grows per type of resource and is never reused, for dialects with numeric ids.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Number(pub u64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A whole number between `MIN` and `MAX`, both included; the meaning and the unit are the alias's or the field's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Bounded<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Bounded<MIN, MAX> {
    /// The smallest.
    pub const MIN: u32 = MIN;
    /// The largest.
    pub const MAX: u32 = MAX;

    /// Checks and takes a number; wider than needed so that an edge can pass on what it read.
    pub fn new(value: i64) -> Result<Self, Invalid> {
        match u32::try_from(value) {
            Ok(value) if (MIN..=MAX).contains(&value) => Ok(Self(value)),
            _ => Err(Invalid::new(format!("{value} is not between {MIN} and {MAX}"))),
        }
    }

    /// A number known while compiling; a wrong one does not compile.
    pub const fn constant<const VALUE: u32>() -> Self {
        const { assert!(VALUE >= MIN && VALUE <= MAX) };
        Self(VALUE)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number taken as seconds.
    pub const fn seconds(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0 as u64)
    }

    /// The number taken as milliseconds.
    pub const fn millis(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0 as u64)
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u32> for Bounded<MIN, MAX> {
    type Error = Invalid;

    fn try_from(value: u32) -> Result<Self, Invalid> {
        Self::new(i64::from(value))
    }
}

impl<const MIN: u32, const MAX: u32> From<Bounded<MIN, MAX>> for u32 {
    fn from(value: Bounded<MIN, MAX>) -> Self {
        value.0
    }
}

impl<const MIN: u32, const MAX: u32> fmt::Display for Bounded<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_say_what_is_allowed() {
        for port in [0, -1, 65_536, 70_000, i64::MAX] {
            let expected = format!("port {port} is not between 1 and 65535");
            assert_eq!(Port::new(port).unwrap_err().0, expected);
        }
        for weight in [-1, 257, 300] {
            let expected =
                format!("weight {weight} is not between 0 and 256 (0 drains the member)");
            assert_eq!(Weight::new(weight).unwrap_err().0, expected);
        }
        for value in [1, 6, -1, 1 << 40] {
            let expected = format!("{value} is not between 2 and 5");
            assert_eq!(Bounded::<2, 5>::new(value).unwrap_err().0, expected);
        }
    }

    #[test]
    fn the_ends_are_inside() {
        assert!([1, 65_535].iter().all(|port| Port::new(*port).is_ok()));
        assert!([0, 256].iter().all(|weight| Weight::new(*weight).is_ok()));
        assert!([2, 5].iter().all(|value| Bounded::<2, 5>::new(*value).is_ok()));
    }

    #[test]
    fn stored_numbers_are_checked_again() {
        assert!(serde_json::from_str::<Port>("0").is_err());
        assert!(serde_json::from_str::<Weight>("257").is_err());
        assert!(serde_json::from_str::<Bounded<2, 5>>("6").is_err());
    }
}
