//! When members are checked: at once when they are new, then every interval with some jitter, so
//! that checks of many members don't march in step.

/// Part of the interval that checks may come early or late: a tenth.
const JITTER_PART: u64 = 10;

/// When the next check begins after one that began at `began_ms`. `seed` names the target, `number`
/// the check: equal ones give equal times.
#[must_use]
pub fn next_check_ms(began_ms: u64, interval_ms: u32, seed: u64, number: u64) -> u64 {
    let interval = u64::from(interval_ms);
    let span = interval / JITTER_PART * 2;
    let drawn = scramble(seed ^ number.rotate_left(32)).checked_rem(span + 1).unwrap_or(0);
    began_ms + interval - span / 2 + drawn
}

fn scramble(value: u64) -> u64 {
    let z = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_come_within_a_tenth_of_the_interval_and_in_all_of_it() {
        let times: Vec<u64> = (0..1_000).map(|n| next_check_ms(0, 5_000, 42, n)).collect();
        assert!(times.iter().all(|time| (4_500..=5_500).contains(time)));
        assert!(times.iter().min() < Some(&4_550) && times.iter().max() > Some(&5_450));
        let mean = times.iter().sum::<u64>() / 1_000;
        assert!((4_950..=5_050).contains(&mean), "{mean}");
    }

    #[test]
    fn targets_do_not_march_in_step() {
        let first = |seed| next_check_ms(0, 1_000, seed, 0);
        let times: std::collections::BTreeSet<u64> = (0..100).map(first).collect();
        assert!(times.len() > 50);
    }
}
