//! What workers run: immutable values built from Table entries, each with the shared state that
//! outlives a change of them. A value here must never change; a new one takes its place.
//!
//! ```text
//! Balancer -> Listener -> socket, state, targets[pool][member]
//!         \-> Pool -> Member -> state           PoolView (health) comes and goes beside it
//! ```

mod balancer;
mod build;
pub mod counters;
mod holding;
mod sessions;
mod state;
mod view;

pub use balancer::{Balancer, Listener, Member, Pool};
pub use build::{Sockets, build};
pub use counters::{ListenerCounters, MemberCounters};
pub use holding::{Entered, Holding};
pub use sessions::Sessions;
pub use state::{ListenerState, MemberState, Padded, PoolState};
pub use view::{PoolView, Vacancy, hash_key};
