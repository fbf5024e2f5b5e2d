//! The calendar's time as RFC 3339 with milliseconds, in UTC, without an allocation.

use std::io::Write as _;

use elbow_model::value::Timestamp;

const DAY_S: u64 = 86_400;

/// Appends `2026-11-22T02:54:58.123Z`.
pub(super) fn write(at: Timestamp, out: &mut Vec<u8>) {
    let (seconds, milliseconds) = (at.0 / 1000, at.0 % 1000);
    let (year, month, day) = date(seconds / DAY_S);
    let of_day = seconds % DAY_S;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    // Writing to a vector does not fail.
    let _never = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"
    );
}

/// The date so many days after 1970-01-01 in the Gregorian calendar: years begin in March, so that
/// a leap day is the last of its year.
fn date(days: u64) -> (u64, u64, u64) {
    /// Days from 0000-03-01 to 1970-01-01.
    const OFFSET: u64 = 719_468;
    /// Days of 400 years.
    const ERA: u64 = 146_097;
    let days = days + OFFSET;
    let (era, of_era) = (days / ERA, days % ERA);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        // As `date -u -d @SECONDS` says.
        let table = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_868_800_001, "2000-03-01T00:00:00.001Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_795_316_098_123, "2026-11-22T02:54:58.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ];
        for (at, expected) in table {
            let mut out = Vec::new();
            write(Timestamp(at), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
