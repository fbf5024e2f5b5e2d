//! Views of pools: who is admitted, with what share, and until when that holds.

use std::sync::Arc;
use std::time::Duration;

use elbow_model::wake::Wake;
use elbow_traffic::balance::slow_start;
use elbow_traffic::health::{Standing, admit};

use super::health_book::HealthBook;
use crate::live::{Pool, PoolView, Vacancy};

/// A view and when it is to be built anew, if no event asks for it earlier.
#[derive(Debug)]
pub(super) struct Seen {
    pub view: Arc<PoolView>,
    pub until_ms: Option<u64>,
}

/// While a group's instances in a pool are checked for the first time, requests wait for the result, as these are
/// all there may be: a proxy that starts knows nothing of them.
const FIRST_CHECKS: Vacancy = Vacancy::Held { most: 500, timeout: Duration::from_secs(5) };

/// Whether a member that may not serve before it is known to be healthy has yet to be checked.
fn is_being_checked(pool: &Pool, standings: &[Standing]) -> bool {
    let weighted = pool.members.iter().zip(standings).filter(|(member, _)| member.weight > 0);
    weighted.into_iter().any(|(_, standing)| *standing == Standing::Unproven)
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
    let vacancy = match pool.table.wake {
        Wake::Never if is_being_checked(pool, &standings) => FIRST_CHECKS,
        wake => wake.into(),
    };
    let view = PoolView::with_shares(pool, share).with_vacancy(vacancy);
    Seen {
        view: Arc::new(view),
        until_ms: ages.iter().filter_map(next).min().map(|left| now_ms + left),
    }
}
