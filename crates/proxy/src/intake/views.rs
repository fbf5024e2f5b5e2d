//! Views of pools: who is admitted, with what share, and until when that holds.

use std::sync::Arc;

use elbow_traffic::balance::slow_start;
use elbow_traffic::health::{Standing, admit};

use super::health_book::HealthBook;
use crate::live::{Pool, PoolView};

/// A view and when it is to be built anew, if no event asks for it earlier.
#[derive(Debug)]
pub(super) struct Seen {
    pub view: Arc<PoolView>,
    pub until_ms: Option<u64>,
}

/// Builds the view of a pool.
pub(super) fn see(pool: &Pool, book: &HealthBook, now_ms: u64) -> Seen {
    let standings: Vec<Standing> = pool
        .table
        .members
        .iter()
        .map(|member| {
            let known = book.member(member.id);
            let standing = known.map_or(Standing::Unknown, |known| known.standing());
            if member.only_when_healthy { standing.once_proven() } else { standing }
        })
        .collect();
    let weighted = pool.members.iter().zip(&standings).filter(|(member, _)| member.weight > 0);
    let admission = admit(weighted.map(|(_, standing)| *standing), pool.table.on_no_healthy);
    let ramp_ms = pool.table.slow_start_ms.get();
    let ages: Vec<u64> = pool
        .members
        .iter()
        .map(|member| {
            let since = book.member(member.id).map_or(now_ms, |known| known.rising_since_ms);
            now_ms.saturating_sub(since)
        })
        .collect();
    let is_ramping = |age: &u64| !slow_start::is_whole(*age, ramp_ms);
    let ramps = ages.iter().any(is_ramping);
    let share = |index: usize| {
        let (Some(member), Some(standing)) = (pool.members.get(index), standings.get(index)) else {
            return 0;
        };
        let age_ms = ages.get(index).copied().unwrap_or_default();
        match admission.admits(*standing) {
            true if ramps => slow_start::share(member.weight, age_ms, ramp_ms),
            true => u32::from(member.weight),
            false => 0,
        }
    };
    let next = |age_ms: &u64| slow_start::next_step_ms(*age_ms, ramp_ms).map(|age| age - age_ms);
    Seen {
        view: Arc::new(PoolView::with_shares(pool, share)),
        until_ms: ages.iter().filter_map(next).min().map(|left| now_ms + left),
    }
}
