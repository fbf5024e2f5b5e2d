//! The endless stream that bulk transfers carry: every byte follows from its position, so that lost,
//! doubled or shifted bytes are seen. Pure.

/// Its period: a prime, so that it never falls together with a buffer's size.
const PERIOD: u64 = 251;
/// Most that is sent or received at once.
pub(super) const PIECE: usize = 256 * 1024;

/// A piece of the stream, long enough to begin anywhere in a period.
pub(super) struct Pattern(Vec<u8>);

impl Pattern {
    pub(super) fn new() -> Self {
        Self((0..PIECE as u64 + PERIOD).map(|at| (at % PERIOD) as u8).collect())
    }

    /// What comes at this position.
    pub(super) fn piece_at(&self, position: u64) -> &[u8] {
        let start = (position % PERIOD) as usize;
        &self.0[start..start + PIECE]
    }

    /// Whether received bytes are those at this position, by samples: a shift shows everywhere.
    pub(super) fn is_at(&self, position: u64, bytes: &[u8]) -> bool {
        let expected = &self.piece_at(position)[..bytes.len()];
        let middle = bytes.len() / 2;
        bytes.first() == expected.first()
            && bytes.get(middle) == expected.get(middle)
            && bytes.last() == expected.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_stream_is_seen() {
        let pattern = Pattern::new();
        let bytes = pattern.piece_at(1000)[..500].to_vec();
        assert!(pattern.is_at(1000, &bytes));
        assert!(!pattern.is_at(1001, &bytes));
        assert!(!pattern.is_at(1000, &bytes[1..]));
        assert!(pattern.is_at(5, &[]));
    }
}
