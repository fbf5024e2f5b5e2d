//! Checks members: one thread with its own epoll for all of them. It knows targets and checks,
//! not members: whoever shares a target and a check shares its results. It must not decide what a
//! result means.

mod attempt;
mod prober;
mod queue;
mod tls;

pub use prober::{Probed, ProberConfig, Results, start};
pub use queue::{Order, ProbeId, ProbeSpec, ProberHandle};
