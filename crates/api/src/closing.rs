//! Tells everything that would go on forever that the server stops.

use std::sync::Arc;

use tokio::sync::watch;

/// A switch that is thrown once; clones are the same switch.
#[derive(Debug, Clone)]
pub struct Closing(Arc<watch::Sender<bool>>);

impl Default for Closing {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Closing {
    /// Throws it.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Returns once it is thrown.
    pub async fn begun(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives in self, so this cannot fail.
        let _ = receiver.wait_for(|begun| *begun).await;
    }
}
