//! What one proxy was sent and has not acknowledged. Pure: decides what it gets next and what came into force.
//!
//! ```text
//!   Hello --> confirm, what it missed, or the full set --> one difference per commit, or per several while it is slow
//!                                                  ^-- full set again: on Resync, or when what it missed is not known
//! ```

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use elbow_model::observed::InForce;
use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::wire::Digest;

use super::head::{Changed, Head};
use super::tables::Parts;

/// Sets that may be unacknowledged; then commits gather until one is. Bounds memory, and is the pace of a slow proxy.
const WINDOW: usize = 64;

/// What a proxy has on its way.
#[derive(Debug)]
pub(super) struct Flight {
    /// What it ran when it connected.
    hello: (Revision, Digest),
    connected_at: Instant,
    /// The revision of what was sent last; none at first.
    sent: Option<Revision>,
    wants_full: bool,
    batches: VecDeque<Batch>,
    /// Acknowledged, but not in force because it failed: comes into force when it no longer fails.
    failing: HashMap<LoadBalancerId, Pending>,
}

/// What one set brings into force.
#[derive(Debug)]
struct Batch {
    revision: Revision,
    entries: Vec<(LoadBalancerId, Pending)>,
    removed: Vec<LoadBalancerId>,
}

/// A load balancer's revision on its way.
#[derive(Debug, Clone, Copy)]
struct Pending {
    revision: Revision,
    /// When it was committed; none if it was in force when the proxy connected.
    since: Option<Instant>,
}

/// What an acknowledgement means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Landed {
    pub(super) in_force: Vec<(LoadBalancerId, InForce)>,
    pub(super) removed: Vec<LoadBalancerId>,
}

/// An acknowledgement of what was never sent.
#[derive(Debug, thiserror::Error)]
#[error("it acknowledges revision {acknowledged}, but was sent {sent} at most")]
pub(super) struct NeverSent {
    acknowledged: Revision,
    sent: Revision,
}

impl Flight {
    /// Of a proxy that connects and says what it runs.
    pub(super) fn new(revision: Revision, digest: Digest, now: Instant) -> Self {
        Self {
            hello: (revision, digest),
            connected_at: now,
            sent: None,
            wants_full: false,
            batches: VecDeque::new(),
            failing: HashMap::new(),
        }
    }

    /// What is to be sent now, if anything.
    pub(super) fn next(&mut self, head: &Head) -> Option<Parts> {
        if self.batches.len() >= WINDOW || (self.sent == Some(head.revision()) && !self.wants_full)
        {
            return None;
        }
        let missed = match self.sent {
            _ if self.wants_full => None,
            Some(sent) => head.since(sent),
            None => return Some(self.greet(head)),
        };
        match missed {
            Some(missed) => {
                let entries = missed.changed.iter().map(|changed| self.pending(changed)).collect();
                self.depart(head, entries, missed.removed.clone());
                Some(Parts::changes(head, missed.changed, missed.removed))
            }
            None => Some(self.full(head)),
        }
    }

    /// The answer to the proxy's greeting.
    fn greet(&mut self, head: &Head) -> Parts {
        let (revision, digest) = self.hello;
        let missed = if digest == head.digest {
            Some(Default::default())
        } else if revision < head.revision() && revision != Revision(0) {
            // The proxy checks the digest of what comes of it, and asks for the full set if it does not fit.
            head.since(revision)
        } else {
            None
        };
        let Some(missed) = missed else {
            return self.full(head);
        };
        let missing: HashSet<LoadBalancerId> =
            missed.changed.iter().map(|c| c.balancer.id).collect();
        let in_force = head.all().filter(|c| !missing.contains(&c.balancer.id));
        let in_force = in_force
            .map(|c| (c.balancer.id, Pending { revision: c.balancer.revision, since: None }));
        let entries = in_force.chain(missed.changed.iter().map(|c| self.pending(c))).collect();
        self.depart(head, entries, missed.removed.clone());
        Parts::changes(head, missed.changed, missed.removed)
    }

    fn full(&mut self, head: &Head) -> Parts {
        let all: Vec<Changed> = head.all().collect();
        let entries = all.iter().map(|changed| self.pending(changed)).collect();
        self.wants_full = false;
        self.depart(head, entries, Vec::new());
        Parts::full(head, all)
    }

    fn depart(
        &mut self,
        head: &Head,
        entries: Vec<(LoadBalancerId, Pending)>,
        removed: Vec<LoadBalancerId>,
    ) {
        self.sent = Some(head.revision());
        self.batches.push_back(Batch { revision: head.revision(), entries, removed });
    }

    fn pending(&self, changed: &Changed) -> (LoadBalancerId, Pending) {
        let since = Some(changed.at.unwrap_or(self.connected_at));
        (changed.balancer.id, Pending { revision: changed.balancer.revision, since })
    }

    /// The proxy's digest does not fit: it gets the full set, and what is on its way no longer counts.
    pub(super) fn resync(&mut self) {
        self.wants_full = true;
        self.batches.clear();
    }

    /// Everything up to `revision` is in force, but for what failed.
    pub(super) fn land(
        &mut self,
        revision: Revision,
        failed: &HashSet<LoadBalancerId>,
        now: Instant,
    ) -> Result<Landed, NeverSent> {
        let sent = self.sent.unwrap_or_default().max(self.hello.0);
        if revision > sent {
            return Err(NeverSent { acknowledged: revision, sent });
        }
        let mut landed = Landed::default();
        while let Some(batch) = self.batches.pop_front_if(|batch| batch.revision <= revision) {
            for id in &batch.removed {
                self.failing.remove(id);
            }
            landed.removed.extend(batch.removed);
            self.failing.extend(batch.entries);
        }
        self.failing.retain(|id, pending| {
            let is_failing = failed.contains(id);
            if !is_failing {
                landed.in_force.push((*id, pending.in_force(now)));
            }
            is_failing
        });
        Ok(landed)
    }
}

impl Pending {
    fn in_force(self, now: Instant) -> InForce {
        let after =
            self.since.map(|since| now.saturating_duration_since(since)).unwrap_or_default();
        InForce {
            revision: self.revision,
            after_ms: u32::try_from(after.as_millis()).unwrap_or(u32::MAX),
        }
    }
}
