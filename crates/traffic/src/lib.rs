//! What to do with bytes: protocol machines, routing, balancing, health. Pure: bytes, events and
//! time in; bytes and decisions out.
#![forbid(unsafe_code)]

pub mod access_log;
pub mod balance;
pub mod health;
pub mod http1;
pub mod http2;
pub mod limits;
pub mod protocol;
pub mod route;
pub mod tls;
