//! Instance drivers: what starts, lists and ends instances of scaling groups. The seam is [`Driver`]; behind it are
//! processes of this machine, containers, and hooks of other clouds.
//!
//! ```text
//!   the cycle --launch, list, terminate, logs--> Driver --+-- process:   a keeper process per instance
//!                                                         +-- container: Docker's or Podman's socket
//!                                                         +-- hook:      an HTTP endpoint or a command
//! ```
//!
//! A driver does what it is told and remembers nothing: what shall exist is the World's, what exists is found out by
//! looking. It must decide nothing and commit nothing. A new driver is a file here and passes the suite in
//! `crates/elbow/tests/drivers`.

pub mod container;
mod drivers;
pub mod hook;
mod http;
pub mod process;
mod spec;
mod tail;
mod trouble;
mod turns;

use std::net::IpAddr;
use std::pin::Pin;

use elbow_model::value::{InstanceId, ScalingGroupId};

pub use self::drivers::{Drivers, DriversConfig};
pub use self::spec::Spec;
pub use self::trouble::DriverTrouble;

/// The most instances that a listing may have; a driver that tells of more is not believed.
pub const MAX_SEEN: usize = 4_096;

/// The most lines that [`Driver::logs`] gives.
pub const MAX_LOG_LINES: usize = 1_000;

/// The most bytes of a log that are looked at.
pub const MAX_LOG_BYTES: usize = 256 * 1024;

/// What a driver is doing. Dropped, it is no longer waited for; what was begun may still happen.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, DriverTrouble>> + Send + 'a>>;

/// Starts, lists and ends instances.
///
/// Every call ends within a bounded time and memory, whatever the other side does, and may be repeated: instances are
/// known by the ids that the caller gives, so that a call whose answer was lost does no harm. Calls that are about
/// different instances may run at the same time; so may those about one, they take turns where they must.
pub trait Driver: Send + Sync {
    /// Starts the instance, or finds the one of this id that exists, running or not: nothing is ever started twice.
    ///
    /// After [`terminate`](Self::terminate) the id is as good as new: nothing of the earlier instance is left, and a
    /// launch starts afresh. A caller that ends an instance for good does not launch its id again.
    fn launch<'a>(&'a self, spec: &'a Spec) -> Work<'a, Launched>;

    /// The instances that exist, ended ones included, in no order. One that is being launched may be missing.
    fn list(&self, which: Which) -> Work<'_, Vec<Seen>>;

    /// Ends the instance and takes away what is left of it, as gently as its launch said. What is not there has
    /// ended.
    fn terminate(&self, instance: InstanceId) -> Work<'_, Terminated>;

    /// The last lines that the instance wrote, oldest first; none if there is no such instance.
    fn logs(&self, instance: InstanceId, lines: usize) -> Work<'_, Vec<String>>;
}

/// Which instances to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those of one scaling group.
    Group(ScalingGroupId),
    /// All of this deployment, to find strays.
    All,
}

/// An instance after its launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launched {
    /// Where it is; none while that is not known yet. A listing tells then.
    pub address: Option<IpAddr>,
    /// How it is.
    pub state: InstanceState,
}

/// An instance as a listing shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The id that its launch gave it.
    pub instance: InstanceId,
    /// Its scaling group.
    pub group: ScalingGroupId,
    /// Where it is, if that is known.
    pub address: Option<IpAddr>,
    /// How it is.
    pub state: InstanceState,
    /// What it uses, if it runs and that is known.
    pub usage: Option<Usage>,
}

/// How an instance is.
///
/// ```text
///   Starting --> Running --> Exited      never back, never again
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceState {
    /// It exists and does not run yet.
    Starting,
    /// Its program runs. Whether it serves is for health checks to say.
    Running,
    /// Its program ended by itself or was killed; it stays listed, with its log, until it is terminated.
    Exited(End),
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It exited with this status.
    Status(i32),
    /// This signal killed it.
    Signal(i32),
    /// Nobody saw it; what is known, in words.
    Unseen(String),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exited with status {status}"),
            Self::Signal(signal) => write!(f, "was killed by signal {signal}"),
            Self::Unseen(what) => f.write_str(what),
        }
    }
}

/// What an instance uses. Counters grow from its start on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Processor time in seconds, of all its processes.
    pub cpu_s: f64,
    /// Bytes in memory now.
    pub memory_bytes: u64,
    /// Bytes that came in over the network, where they are counted.
    pub received_bytes: Option<u64>,
    /// Bytes that went out over the network, where they are counted.
    pub sent_bytes: Option<u64>,
}

/// How far a termination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminated {
    /// Nothing is left of it.
    Gone,
    /// It still ends by itself; ask again.
    Ending,
}
