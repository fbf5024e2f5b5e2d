//! What routing may ask about a request. The engine answers from its parsed head; what no rule
//! asks for is never looked at.

use std::net::{IpAddr, Ipv6Addr};

use elbow_model::value::HostName;

/// A request as rules see it.
pub trait RequestView {
    /// The host without port and brackets, as sent; see [`split_authority`](super::split_authority).
    fn host(&self) -> &[u8];

    /// The path without query, as sent.
    fn path(&self) -> &[u8];

    /// What follows the first `?` of the target.
    fn query(&self) -> Option<&[u8]>;

    /// The method as sent.
    fn method(&self) -> &[u8];

    /// The client's address.
    fn source(&self) -> IpAddr;

    /// Calls `matches` with the value of each field line of this name (compared without case)
    /// until it says yes; whether it did.
    fn any_field(&self, name: &str, matches: &mut dyn FnMut(&[u8]) -> bool) -> bool;
}

/// A TLS connection as rules see it: all they may ask for is the server name.
pub(super) struct AskedName<'a>(pub(super) Option<&'a HostName>);

impl RequestView for AskedName<'_> {
    fn host(&self) -> &[u8] {
        self.0.map_or(b"", |name| name.as_str().as_bytes())
    }

    fn path(&self) -> &[u8] {
        b"/"
    }

    fn query(&self) -> Option<&[u8]> {
        None
    }

    fn method(&self) -> &[u8] {
        b""
    }

    fn source(&self) -> IpAddr {
        Ipv6Addr::UNSPECIFIED.into()
    }

    fn any_field(&self, _name: &str, _matches: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}
