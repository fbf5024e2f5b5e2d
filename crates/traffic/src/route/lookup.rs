//! The conditions of a rule beyond host and path, looked up in the request only when asked.

use elbow_model::rule::{Condition, FieldMatch};
use elbow_model::value::{HeaderName, HeaderText, HttpToken};
use ipnet::IpNet;

use super::path::hex;
use super::request::RequestView;

/// What a rule asks beyond host and path.
#[derive(Debug)]
pub(super) struct Rest {
    method: Option<HttpToken>,
    source: Option<IpNet>,
    header: Option<FieldMatch<HeaderName>>,
    query: Option<FieldMatch<HeaderText>>,
    cookie: Option<FieldMatch<HttpToken>>,
}

impl Rest {
    /// Takes what is not in the tables for host and path.
    pub(super) fn of(condition: &Condition) -> Self {
        // A server name is asked for on TCP listeners only, which have no requests to route.
        let Condition { host: _, path: _, method, header, query, cookie, source, server_name: _ } =
            condition.clone();
        Self { method, source, header, query, cookie }
    }

    /// Whether all of it holds, the cheap parts first.
    pub(super) fn holds(&self, request: &impl RequestView) -> bool {
        let Self { method, source, header, query, cookie } = self;
        method.as_ref().is_none_or(|method| method.as_str().as_bytes() == request.method())
            && source.is_none_or(|network| network.contains(&request.source().to_canonical()))
            && query.as_ref().is_none_or(|wanted| {
                request.query().is_some_and(|query| has_parameter(query, wanted))
            })
            && header.as_ref().is_none_or(|wanted| {
                let value = wanted.value.as_str().as_bytes();
                request.any_field(wanted.name.as_str(), &mut |found| found.trim_ascii() == value)
            })
            && cookie.as_ref().is_none_or(|wanted| {
                let (name, value) = (wanted.name.as_str(), wanted.value.as_str().as_bytes());
                request.any_field("cookie", &mut |line| {
                    cookies(line).any(|(n, v)| n == name.as_bytes() && v == value)
                })
            })
    }
}

/// The cookies of a `Cookie` field (RFC 6265 §4.2.1).
pub fn cookies(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    line.split(|byte| *byte == b';').filter_map(|pair| {
        let pair = pair.trim_ascii();
        let at = pair.iter().position(|byte| *byte == b'=')?;
        Some((pair.get(..at)?.trim_ascii(), pair.get(at + 1..)?.trim_ascii()))
    })
}

fn has_parameter(query: &[u8], wanted: &FieldMatch<HeaderText>) -> bool {
    query.split(|byte| *byte == b'&').any(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = pair.get(..at).unwrap_or_default();
        let value = pair.get(at + 1..).unwrap_or_default();
        decoded(name).eq(wanted.name.as_str().bytes())
            && decoded(value).eq(wanted.value.as_str().bytes())
    })
}

/// The bytes that a form's encoding stands for.
fn decoded(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (first, tail) = rest.split_first()?;
        rest = tail;
        match (first, tail) {
            (b'+', _) => Some(b' '),
            (b'%', [high, low, after @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => {
                    rest = after;
                    Some(high << 4 | low)
                }
                None => Some(b'%'),
            },
            _ => Some(*first),
        }
    })
}
