//! Passwords are slow to check on purpose: off the async threads, few at once, and no endless queue before that.

use std::sync::Arc;

use axum::http::StatusCode;
use elbow_model::value::PasswordHash;
use elbow_vault::password;

use crate::problem::Problem;
use crate::state::ApiState;

/// Whether `given` is the hashed password; takes as long if there is none.
pub async fn verify(
    state: &ApiState,
    given: String,
    hash: Option<PasswordHash>,
) -> Result<bool, Problem> {
    slowly(state, move || password::verify(&given, hash.as_ref())).await
}

/// Hashes a new password.
pub async fn hash(state: &ApiState, given: String) -> Result<PasswordHash, Problem> {
    slowly(state, move || password::hash(&given)).await?.map_err(|reason| {
        tracing::error!(%reason, "a password could not be hashed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the password could not be hashed; see Elbow's log",
        )
    })
}

async fn slowly<T: Send + 'static>(
    state: &ApiState,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let overloaded = || {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "THROTTLED",
            "too many logins at once; try again",
        )
        .retry_after(1)
    };
    let _waiting =
        Arc::clone(&state.password_queue).try_acquire_owned().map_err(|_| overloaded())?;
    let permit =
        Arc::clone(&state.password_checks).acquire_owned().await.map_err(|_| overloaded())?;
    let worked = tokio::task::spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    });
    worked.await.map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the check was interrupted")
    })
}
