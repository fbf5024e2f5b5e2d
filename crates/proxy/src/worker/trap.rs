//! A panic on purpose, so that tests can show what one costs. Only code can set a trap: no
//! configuration, file or request reaches it, and the process never sets one.

/// Springs once bytes with this mark are received by a connection.
#[derive(Clone, Copy, Debug)]
pub struct Trap {
    /// Looked for in what clients and members send; not empty.
    pub mark: &'static [u8],
}

impl Trap {
    /// Panics if `received` carries the mark.
    ///
    /// # Panics
    /// That is what it is for.
    pub(crate) fn check(trap: Option<Self>, received: Option<&[u8]>) {
        let (Some(Self { mark }), Some(received)) = (trap, received) else { return };
        let is_sprung = received.windows(mark.len().max(1)).any(|part| part == mark);
        assert!(!is_sprung, "a test's trap has sprung");
    }
}
