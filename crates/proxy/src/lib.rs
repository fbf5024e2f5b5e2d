//! Runs traffic on sockets: workers, one per core, each with its own epoll loop over all it owns.
//!
//! ```text
//! link -> intake -> live values -> Command -> worker (epoll loop) -> sys (the only unsafe)
//!  |      |  ^                                   |
//!  |      |  +-- probe (checks of members)       +-> traffic: parse, route, pick, frame
//!  |      +-- journal (the last table, on disk)
//!  +-- control, while it is there
//! ```
//!
//! Invariants: a worker shares nothing on the hot path but immutable values and padded counts; a
//! request keeps the value it began with; nothing a peer sends can panic a worker for long.

pub mod access_log;
pub mod clock;
pub mod intake;
pub mod link;
pub mod live;
pub mod member_tls;
pub mod probe;
pub mod run;
pub mod sys;
pub mod tls;
pub mod trouble;
pub mod worker;
