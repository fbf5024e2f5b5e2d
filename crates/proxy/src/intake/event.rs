//! What the intake thread waits for.

use std::sync::mpsc::Sender;

use elbow_model::value::LoadBalancerId;

use crate::link::LinkEvent;
use crate::probe::Probed;
use crate::worker::Report;

/// Something that happened elsewhere in the process.
#[derive(Debug)]
pub enum Event {
    Link(LinkEvent),
    Probed(Vec<Probed>),
    Worker(Report),
    /// Every worker has put the set with this number in force.
    InForce(u64),
    /// Every worker has the listeners of this load balancer that could not be bound at first.
    BoundLate(LoadBalancerId),
    /// No worker accepts any more.
    Closed,
    /// Every worker has drained.
    Drained,
    /// The process is to end: in order at first, at once when asked again.
    End,
}

/// Where events go.
pub type Events = Sender<Event>;
