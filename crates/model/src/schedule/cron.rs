//! Cron expressions: five fields that name minutes of local time.

use std::fmt;
use std::str::FromStr;

use jiff::Span;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::value::Invalid;

/// `minute hour day-of-month month day-of-week`, as in cron(5): each `*`, a number, a range `a-b`, a step `*/n` or
/// `a-b/n`, or a list of these; months and days of the week also as `jan`, `mon`; 0 and 7 are Sunday. Where both days are
/// restricted, either suffices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronExpression {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    days_rule: Days,
}

/// Which of the two fields of days counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Days {
    Both,
    Either,
}

/// How far ahead a time is looked for: February 29th is at most eight years away (1896 to 1904).
const HORIZON_DAYS: u32 = 8 * 366;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl CronExpression {
    /// The most characters.
    pub const MAX_CHARS: usize = 256;

    /// The first minute after `after` that it names; none if there is none for eight years.
    pub fn next_after(&self, after: DateTime) -> Option<DateTime> {
        let minute = after.with().second(0).subsec_nanosecond(0).build().ok()?;
        let start = minute.checked_add(Span::new().minutes(1)).ok()?;
        let mut date = start.date();
        let mut earliest = (start.hour(), start.minute());
        for _ in 0..HORIZON_DAYS {
            if self.names_date(date)
                && let Some((hour, minute)) = self.first_time(earliest)
            {
                return Some(date.at(hour, minute, 0, 0));
            }
            date = date.tomorrow().ok()?;
            earliest = (0, 0);
        }
        None
    }

    fn names_date(&self, date: jiff::civil::Date) -> bool {
        let day = is_set(self.days, date.day());
        let weekday = is_set(self.weekdays, date.weekday().to_sunday_zero_offset());
        let is_named = match self.days_rule {
            Days::Both => day && weekday,
            Days::Either => day || weekday,
        };
        is_named && is_set(self.months, date.month())
    }

    /// The first hour and minute of a named day that are not before `earliest`.
    fn first_time(&self, earliest: (i8, i8)) -> Option<(i8, i8)> {
        let (from_hour, from_minute) = earliest;
        let hours = (from_hour..24).filter(|hour| is_set(self.hours, *hour));
        let mut times = hours.flat_map(|hour| {
            let first = if hour == from_hour { from_minute } else { 0 };
            (first..60).filter(|minute| is_set(self.minutes, *minute)).map(move |m| (hour, m))
        });
        times.next()
    }
}

fn is_set(bits: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| bits.checked_shr(number).unwrap_or(0) & 1 == 1)
}

impl FromStr for CronExpression {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = |why: String| {
            let text: String = text.chars().take(100).collect();
            let text = text.escape_debug();
            Invalid::new(format!(
                "`{text}` is not a cron expression ({why}); write `minute hour day month weekday`, such as `30 8 * * 1-5`"
            ))
        };
        if text.len() > Self::MAX_CHARS {
            return Err(wrong("too long".to_owned()));
        }
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(wrong(format!("it has {} fields", fields.len())));
        };
        let field = |text, range, names: &[&str]| bits(text, range, names).map_err(wrong);
        let weekday_bits = field(weekdays, (0, 7), &WEEKDAYS)?;
        let expression = Self {
            text: fields.join(" "),
            minutes: field(minutes, (0, 59), &[])?,
            hours: field(hours, (0, 23), &[])?,
            days: field(days, (1, 31), &[])?,
            months: field(months, (1, 12), &MONTHS)?,
            // Sunday is 0, however it was written.
            weekdays: (weekday_bits | weekday_bits >> 7) & 0x7f,
            days_rule: match days.starts_with('*') || weekdays.starts_with('*') {
                true => Days::Both,
                false => Days::Either,
            },
        };
        let probe = jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0);
        match expression.next_after(probe) {
            Some(_) => Ok(expression),
            None => Err(wrong("there is no such day".to_owned())),
        }
    }
}

/// The numbers that a field names, as bits.
fn bits(field: &str, (min, max): (u32, u32), names: &[&str]) -> Result<u64, String> {
    let number = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower);
        // Months are counted from 1, days of the week from 0: where their numbers begin.
        let named = named.and_then(|index| u32::try_from(index).ok()).map(|index| index + min);
        let plain = || text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        let found = named.or_else(plain).filter(|number| (min..=max).contains(number));
        found.ok_or_else(|| format!("`{text}` is not between {min} and {max}"))
    };
    let mut bits = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step: u32 = step.parse().map_err(|_| format!("`{step}` is not a step"))?;
                (range, Some(step).filter(|step| (1..=max).contains(step)))
            }
            None => (part, Some(1)),
        };
        let step =
            step.ok_or_else(|| format!("the step of `{part}` is not between 1 and {max}"))?;
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (min, max),
            Some((first, last)) => (number(first)?, number(last)?),
            // `5/10` is from 5 on.
            None if part.contains('/') => (number(range)?, max),
            None => (number(range)?, number(range)?),
        };
        if first > last {
            return Err(format!("`{range}` ends before it begins"));
        }
        let mut value = first;
        while value <= last {
            bits |= 1_u64 << value;
            value += step;
        }
    }
    Ok(bits)
}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl TryFrom<String> for CronExpression {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<CronExpression> for String {
    fn from(expression: CronExpression) -> Self {
        expression.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next times after 2026-11-22 10:07:30, a Sunday.
    fn next(expression: &str, count: usize) -> Vec<String> {
        let expression: CronExpression = expression.parse().unwrap();
        let mut time = jiff::civil::date(2026, 11, 22).at(10, 7, 30, 0);
        let step = |_| {
            time = expression.next_after(time).unwrap();
            time.strftime("%m-%d %H:%M").to_string()
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn expressions_name_the_minutes_that_cron_names() {
        assert_eq!(next("* * * * *", 2), ["11-22 10:08", "11-22 10:09"]);
        assert_eq!(next("*/20 9-10 * * *", 3), ["11-22 10:20", "11-22 10:40", "11-23 09:00"]);
        assert_eq!(next("7 10 * * *", 1), ["11-23 10:07"]);
        assert_eq!(next("0 8 * * mon-fri", 2), ["11-23 08:00", "11-24 08:00"]);
        assert_eq!(next("0 8 1,15 jan *", 2), ["01-01 08:00", "01-15 08:00"]);
        assert_eq!(next("0 0 * * 7", 1), ["11-29 00:00"]);
        assert_eq!(next("0 0 13 * 5", 3), ["11-27 00:00", "12-04 00:00", "12-11 00:00"]);
        assert_eq!(next("50/5 * * * *", 3), ["11-22 10:50", "11-22 10:55", "11-22 11:50"]);
        assert_eq!(next("0 0 29 2 *", 1), ["02-29 00:00"]);
    }

    #[test]
    fn what_names_no_minute_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "1, * * * *",
            "+1 * * * *",
            "0 0 30 2 *",
            "1-2-3 * * * *",
            "*/99999999999 * * * *",
        ] {
            assert!(text.parse::<CronExpression>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_expression_is_its_text() {
        let expression: CronExpression = "  30 8 *  * 1-5 ".parse().unwrap();
        let json = serde_json::to_string(&expression).unwrap();
        assert_eq!(json, "\"30 8 * * 1-5\"");
        assert_eq!(serde_json::from_str::<CronExpression>(&json).unwrap(), expression);
    }
}
