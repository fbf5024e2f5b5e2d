//! One relayed byte stream: which direction is open, when an end is passed on, when to change to
//! splicing. Used for TCP listeners and for upgraded HTTP connections. It must never pass on an
//! end before the bytes ahead of it.
//!
//! ```text
//! Open --source ended--> Draining --nothing waits--> Ended      (once per direction)
//! ```

use crate::limits::SPLICE_THRESHOLD;

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

    /// How the next bytes should move.
    #[must_use]
    pub fn mode(self) -> Mode {
        if self.carried() > SPLICE_THRESHOLD { Mode::Splice } else { Mode::Copy }
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
        let mut flow = Flow::default();
        flow.handle_bytes(128 * 1024);
        assert_eq!(flow.mode(), Mode::Copy);
        flow.handle_bytes(1);
        assert_eq!(flow.mode(), Mode::Splice);
    }
}
