//! The control process's work as a whole: the link, the proxy beside it and scaling, started and stopped together.

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use elbow_model::questions::Questions;
use elbow_store::ledger::Ledger;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time;

use crate::driver::{Drivers, DriversConfig};
use crate::link::{Link, LinkError};
use crate::questions::Answers;
use crate::scaling::Scaling;
use crate::supervise::{self, Order, ProxyCommand};

/// How long a proxy may take, beyond its grace period, to close what is left and exit.
const EXIT_WITHIN: Duration = Duration::from_secs(5);

/// What control works with.
#[derive(Debug)]
pub struct Control {
    /// Where the World is.
    pub ledger: Ledger,
    /// The data directory; the proxy has the folder `proxy` in it.
    pub data_dir: PathBuf,
    /// Where proxies dial in.
    pub socket: PathBuf,
    /// The proxy beside control; none if proxies are started by somebody else.
    pub proxy: Option<ProxyCommand>,
    /// What starts and ends instances of scaling groups.
    pub drivers: DriversConfig,
}

/// Why control does not start.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// There is no link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Instances have no place.
    #[error("instances of scaling groups cannot be taken over: {0}")]
    Drivers(io::Error),
    /// The proxy has no place.
    #[error("cannot make the directory {}: {reason}", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
}

/// Control at work. Dropped, it ends and leaves the proxy alone.
#[must_use = "control ends when its handle is dropped"]
pub struct Handle {
    link: Link,
    orders: watch::Sender<Order>,
    supervisor: Option<JoinHandle<()>>,
    scaling: Scaling,
    questions: Arc<Answers>,
}

impl Control {
    /// Starts; must be called within a Tokio runtime.
    pub fn run(self) -> Result<Handle, ControlError> {
        let Self { ledger, data_dir, socket, proxy, drivers } = self;
        let directory = data_dir.join("proxy");
        supervise::make_directory(&directory)
            .map_err(|reason| ControlError::Directory { path: directory.clone(), reason })?;
        let drivers = Arc::new(Drivers::open(drivers).map_err(ControlError::Drivers)?);
        let link = Link::start(&ledger, &socket)?;
        let orders = watch::Sender::new(Order::Keep);
        let supervisor = proxy
            .map(|command| tokio::spawn(supervise::run(command, directory, orders.subscribe())));
        let questions = Arc::new(Answers::new(ledger.clone(), Arc::clone(&drivers)));
        let scaling = Scaling::start(ledger, drivers);
        Ok(Handle { link, orders, supervisor, scaling, questions })
    }
}

impl Handle {
    /// Who answers what request handlers ask.
    pub fn questions(&self) -> Arc<dyn Questions> {
        Arc::clone(&self.questions) as Arc<dyn Questions>
    }

    /// Stops in order: proxies finish what is in flight within `grace` and exit, then control ends.
    pub async fn stop(mut self, grace: Duration) {
        let until = time::Instant::now() + grace + EXIT_WITHIN;
        self.orders.send_replace(Order::AwaitEnd { until });
        self.link.stop_proxies(grace);
        if let Some(supervisor) = self.supervisor.take() {
            // A panic there was told already.
            supervisor.await.ok();
        }
        if time::timeout_at(until, self.link.all_gone()).await.is_err() {
            tracing::warn!("some proxies did not stop within their grace period");
        }
        // Traffic first: instances answer what is in flight.
        self.scaling.stop().await;
    }

    /// Ends control and leaves proxies running, as for a replacement by a newer program.
    pub async fn leave(mut self) {
        self.orders.send_replace(Order::Leave);
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.await.ok();
        }
        self.scaling.leave().await;
    }
}
