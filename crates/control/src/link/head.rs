//! The head: the newest World as proxies need it. Pure: what changed since any revision is found without a look at what
//! did not, so that one change costs the same among ten balancers and ten thousand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use elbow_model::load_balancer::LoadBalancer;
use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::wire::Digest;
use elbow_model::world::World;
use imbl::OrdMap;
use uuid::Uuid;

/// Removed load balancers that are remembered; proxies that missed more get the full set.
const MAX_GONE: usize = 16_384;

/// The newest World with what is needed to say what changed. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) world: Arc<World>,
    /// Of all load balancers with their revisions.
    pub(super) digest: Digest,
    /// All load balancers by the revision that last changed them, with the moment of that commit; none if it was before
    /// control started.
    changed: OrdMap<(Revision, LoadBalancerId), Option<Instant>>,
    /// Load balancers that are gone, by the revision that was seen first without them.
    gone: OrdMap<(Revision, LoadBalancerId), ()>,
    /// What changed since an earlier revision than this is not known.
    floor: Revision,
}

/// A load balancer that changed.
#[derive(Debug, Clone)]
pub(super) struct Changed {
    pub(super) balancer: Arc<LoadBalancer>,
    /// When that was committed; none if it was before control started.
    pub(super) at: Option<Instant>,
}

/// What is different since a revision.
#[derive(Debug, Clone, Default)]
pub(super) struct Difference {
    pub(super) changed: Vec<Changed>,
    pub(super) removed: Vec<LoadBalancerId>,
}

impl Head {
    /// The first one.
    pub(super) fn new(world: Arc<World>) -> Self {
        let mut digest = Digest::default();
        let mut changed = OrdMap::new();
        for balancer in world.load_balancers() {
            digest.toggle(balancer.id, balancer.revision);
            changed.insert((balancer.revision, balancer.id), None);
        }
        Self { floor: world.revision(), world, digest, changed, gone: OrdMap::new() }
    }

    /// The revision that it is at.
    pub(super) fn revision(&self) -> Revision {
        self.world.revision()
    }

    /// The next one: `touched` are the load balancers that may be different in `world`, with the moments of the commits.
    pub(super) fn advance(
        &self,
        world: Arc<World>,
        touched: &BTreeMap<LoadBalancerId, Instant>,
    ) -> Self {
        let mut next = Self { world, ..self.clone() };
        let revision = next.revision();
        for (&id, &at) in touched {
            if let Some(old) = self.world.load_balancer(id) {
                next.digest.toggle(id, old.revision);
                next.changed.remove(&(old.revision, id));
            }
            match next.world.load_balancer(id) {
                Some(new) => {
                    next.digest.toggle(id, new.revision);
                    next.changed.insert((new.revision, id), Some(at));
                }
                None => {
                    next.gone.insert((revision, id), ());
                }
            }
        }
        while next.gone.len() > MAX_GONE {
            if let (Some(((oldest, _), ())), rest) = next.gone.without_min_with_key() {
                next.floor = next.floor.max(oldest);
                next.gone = rest;
            }
        }
        next
    }

    /// The next one when it is not known what is different: everything is compared.
    pub(super) fn compare(&self, world: Arc<World>, at: Instant) -> Self {
        let revision_in =
            |world: &World, id| world.load_balancer(id).map(|balancer| balancer.revision);
        let ids =
            self.world.load_balancers().chain(world.load_balancers()).map(|balancer| balancer.id);
        let touched = ids.filter(|id| revision_in(&self.world, *id) != revision_in(&world, *id));
        let touched = touched.map(|id| (id, at)).collect();
        self.advance(world, &touched)
    }

    /// What is different since `revision`; none if that is not known, or is not a revision of this history.
    pub(super) fn since(&self, revision: Revision) -> Option<Difference> {
        if revision < self.floor || revision > self.revision() {
            return None;
        }
        let first = (revision.next(), LoadBalancerId::from(Uuid::nil()));
        let removed = self.gone.range(first..).map(|((_, id), ())| *id);
        Some(Difference {
            changed: self
                .changed
                .range(first..)
                .filter_map(|((_, id), at)| self.changed(*id, *at))
                .collect(),
            removed: removed.filter(|id| self.world.load_balancer(*id).is_none()).collect(),
        })
    }

    /// Every load balancer, those that changed longest ago first.
    pub(super) fn all(&self) -> impl Iterator<Item = Changed> {
        self.changed.iter().filter_map(|((_, id), at)| self.changed(*id, *at))
    }

    fn changed(&self, id: LoadBalancerId, at: Option<Instant>) -> Option<Changed> {
        self.world.load_balancer(id).map(|balancer| Changed { balancer: Arc::clone(balancer), at })
    }
}
