//! Data-driven checks of the parsers and writers, and properties under any split of the input.

mod chunked;
mod hostile_requests;
mod hostile_responses;
mod requests;
mod responses;

use super::refusal::Refusal;
use super::request::{Parsed, RequestHead, field_space};

/// What a request head came to: its status if refused, `None` if more bytes are needed.
pub(super) fn verdict(input: &[u8]) -> Result<Option<usize>, Refusal> {
    let mut space = field_space();
    match RequestHead::parse(input, &mut space) {
        Ok(Parsed::Head(head)) => Ok(Some(head.length)),
        Ok(Parsed::Partial) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
