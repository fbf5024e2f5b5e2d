//! Rules about virtual IPs: which one a load balancer gets, and what becomes of it afterwards.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use uuid::Uuid;

use super::draft::Draft;
use crate::load_balancer::LoadBalancer;
use crate::network::{Addresses, Network};
use crate::rejection::Rejection;
use crate::value::{Port, ProjectId};
use crate::world::{HeldVip, Key, VipCursor, World};

/// Takes the virtual IP that is wanted, or else a free one.
pub(super) fn choose(
    draft: &mut Draft,
    network: &Network,
    wanted: Option<IpAddr>,
    project: ProjectId,
    ports: &[Port],
) -> Result<IpAddr, Rejection> {
    let vip = match (wanted, &network.addresses) {
        (Some(vip), _) => check_wanted(draft, network, vip.to_canonical(), project)?,
        (None, Addresses::Vpc { cidr } | Addresses::Classic { cidr }) => {
            allot(draft, network, *cidr, project)?
        }
        (None, Addresses::Host { addresses }) => {
            let taken = |vip, port| draft.world.index.endpoints.contains_key(&(vip, port));
            let fits = |vip: &&IpAddr| !ports.iter().any(|port| taken(**vip, *port));
            // Where none fits, the first one's conflict says why.
            let vip = addresses.iter().find(fits).or(addresses.first());
            vip.copied().ok_or_else(|| full(network))?
        }
    };
    if draft.world.held_vips.remove(vip) {
        draft.touch(Key::HeldVip(vip));
    }
    Ok(vip)
}

/// The next free address of a network for an instance; where load balancers share the machine's own
/// addresses, instances have none for themselves.
pub(super) fn for_instance(
    draft: &mut Draft,
    network: &Network,
    project: ProjectId,
) -> Result<IpAddr, Rejection> {
    match &network.addresses {
        Addresses::Vpc { cidr } | Addresses::Classic { cidr } => {
            allot(draft, network, *cidr, project)
        }
        Addresses::Host { .. } => Err(full(network)),
    }
}

fn allot(
    draft: &mut Draft,
    network: &Network,
    cidr: IpNet,
    project: ProjectId,
) -> Result<IpAddr, Rejection> {
    let address = next_free(draft, network, cidr, project)?;
    let cursor = VipCursor { network: network.id, last: address };
    draft.world.vip_cursors.insert(network.id, cursor);
    draft.touch(Key::VipCursor(network.id));
    Ok(address)
}

/// Keeps the virtual IP of a deleted load balancer from other projects for a while, since clients
/// may still know it. One that is shared was never the project's own.
pub(super) fn release(draft: &mut Draft, balancer: &LoadBalancer) {
    let is_shared = |network: &Network| network.addresses.are_shared();
    if draft.world.network(balancer.network).is_none_or(|network| is_shared(network)) {
        return;
    }
    let held = HeldVip { vip: balancer.vip, project: balancer.project, at: draft.stamp.at };
    draft.world.held_vips.put(held);
    draft.touch(Key::HeldVip(balancer.vip));
}

fn check_wanted(
    draft: &Draft,
    network: &Network,
    vip: IpAddr,
    project: ProjectId,
) -> Result<IpAddr, Rejection> {
    if !network.addresses.contain(vip) {
        return Err(Rejection::VipOutside {
            vip,
            network: network.settings.name.clone(),
            range: network.addresses.to_string(),
        });
    }
    if network.addresses.are_shared() {
        return Ok(vip);
    }
    if draft.world.of_vip(vip).is_some() || draft.world.instances_at(vip).next().is_some() {
        return Err(Rejection::VipTaken { vip });
    }
    match held_from(draft, vip, project) {
        Some(held) => Err(Rejection::VipHeldBack {
            vip,
            since_s: draft.stamp.at.since(held.at).as_secs(),
            hold_s: World::VIP_HOLD.as_secs(),
        }),
        None => Ok(vip),
    }
}

/// Why a project does not get an address that nobody uses.
fn held_from(draft: &Draft, vip: IpAddr, project: ProjectId) -> Option<&HeldVip> {
    let held = draft.world.held_vips.get(vip)?;
    let is_held = held.project != project && draft.stamp.at.since(held.at) < World::VIP_HOLD;
    is_held.then_some(held)
}

/// The next free address of a range. The search goes on where the last one ended, so it costs next
/// to nothing until the range is nearly full, and a released address rests before it is used again.
fn next_free(
    draft: &Draft,
    network: &Network,
    cidr: IpNet,
    project: ProjectId,
) -> Result<IpAddr, Rejection> {
    let range = Range::of(cidr);
    let used = draft.world.load_balancer_count_in(network.id);
    if range.len() <= u128::from(used) {
        return Err(full(network));
    }
    let cursor = draft.world.vip_cursors.get(&network.id).map(|cursor| to_number(cursor.last));
    let start = match cursor {
        Some(last) if (range.first..range.last).contains(&last) => last + 1,
        _ => range.first,
    };
    let ahead = Range { first: start, ..range };
    let free = first_free(draft, ahead, project).or_else(|| {
        let behind = Range { last: start.checked_sub(1)?, ..range };
        first_free(draft, behind, project)
    });
    free.ok_or_else(|| full(network))
}

/// The first address of a range that `project` can have.
fn first_free(draft: &Draft, range: Range, project: ProjectId) -> Option<IpAddr> {
    if range.first > range.last {
        return None;
    }
    let (first, last) = (range.address(range.first), range.address(range.last));
    let bounds = (first, Uuid::nil().into())..=(last, Uuid::max().into());
    let mut vips = draft.world.index.vips.range(bounds).map(|(vip, _)| *vip).peekable();
    let mut instances = draft.world.instance_addresses(first, last).peekable();
    let mut candidates = (range.first..=range.last).map(|number| range.address(number));
    candidates.find(|address| {
        let is_vip = vips.next_if_eq(address).is_some();
        // Instances that people attached can share an address.
        let mut is_instance = false;
        while instances.next_if_eq(address).is_some() {
            is_instance = true;
        }
        !is_vip && !is_instance && held_from(draft, *address, project).is_none()
    })
}

fn full(network: &Network) -> Rejection {
    Rejection::NetworkFull {
        network: network.settings.name.clone(),
        range: network.addresses.to_string(),
    }
}

/// The addresses of a network that load balancers can have, as numbers; empty if `first > last`.
#[derive(Clone, Copy)]
struct Range {
    first: u128,
    last: u128,
    is_v6: bool,
}

impl Range {
    /// All but the first (network) and last (broadcast) address.
    fn of(cidr: IpNet) -> Self {
        let (network, broadcast) = (to_number(cidr.network()), to_number(cidr.broadcast()));
        Self {
            first: network.saturating_add(1),
            last: broadcast.saturating_sub(1),
            is_v6: cidr.addr().is_ipv6(),
        }
    }

    fn len(self) -> u128 {
        (self.last.saturating_add(1)).saturating_sub(self.first)
    }

    fn address(self, number: u128) -> IpAddr {
        match u32::try_from(number) {
            Ok(number) if !self.is_v6 => Ipv4Addr::from_bits(number).into(),
            _ => Ipv6Addr::from_bits(number).into(),
        }
    }
}

fn to_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}
