//! Work that takes a core for a while, on purpose or by what it is given: off the async threads, few at once, and no
//! endless queue before that.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// Works on a few things of one kind at once and lets a few more wait.
#[derive(Debug)]
pub struct SlowWork {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl SlowWork {
    /// At most `running` at once; at most `waiting` run or wait, more are sent away.
    pub fn new(running: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running)),
            waiting: Arc::new(Semaphore::new(waiting)),
        }
    }

    /// Does `work` when its turn comes.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let overloaded = || {
            let detail = "too much of this at once; try again";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "THROTTLED", detail).retry_after(1)
        };
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| overloaded())?;
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|_| overloaded())?;
        let worked = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        worked.await.map_err(|_| {
            let detail = "the work was interrupted; see Elbow's log";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_finds_no_place_is_sent_away() {
        let work = SlowWork::new(1, 0);
        let refused = work.run(|| ()).await.unwrap_err();
        assert_eq!(refused.code, "THROTTLED");
        assert_eq!(SlowWork::new(1, 1).run(|| 7).await, Ok(7));
    }
}
