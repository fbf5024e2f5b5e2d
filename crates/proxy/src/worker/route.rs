//! Where a request goes: from the listener's rules to a pool or to an answer of our own.

use std::net::IpAddr;

use elbow_traffic::http1::RequestHead;

use crate::live::Listener;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To the pool at this place of the table's entry.
    Pool(usize),
}

/// Decides about one request.
pub(crate) fn route(listener: &Listener, _head: &RequestHead<'_, '_>, _source: IpAddr) -> Route {
    Route::Pool(listener.table.pool.0 as usize)
}
