//! Points in time as they are stored and sent.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::Invalid;

/// A point in time in milliseconds since the Unix epoch; shown as RFC 3339 in UTC.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// How long ago `earlier` was; zero if it lies in the future (clocks step).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This time moved on by `by`.
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;

    /// RFC 3339, to the millisecond.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let instant: Option<jiff::Timestamp> = text.parse().ok();
        let millis = instant.and_then(|at| u64::try_from(at.as_millisecond()).ok());
        millis.map(Self).ok_or_else(|| {
            let text: String = text.chars().take(64).collect();
            let text = text.escape_debug();
            Invalid::new(format!("`{text}` is not a time after 1970 such as 2027-01-31T08:00:00Z"))
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant =
            i64::try_from(self.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        match instant {
            Some(instant) => write!(f, "{instant:.3}"),
            None => write!(f, "{} ms after 1970", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of a time zone of the IANA database, such as `Europe/Berlin` or `UTC`, in the database's own spelling. The
/// database is part of the program, so that a name means the same on every machine and at every replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// Checks and takes a name, whatever its case.
    pub fn new(name: impl AsRef<str>) -> Result<Self, Invalid> {
        let name = name.as_ref();
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| {
            let name: String = name.chars().take(64).collect();
            let name = name.escape_debug();
            Invalid::new(format!(
                "`{name}` is not a time zone; write one of the IANA database, such as `Europe/Berlin` or `UTC`"
            ))
        })?;
        Ok(Self(zone.iana_name().unwrap_or("UTC").to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone with its rules.
    pub fn zone(&self) -> TimeZone {
        TimeZoneDatabase::bundled().get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for TimeZoneName {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        Self::new(name)
    }
}

impl From<TimeZoneName> for String {
    fn from(name: TimeZoneName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_known_ones_in_their_own_spelling() {
        assert_eq!(TimeZoneName::new("asia/taipei").unwrap().as_str(), "Asia/Taipei");
        assert_eq!(TimeZoneName::new("utc").unwrap(), TimeZoneName::utc());
        for name in ["", "Mars/Olympus", "../etc/passwd", "Europe/Berlin\0"] {
            assert!(TimeZoneName::new(name).is_err(), "{name:?}");
        }
    }
}
