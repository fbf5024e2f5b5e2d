//! What routing may ask about a request. The engine answers from its parsed head; what no rule
//! asks for is never looked at.

use std::net::IpAddr;

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
