//! The proxy's end of the link to control, and its memory of what control last said. Traffic must
//! never wait for either.
//!
//! ```text
//!   control <-- Unix socket --> client (reader and writer threads) --> intake
//!                                           intake --> journal (disk) --> intake, after a restart
//! ```

mod client;
mod frame;
pub mod journal;

pub use client::{ClientConfig, LinkEvent, Outbox, start};
pub use frame::{read_frame, write_frame};
