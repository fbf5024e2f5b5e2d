//! One relayed byte stream: which direction is open, when an end is passed on, when to change to
//! splicing. Used for TCP listeners and for upgraded HTTP connections. It must never pass on an
//! end before the bytes ahead of it.
//!
//! ```text
//! Open --source ended--> Draining --nothing waits--> Ended      (once per direction)
//! ```

use crate::limits::{SPLICE_FROM, SPLICE_UNTIL, SPLICE_UNTIL_COUNT};

/// One direction of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Open { carried: u64 },
    Draining { carried: u64 },
    Ended { carried: u64 },
}

/// How the next bytes should move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Through a buffer: cheaper for small messages.
    Copy,
    /// Inside the kernel: cheaper for bulk.
    Splice,
}

/// Chooses the mode of one direction by the size of what comes at once: a long-lived connection of
/// small messages must not be spliced for what it has carried in total.
///
/// ```text
/// Copy --one large read--> Splice --several small ones in a row--> Copy
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    #[default]
    Copying,
    Splicing {
        small_in_a_row: u8,
    },
}

impl Pace {
    /// How the next bytes should move.
    #[must_use]
    pub fn mode(self) -> Mode {
        match self {
            Self::Copying => Mode::Copy,
            Self::Splicing { .. } => Mode::Splice,
        }
    }

    /// `count` bytes came at once.
    pub fn handle_bytes(&mut self, count: usize) {
        *self = match *self {
            Self::Copying if count >= SPLICE_FROM => Self::Splicing { small_in_a_row: 0 },
            Self::Copying => Self::Copying,
            Self::Splicing { .. } if count >= SPLICE_UNTIL => Self::Splicing { small_in_a_row: 0 },
            Self::Splicing { small_in_a_row } if small_in_a_row + 1 < SPLICE_UNTIL_COUNT => {
                Self::Splicing { small_in_a_row: small_in_a_row + 1 }
            }
            Self::Splicing { .. } => Self::Copying,
        };
    }
}

impl Default for Flow {
    fn default() -> Self {
        Self::Open { carried: 0 }
    }
}

impl Flow {
    /// Bytes so far.
    #[must_use]
    pub fn carried(self) -> u64 {
        match self {
            Self::Open { carried } | Self::Draining { carried } | Self::Ended { carried } => {
                carried
            }
        }
    }

    /// Whether the source may have more.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Whether the end was passed on.
    #[must_use]
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Ended { .. })
    }

    /// The source gave `count` bytes.
    pub fn handle_bytes(&mut self, count: usize) {
        if let Self::Open { carried } = self {
            *carried += count as u64;
        }
    }

    /// The source will give no more.
    pub fn handle_end(&mut self) {
        if let Self::Open { carried } = *self {
            *self = Self::Draining { carried };
        }
    }

    /// Whether the target is to be told the end now; true once. `waiting` is what it has not
    /// taken yet.
    pub fn poll_end(&mut self, waiting: usize) -> bool {
        match *self {
            Self::Draining { carried } if waiting == 0 => {
                *self = Self::Ended { carried };
                true
            }
            Self::Open { .. } | Self::Draining { .. } | Self::Ended { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_follows_the_last_byte_and_is_passed_on_once() {
        let mut flow = Flow::default();
        flow.handle_bytes(10);
        assert!(!flow.poll_end(0));
        flow.handle_end();
        assert!(!flow.poll_end(10));
        assert!(flow.poll_end(0) && flow.is_ended());
        assert!(!flow.poll_end(0));
        assert_eq!(flow.carried(), 10);
    }

    #[test]
    fn bulk_is_spliced_and_small_talk_is_not() {
        let mut pace = Pace::default();
        for _ in 0..1_000 {
            pace.handle_bytes(SPLICE_FROM - 1);
            assert_eq!(pace.mode(), Mode::Copy);
        }
        pace.handle_bytes(SPLICE_FROM);
        assert_eq!(pace.mode(), Mode::Splice);
    }

    #[test]
    fn bulk_with_gaps_stays_spliced_until_only_small_talk_is_left() {
        let mut pace = Pace::Splicing { small_in_a_row: 0 };
        for _ in 0..10 {
            for _ in 1..SPLICE_UNTIL_COUNT {
                pace.handle_bytes(SPLICE_UNTIL - 1);
                assert_eq!(pace.mode(), Mode::Splice);
            }
            pace.handle_bytes(SPLICE_UNTIL);
        }
        for _ in 0..SPLICE_UNTIL_COUNT {
            assert_eq!(pace.mode(), Mode::Splice);
            pace.handle_bytes(1);
        }
        assert_eq!(pace.mode(), Mode::Copy);
    }
}
