//! What pages work with.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use elbow_api::ApiState;

use crate::uploads::Uploads;

/// Everything that pages share; clones are the same.
#[derive(Clone)]
pub(crate) struct Console(Arc<Shared>);

/// What is behind a [`Console`].
pub(crate) struct Shared {
    /// The API's state, to read what is the same for everybody.
    pub(crate) api: ApiState,
    /// The API itself, in process.
    pub(crate) dialects: Router,
    /// Uploads that wait for their review.
    pub(crate) uploads: Uploads,
}

impl Console {
    pub(crate) fn new(api: ApiState) -> Self {
        let dialects = elbow_api::dialects(api.clone());
        Self(Arc::new(Shared { api, dialects, uploads: Uploads::default() }))
    }
}

impl std::ops::Deref for Console {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<Console> for ApiState {
    fn from_ref(console: &Console) -> Self {
        console.api.clone()
    }
}
