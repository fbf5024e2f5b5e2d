//! How a pool's members are checked: the active health check.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::value::{Bounded, HostName, HttpPath, HttpToken, Invalid, Port};

/// Time between two checks of one member, in milliseconds.
pub type IntervalMs = Bounded<100, 3_600_000>;
/// Time that one check may take, in milliseconds.
pub type TimeoutMs = Bounded<10, 60_000>;
/// Successes or failures in a row that change a member's health.
pub type Threshold = Bounded<1, 10>;

/// An active health check. Built by [`HealthMonitor::new`], which holds the one rule between fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthMonitor {
    /// What a check does.
    pub check: Check,
    /// Time between two checks of one member; some jitter is added.
    pub interval_ms: IntervalMs,
    /// How long one check may take; at most the interval.
    pub timeout_ms: TimeoutMs,
    /// Successes in a row until a member counts as healthy.
    pub rise: Threshold,
    /// Failures in a row until a member counts as unhealthy.
    pub fall: Threshold,
    /// The port to check, if it is not the member's own.
    pub port: Option<Port>,
    /// Whether checks run; a switched-off monitor keeps its settings.
    pub enabled: bool,
}

/// What a check does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Check {
    /// A connection can be opened.
    Tcp,
    /// A request is answered with an expected status.
    Http(HttpCheck),
    /// The same over TLS 1.2 or 1.3; the member's certificate is not verified.
    Https(HttpCheck),
}

/// The request of an HTTP check and what is expected of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// Request method.
    pub method: HttpToken,
    /// Request target.
    pub path: HttpPath,
    /// `Host` field, and the name asked for in TLS (SNI); the member's address and no name if none.
    pub host: Option<HostName>,
    /// Status codes that count as success.
    pub expected_codes: ExpectedCodes,
}

impl HealthMonitor {
    /// The interval if none is given.
    pub const INTERVAL: IntervalMs = IntervalMs::constant::<5_000>();
    /// The timeout if none is given.
    pub const TIMEOUT: TimeoutMs = TimeoutMs::constant::<3_000>();
    /// Successes in a row if none are given.
    pub const RISE: Threshold = Threshold::constant::<2>();
    /// Failures in a row if none are given.
    pub const FALL: Threshold = Threshold::constant::<3>();

    /// A monitor with default times and thresholds.
    pub fn with_defaults(check: Check) -> Self {
        Self {
            check,
            interval_ms: Self::INTERVAL,
            timeout_ms: Self::TIMEOUT,
            rise: Self::RISE,
            fall: Self::FALL,
            port: None,
            enabled: true,
        }
    }

    /// This monitor with other times; the timeout must not be above the interval.
    pub fn with_times(
        self,
        interval_ms: IntervalMs,
        timeout_ms: TimeoutMs,
    ) -> Result<Self, Invalid> {
        if timeout_ms.get() > interval_ms.get() {
            return Err(Invalid::new(format!(
                "timeout_ms {timeout_ms} is above interval_ms {interval_ms}; a check must end before the next one starts"
            )));
        }
        Ok(Self { interval_ms, timeout_ms, ..self })
    }
}

/// Status codes such as `200`, `200,204` or `200-299`; 1 to 16 parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExpectedCodes(Vec<(u16, u16)>);

impl ExpectedCodes {
    /// Whether `status` is among them.
    pub fn contain(&self, status: u16) -> bool {
        self.0.iter().any(|&(first, last)| (first..=last).contains(&status))
    }
}

impl Default for ExpectedCodes {
    fn default() -> Self {
        Self(vec![(200, 200)])
    }
}

impl FromStr for ExpectedCodes {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(format!(
                "`{}` does not name status codes; write `200`, `200,204` or `200-299` (100 to 599)",
                text.escape_debug()
            ))
        };
        let code = |part: &str| {
            part.trim().parse::<u16>().ok().filter(|c| (100..=599).contains(c)).ok_or_else(wrong)
        };
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 16 {
            return Err(wrong());
        }
        let ranges = parts.into_iter().map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (code(first)?, code(last)?);
            if first <= last { Ok((first, last)) } else { Err(wrong()) }
        });
        ranges.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for ExpectedCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (first, last)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for ExpectedCodes {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ExpectedCodes> for String {
    fn from(codes: ExpectedCodes) -> Self {
        codes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_codes_are_lists_and_ranges() {
        let codes: ExpectedCodes = "200, 204,300-302".parse().unwrap();
        let among: Vec<u16> = (100..600).filter(|code| codes.contain(*code)).collect();
        assert_eq!(among, [200, 204, 300, 301, 302]);
        assert_eq!(codes.to_string(), "200,204,300-302");
        for text in ["", "abc", "99", "600", "300-200", "200-", "200,,201", "1".repeat(99).as_str()]
        {
            assert!(text.parse::<ExpectedCodes>().is_err(), "{text:?}");
        }
        assert!(["200"; 16].join(",").parse::<ExpectedCodes>().is_ok());
        assert!(["200"; 17].join(",").parse::<ExpectedCodes>().is_err());
    }

    #[test]
    fn a_check_ends_before_the_next_one_starts() {
        let monitor = || HealthMonitor::with_defaults(Check::Tcp);
        let times =
            |every, within| (IntervalMs::new(every).unwrap(), TimeoutMs::new(within).unwrap());
        let (every, within) = times(1_000, 1_000);
        assert!(monitor().with_times(every, within).is_ok());
        let (every, within) = times(1_000, 1_001);
        let refusal = monitor().with_times(every, within).unwrap_err();
        assert!(refusal.0.contains("timeout_ms 1001 is above interval_ms 1000"), "{refusal}");
    }
}
