//! What a listener does with a request: its rules, prebuilt once per Table entry, asked once per
//! request. It must allocate nothing while it decides, and never decide by bytes that a server
//! behind it could read in another way.
//!
//! ```text
//!   host (exact | below | any) -> path (exact | prefix tree | wildcard) -> the rule's other
//!   conditions; of all rules that match, the first by priority wins
//! ```

pub mod answer;
mod glob;
mod host;
mod lookup;
mod path;
mod request;
mod router;
mod tree;

pub use host::{HostAndPort, split_authority};
pub use lookup::cookies;
pub use path::{Normal, normalize};
pub use request::RequestView;
pub use router::{Decision, Route, Router, Scratch};

#[cfg(test)]
mod tests;
