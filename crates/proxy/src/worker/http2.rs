//! HTTP/2 in a worker: the framing is the `h2` crate's, driven by the worker's loop over memory; each
//! stream is a client of its own whose channel speaks HTTP/1.1, so that everything above it is what
//! it is for other clients.
//!
//! ```text
//! socket <-> carry <-> meter <-> wire <-> framing <-> stream (source, sink) <-> requests, relays
//! ```

mod bell;
mod carrier;
mod carry;
mod convert;
mod reach;
mod server;
mod sink;
mod source;
mod stream;
mod wire;

pub(crate) use bell::Bells;
pub(crate) use carrier::Carrier;
pub(crate) use carry::{Preface, is_preface};
pub(crate) use server::Http2;
pub(crate) use stream::{Stream, UNPROCESSED};
