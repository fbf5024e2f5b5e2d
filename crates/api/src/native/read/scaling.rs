//! Reads scaling groups and what belongs to them.

pub(in crate::native) mod attachment;
pub(in crate::native) mod group;
pub(in crate::native) mod hook;
pub(in crate::native) mod instance;
pub(in crate::native) mod policy;
pub(in crate::native) mod replay;
pub(in crate::native) mod schedule;
pub(in crate::native) mod template;

use elbow_model::value::{Quantity, Timestamp};

use crate::decode::{At, Fields};

/// The body of an action that needs none.
pub(in crate::native) fn nothing(fields: Fields<'_>) {
    fields.finish(&[]);
}

/// A number with up to three decimals.
pub(in crate::native) fn quantity(at: At<'_>) -> Option<Quantity> {
    match at.value().as_f64() {
        Some(number) => at.taken(Quantity::new(number)),
        None => at.wrong("expected a number"),
    }
}

/// A point in time, RFC 3339.
fn time(at: At<'_>) -> Option<Timestamp> {
    at.checked(|text| text.parse())
}
