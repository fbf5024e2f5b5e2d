//! Passwords are slow to check on purpose: off the async threads, few at once, and no endless queue before that.

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
    state.passwords.run(move || password::verify(&given, hash.as_ref())).await
}

/// Hashes a new password.
pub async fn hash(state: &ApiState, given: String) -> Result<PasswordHash, Problem> {
    state.passwords.run(move || password::hash(&given)).await?.map_err(|reason| {
        tracing::error!(%reason, "a password could not be hashed");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "the password could not be hashed; see Elbow's log",
        )
    })
}
