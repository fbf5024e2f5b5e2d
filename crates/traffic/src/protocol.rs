//! The session machines, one per protocol, and what can go wrong in them. Bytes and events in,
//! bytes and next steps out; sockets, timers and buffers are the caller's.

pub mod fault;
pub mod http1;
pub mod proxy_protocol;
pub mod tcp;
