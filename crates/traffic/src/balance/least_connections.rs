//! The member with the fewest requests in flight for its weight. Up to [`FULL_SCAN`] members are
//! all compared. Beyond that, reading every member's counter (a cache miss each, as other workers
//! write them) would cost more than the request: the best of [`SAMPLES`] is taken, drawn in
//! proportion to the weights, which keeps the fullest member within a constant of the average.

use super::hash::mix;
use super::round_robin::Turns;

/// Up to so many members are all compared.
pub(super) const FULL_SCAN: usize = 64;
/// So many of more members are compared.
const SAMPLES: u64 = 8;

/// What is asked.
pub(super) struct Load<'a, F> {
    pub turns: &'a Turns,
    /// Sorted by member.
    pub shares: &'a [(u32, u32)],
    pub turn: u64,
    pub tried: &'a [u32],
    /// Requests in flight of a member.
    pub in_flight: F,
}

/// Picks the least loaded.
pub(super) fn pick<F: Fn(u32) -> u32>(load: &Load<'_, F>) -> Option<u32> {
    if load.shares.len() <= FULL_SCAN { scan(load) } else { sample(load).or_else(|| scan(load)) }
}

/// Compares all. Of equals, a low-discrepancy sequence chooses in proportion to the shares.
fn scan<F: Fn(u32) -> u32>(load: &Load<'_, F>) -> Option<u32> {
    let mut counts = [0; FULL_SCAN];
    let mut best: Option<(u32, u32)> = None;
    let mut ties = 0_u64;
    let untried = || load.shares.iter().filter(|(member, _)| !load.tried.contains(member));
    // A counter is read once: it moves while we look.
    for (at, &(member, share)) in untried().enumerate() {
        let count = (load.in_flight)(member);
        if let Some(place) = counts.get_mut(at) {
            *place = count;
        }
        match best.map(|best| compare((count, share), best)) {
            Some(std::cmp::Ordering::Greater) => {}
            Some(std::cmp::Ordering::Equal) => ties += u64::from(share),
            Some(std::cmp::Ordering::Less) | None => {
                best = Some((count, share));
                ties = u64::from(share);
            }
        }
    }
    let best = best?;
    // The golden ratio's multiples fill an interval evenly, at every length of the sequence.
    let part = load.turn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut wanted = (u128::from(part) * u128::from(ties)) >> 64;
    for (at, &(member, share)) in untried().enumerate() {
        let count = counts.get(at).copied().unwrap_or(best.0);
        if compare((count, share), best).is_eq() {
            match wanted.checked_sub(u128::from(share)) {
                Some(rest) => wanted = rest,
                None => return Some(member),
            }
        }
    }
    None
}

/// Compares some; none if all that were drawn have been tried.
fn sample<F: Fn(u32) -> u32>(load: &Load<'_, F>) -> Option<u32> {
    let mut best: Option<(u32, (u32, u32))> = None;
    for draw in 0..SAMPLES {
        // The first is whose turn it is, so that everybody comes up regularly.
        let turn = if draw == 0 { load.turn } else { mix(load.turn ^ draw << 56) };
        let Some(member) = load.turns.pick(turn).filter(|member| !load.tried.contains(member))
        else {
            continue;
        };
        let Ok(at) = load.shares.binary_search_by_key(&member, |(member, _)| *member) else {
            continue;
        };
        let share = load.shares.get(at).map_or(1, |(_, share)| *share);
        let found = ((load.in_flight)(member), share);
        if best.is_none_or(|(_, best)| compare(found, best).is_lt()) {
            best = Some((member, found));
        }
    }
    best.map(|(member, _)| member)
}

/// Orders by requests in flight per share, without dividing.
fn compare(a: (u32, u32), b: (u32, u32)) -> std::cmp::Ordering {
    (u64::from(a.0) * u64::from(b.1)).cmp(&(u64::from(b.0) * u64::from(a.1)))
}
