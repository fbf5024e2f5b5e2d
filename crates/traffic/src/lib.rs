//! What to do with bytes: protocol machines, routing, balancing, health. Pure: bytes, events and
//! time in; bytes and decisions out.
#![forbid(unsafe_code)]

pub mod http1;
pub mod limits;
pub mod protocol;
