//! What a proxy must decide about HTTP/2 beside the framing itself: which peers ask too much of it
//! ([`meter`]), which heads can be trusted and what they are in HTTP/1.1 ([`head`]). Nothing here
//! reads or writes a socket, keeps a clock or knows HPACK.
//!
//! ```text
//! bytes -> meter (ahead of the framing) -> frames -> typed head -> head -> http1 (strict) -> ...
//! ```
//!
//! A stream becomes an HTTP/1.1 message as soon as its head is understood, so that both versions
//! go by one set of rules.

pub mod answer;
pub mod budget;
pub mod frame;
pub mod head;
pub mod meter;
pub mod violation;

pub use head::{Ending, MalformedHead, RequestParts};
pub use meter::Meter;
pub use violation::{ErrorCode, Violation};
