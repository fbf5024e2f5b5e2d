//! Moments: in UTC as the server writes them; a script says them in the reader's zone and language.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// A moment, from the API's RFC 3339.
pub(crate) fn moment(text: &str) -> Markup {
    let Ok(timestamp) = text.parse::<Timestamp>() else { return html! { (text) } };
    let utc = timestamp.to_zoned(TimeZone::UTC);
    html! { time datetime=(text) { (utc.strftime("%Y-%m-%d %H:%M:%S UTC")) } }
}

/// The day of a moment.
pub(crate) fn day(text: &str) -> Markup {
    let Ok(timestamp) = text.parse::<Timestamp>() else { return html! { (text) } };
    let utc = timestamp.to_zoned(TimeZone::UTC);
    html! { time datetime=(text) data-day { (utc.strftime("%Y-%m-%d")) } }
}
