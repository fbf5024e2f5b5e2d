//! The link: a Unix socket that proxies dial, and what is told and learned there.

mod accept;
mod connection;
mod feed;
mod flight;
pub(crate) mod frame;
mod head;
mod observer;
mod tables;
#[cfg(test)]
mod tests;
mod totals;

pub(crate) use accept::Link;
pub use accept::LinkError;
