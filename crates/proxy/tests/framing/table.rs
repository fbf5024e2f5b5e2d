//! The rows of the suite, by topic.

mod chunks;
mod coding;
mod connection;
mod early;
mod host;
mod interim;
mod length;
mod limits;
mod lines;
mod pipeline;
mod response_body;
mod response_head;
mod target;
mod upgrade;
mod version;

use super::case::Case;

/// Every row there is.
pub(crate) fn every_case() -> Vec<Case> {
    let tables = [
        length::cases(),
        coding::cases(),
        chunks::cases(),
        lines::cases(),
        host::cases(),
        target::cases(),
        version::cases(),
        connection::cases(),
        interim::cases(),
        upgrade::cases(),
        limits::cases(),
        pipeline::cases(),
        early::cases(),
        response_head::cases(),
        response_body::cases(),
    ];
    tables.into_iter().flatten().collect()
}
