//! Makes what control says true: binds sockets, builds live values, installs them in the workers,
//! and reports. One thread owns all of it and waits for one queue of events. It must touch only
//! what a change changes, and one load balancer's failure must hurt no other.
//!
//! ```text
//!   link ----Tables--> sets --> entries --+--> bind --> live::build --> workers
//!   prober --Probed--> health book -------+--> views ----------------> workers
//!   workers --reports, acknowledgements--> intake --> Ack, Health, Counters --> link
//! ```

mod alarms;
mod bind;
mod counters;
mod drains;
mod event;
mod health_book;
mod install;
mod member;
mod outliers;
mod running;
mod secure;
mod sets;
mod steward;
mod tell;
mod views;
mod waits;

pub use event::{Event, Events};
pub use steward::{Steward, StewardConfig};

#[cfg(test)]
mod tests;
