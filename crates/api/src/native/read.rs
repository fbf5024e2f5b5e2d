//! From JSON bodies to the model's settings, field by field. The same readers serve POST (onto the defaults) and PATCH
//! (onto what is there: a JSON merge patch), so both take the same fields by the same rules.
//!
//! A reader that finds a fault notes it and goes on with a stand-in; the caller discards everything unless
//! [`Errors::finish`](crate::decode::Errors::finish) says that nothing was wrong.

pub(super) mod api_key;
pub(super) mod certificate;
pub(super) mod health_monitor;
pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod member;
pub(super) mod network;
pub(super) mod pool;
pub(super) mod project;
pub(super) mod reference;
pub(super) mod rule;
pub(super) mod scaling;
mod tls;
pub(super) mod user;

use std::net::IpAddr;

use elbow_model::value::{Bounded, Description, HttpToken, Name, Port};
use ipnet::IpNet;
use serde_json::Value;

use super::errors::Refusal;
use crate::decode::{At, Errors, Fields};

/// Why fields that only Elbow sets are refused.
pub(super) const READ_ONLY: &str = "is set by Elbow and cannot be given; leave it out";

/// Reads a body that must be an object; all its faults are reported together.
pub(super) fn body<'a, T>(
    value: &'a Value,
    errors: &'a Errors,
    read: impl FnOnce(Fields<'a>) -> T,
) -> Option<T> {
    At::root(value, errors).object().map(read)
}

/// What was read, or all that was wrong with it.
pub(super) fn finish<T>(errors: Errors, read: Option<T>) -> Result<T, Refusal> {
    let read = errors.finish(read)?;
    Ok(read.expect("a reader that returns nothing has noted why"))
}

/// A name.
pub(super) fn name(at: At<'_>) -> Option<Name> {
    at.checked(|text| Name::new(text))
}

/// Stands in for a name that is missing or wrong, until the fault is reported.
pub(super) fn no_name() -> Name {
    Name::new("unnamed").expect("this is a name")
}

/// Free text.
pub(super) fn description(at: At<'_>) -> Option<Description> {
    at.checked(|text| Description::new(text))
}

/// A port.
pub(super) fn port(at: At<'_>) -> Option<Port> {
    at.number(Port::new)
}

/// A bounded number.
pub(super) fn bounded<const MIN: u32, const MAX: u32>(at: At<'_>) -> Option<Bounded<MIN, MAX>> {
    at.number(Bounded::new)
}

/// An RFC 9110 token.
pub(super) fn token(at: At<'_>) -> Option<HttpToken> {
    at.checked(|text| HttpToken::new(text))
}

/// An IP address.
pub(super) fn address(at: At<'_>) -> Option<IpAddr> {
    let text = at.text()?;
    match text.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let hint = if text.parse::<std::net::SocketAddr>().is_ok() {
                "; the port has a field of its own"
            } else {
                ""
            };
            let cut: String = text.chars().take(80).collect();
            at.wrong(format!(
                "`{}` is not an IP address such as 10.0.0.5 or 2001:db8::5{hint}",
                cut.escape_debug()
            ))
        }
    }
}

/// A range of addresses, or a single one.
pub(super) fn cidr(at: At<'_>) -> Option<IpNet> {
    let text = at.text()?;
    let range = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    match range {
        Some(range) if range.trunc() == range => Some(range),
        Some(range) => {
            at.wrong(format!("{range} has bits behind its prefix; write {}", range.trunc()))
        }
        None => {
            let cut: String = text.chars().take(80).collect();
            at.wrong(format!(
                "`{}` is not a range such as 10.0.0.0/8 or 2001:db8::/32",
                cut.escape_debug()
            ))
        }
    }
}
