//! Counts in 16 bits: exact up to 4,096, above that to one part in 4,096, up to 4.4 trillion.

/// A count as a floating-point number: 11 bits of mantissa, 5 of exponent, no sign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Short(u16);

const MANTISSA_BITS: u32 = 11;
const LEADING: u64 = 1 << MANTISSA_BITS;
const MAX: u64 = (2 * LEADING - 1) << 30;

impl Short {
    /// The nearest that is not above `count`, but for counts that are out of range.
    pub(super) fn from_count(count: u64) -> Self {
        let count = count.min(MAX);
        // As in IEEE 754: exponent 0 has no leading one, exponent 1 the same unit with it.
        let exponent = (64 - count.leading_zeros()).saturating_sub(MANTISSA_BITS);
        let mantissa = if exponent == 0 { count } else { (count >> (exponent - 1)) - LEADING };
        let packed = (u64::from(exponent) << MANTISSA_BITS) | mantissa;
        Self(u16::try_from(packed).unwrap_or(u16::MAX))
    }

    pub(super) fn count(self) -> u64 {
        let exponent = u32::from(self.0) >> MANTISSA_BITS;
        let mantissa = u64::from(self.0) & (LEADING - 1);
        if exponent == 0 { mantissa } else { (mantissa + LEADING) << (exponent - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_exact() {
        for count in 0..=4_096 {
            assert_eq!(Short::from_count(count).count(), count);
        }
    }

    #[test]
    fn large_counts_are_near() {
        for count in (0..42).map(|bits| (1_u64 << bits) + (1 << bits) / 3) {
            let kept = Short::from_count(count).count();
            assert!(kept <= count && count - kept <= count / 2_048, "{count} became {kept}");
        }
    }

    #[test]
    fn counts_out_of_range_are_the_largest() {
        assert_eq!(Short::from_count(u64::MAX).count(), MAX);
        assert_eq!(Short::from_count(MAX).count(), MAX);
    }
}
