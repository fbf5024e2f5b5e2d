//! Whether a scaling group can be attached to a pool, and whether its instances can join it: the one home of the
//! preconditions. People's pickers, attaching, and every later joining ask here.

use std::sync::Arc;

use super::World;
use crate::attachment::{AttachmentFault, SeenBalancer, SeenStatus};
use crate::listener::Listener;
use crate::load_balancer::LoadBalancer;
use crate::network::{Addresses, Network};
use crate::pool::Pool;
use crate::rule::RuleAction;
use crate::scaling_group::ScalingGroup;
use crate::value::{LoadBalancerId, NetworkId, PoolId, ProjectId};

/// What a pool is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A group is to be attached: its load balancer must be active.
    Attaching,
    /// An instance is to join. Joining itself leaves the load balancer pending for a moment, so it only must not be
    /// broken or switched off.
    Joining,
}

/// Where a scaling group is, or is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupPlace {
    /// Whose it is.
    pub project: ProjectId,
    /// Where its instances are.
    pub network: NetworkId,
}

impl GroupPlace {
    /// Where this group is.
    pub fn of(group: &ScalingGroup) -> Self {
        Self { project: group.project, network: group.network }
    }
}

impl World {
    /// Everything that speaks against a group at `place` using a pool of `load_balancer` (the default pool if none),
    /// which was seen with `status`; what weighs most first.
    pub fn attachment_faults(
        &self,
        place: GroupPlace,
        load_balancer: LoadBalancerId,
        pool: Option<PoolId>,
        status: SeenStatus,
        moment: Moment,
    ) -> Vec<AttachmentFault> {
        let found = self.load_balancer(load_balancer);
        let Some(balancer) = found.filter(|balancer| balancer.project == place.project) else {
            let reference = load_balancer.to_string();
            return vec![AttachmentFault::NotFound { what: "load balancer", reference }];
        };
        let pool = match pool {
            None => balancer.default_pool(),
            Some(id) => match balancer.pool(id) {
                Some(pool) => pool,
                None => {
                    let reference = id.to_string();
                    return vec![AttachmentFault::NotFound { what: "pool", reference }];
                }
            },
        };
        let mut faults = Vec::new();
        let networks = (self.network(balancer.network), self.network(place.network));
        if let (Some(theirs), Some(ours)) = networks {
            faults.extend(region_fault(balancer, theirs, ours));
        }
        faults.extend(status_fault(balancer, status, moment));
        if balancer.listeners.is_empty() {
            let load_balancer = balancer.settings.name.clone();
            faults.push(AttachmentFault::NoListener { load_balancer });
        }
        faults.extend(unchecked_pools(balancer, pool));
        if let (Some(theirs), Some(ours)) = networks {
            faults.extend(self.network_fault(balancer, theirs, ours));
        }
        faults
    }

    /// What keeps instances from joining the pools that their group is attached to, if anything does.
    pub fn joining_fault(
        &self,
        group: &ScalingGroup,
        seen: &[SeenBalancer],
    ) -> Option<AttachmentFault> {
        let place = GroupPlace::of(group);
        group.attachments.iter().find_map(|attachment| {
            let balancer = attachment.load_balancer;
            let pool = Some(attachment.pool);
            let status = status_of(seen, balancer);
            let faults = self.attachment_faults(place, balancer, pool, status, Moment::Joining);
            faults.into_iter().next()
        })
    }

    fn network_fault(
        &self,
        balancer: &LoadBalancer,
        theirs: &Network,
        ours: &Network,
    ) -> Option<AttachmentFault> {
        if !is_vpc(ours) {
            return None;
        }
        let mismatch = |what, network: &Network| AttachmentFault::NetworkMismatch {
            what,
            network: network.settings.name.clone(),
            expected: ours.settings.name.clone(),
        };
        if is_vpc(theirs) {
            let what = || format!("load balancer `{}`", balancer.settings.name);
            return (theirs.id != ours.id).then(|| mismatch(what(), theirs));
        }
        // Servers of another virtual network behind a balancer that is in none.
        let foreign: Vec<&Network> =
            self.networks().map(Arc::as_ref).filter(|n| is_vpc(n) && n.id != ours.id).collect();
        balancer.pools.iter().flat_map(|pool| &pool.members).find_map(|member| {
            let address = member.settings.address.get();
            let network = foreign.iter().find(|network| network.addresses.contain(address))?;
            let name = &balancer.settings.name;
            Some(mismatch(format!("member {address} of load balancer `{name}`"), network))
        })
    }
}

/// What the author of a Change saw of a load balancer; what was not looked at counts as not in force yet.
pub(super) fn status_of(seen: &[SeenBalancer], balancer: LoadBalancerId) -> SeenStatus {
    let found = seen.iter().find(|seen| seen.load_balancer == balancer);
    found.map_or(SeenStatus::Pending, |seen| seen.status)
}

fn is_vpc(network: &Network) -> bool {
    match network.addresses {
        Addresses::Vpc { .. } => true,
        Addresses::Classic { .. } | Addresses::Host { .. } => false,
    }
}

fn region_fault(
    balancer: &LoadBalancer,
    theirs: &Network,
    ours: &Network,
) -> Option<AttachmentFault> {
    (theirs.region != ours.region).then(|| AttachmentFault::RegionMismatch {
        load_balancer: balancer.settings.name.clone(),
        region: theirs.region.clone(),
        expected: ours.region.clone(),
    })
}

fn status_fault(
    balancer: &LoadBalancer,
    status: SeenStatus,
    moment: Moment,
) -> Option<AttachmentFault> {
    let status = if balancer.settings.enabled { status } else { SeenStatus::Disabled };
    let is_fit = match (status, moment) {
        (SeenStatus::Active, _) | (SeenStatus::Pending, Moment::Joining) => true,
        (SeenStatus::Pending, Moment::Attaching) => false,
        (SeenStatus::Error | SeenStatus::Disabled, _) => false,
    };
    let load_balancer = balancer.settings.name.clone();
    (!is_fit).then_some(AttachmentFault::LoadBalancerNotActive { load_balancer, status })
}

/// The pool itself, and whatever listeners forward to, by default or by a rule that is in force, must have a health check.
fn unchecked_pools(
    balancer: &LoadBalancer,
    pool: &Arc<Pool>,
) -> impl Iterator<Item = AttachmentFault> {
    let fault = |pool: &Pool, listener: Option<&Listener>| AttachmentFault::HealthCheckDisabled {
        load_balancer: balancer.settings.name.clone(),
        pool: pool.settings.name.clone(),
        listener: listener.map(|listener| listener.settings.name.clone()),
    };
    let itself = pool.active_monitor().is_none().then(|| fault(pool, None));
    let of_listeners = balancer.listeners.iter().flat_map(move |listener| {
        let mut unchecked: Vec<&Arc<Pool>> = forwarded_to(balancer, listener)
            .filter(|used| used.id != pool.id && used.active_monitor().is_none())
            .collect();
        unchecked.sort_unstable_by_key(|pool| pool.id);
        unchecked.dedup_by_key(|pool| pool.id);
        unchecked.into_iter().map(move |used| fault(used, Some(listener))).collect::<Vec<_>>()
    });
    itself.into_iter().chain(of_listeners)
}

/// The pools that a listener's requests can go to.
fn forwarded_to<'a>(
    balancer: &'a LoadBalancer,
    listener: &'a Listener,
) -> impl Iterator<Item = &'a Arc<Pool>> {
    let named = listener.settings.pool.and_then(|id| balancer.pool(id));
    let usual = named.unwrap_or_else(|| balancer.default_pool());
    let rules = listener.rules.iter().filter(|rule| rule.settings.enabled);
    let by_rules = rules.flat_map(|rule| match &rule.settings.action {
        RuleAction::Forward(targets) => targets.as_slice(),
        RuleAction::Redirect(_) | RuleAction::Respond(_) => &[],
    });
    std::iter::once(usual).chain(by_rules.filter_map(|target| balancer.pool(target.pool)))
}
