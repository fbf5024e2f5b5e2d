//! The share of a member that has just become eligible: it grows from a tenth to its weight in
//! equal steps, so that a cold server is not flooded. Pure: the caller rebuilds the pool's picker
//! at [`next_step_ms`].

/// What a whole unit of weight counts while some member of the pool ramps; without one, weights
/// count as they are.
pub const SCALE: u32 = 20;
/// Steps of a ramp.
const STEPS: u64 = 20;
/// Steps that a ramp begins with: a tenth.
const FIRST: u64 = 2;

/// The share of a member of `weight` that became eligible `age_ms` ago, in units of 1/[`SCALE`].
/// Never 0 for a weight above 0.
#[must_use]
pub fn share(weight: u16, age_ms: u64, ramp_ms: u32) -> u32 {
    let step = step(age_ms, ramp_ms);
    let share = u64::from(weight) * u64::from(SCALE) * step / STEPS;
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// Whether the ramp is over.
#[must_use]
pub fn is_whole(age_ms: u64, ramp_ms: u32) -> bool {
    age_ms >= u64::from(ramp_ms)
}

/// The age at which the share grows next; none once it is whole.
#[must_use]
pub fn next_step_ms(age_ms: u64, ramp_ms: u32) -> Option<u64> {
    if is_whole(age_ms, ramp_ms) {
        return None;
    }
    let ramp = u64::from(ramp_ms);
    let next = step(age_ms, ramp_ms) + 1;
    Some((next * ramp).div_ceil(STEPS).clamp(age_ms + 1, ramp))
}

fn step(age_ms: u64, ramp_ms: u32) -> u64 {
    if is_whole(age_ms, ramp_ms) {
        return STEPS;
    }
    (age_ms * STEPS / u64::from(ramp_ms)).clamp(FIRST, STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_from_a_tenth_to_the_whole() {
        for (age_ms, expected) in [
            (0, 20),
            (999, 20),
            (1_500, 30),
            (5_000, 100),
            (9_999, 190),
            (10_000, 200),
            (u64::MAX, 200),
        ] {
            assert_eq!(share(10, age_ms, 10_000), expected, "{age_ms}");
        }
        assert_eq!(share(1, 0, 10_000), 2);
        assert_eq!(share(0, 0, 10_000), 0);
        assert_eq!(share(7, 0, 0), 7 * SCALE);
    }

    #[test]
    fn each_named_step_changes_the_share_and_the_last_makes_it_whole() {
        for ramp_ms in [1, 19, 20, 1_000, 30_001, 3_600_000] {
            let mut age_ms = 0;
            let mut steps = 0;
            while let Some(next) = next_step_ms(age_ms, ramp_ms) {
                assert!(next > age_ms, "{ramp_ms}: {age_ms} -> {next}");
                assert!(share(256, next, ramp_ms) >= share(256, age_ms, ramp_ms));
                age_ms = next;
                steps += 1;
            }
            assert_eq!(share(256, age_ms, ramp_ms), 256 * SCALE);
            assert!(steps <= 20, "{ramp_ms}: {steps}");
        }
    }
}
