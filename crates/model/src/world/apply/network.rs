//! Rules about networks.

use ipnet::IpNet;

use super::draft::{Draft, not_found, shortened};
use super::invalid;
use crate::change::NewNetwork;
use crate::network::{Addresses, Network, NetworkSettings};
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{NetworkId, ProjectId};
use crate::world::Key;

/// Ranges whose addresses are no host's own: "this network", link-local (with the metadata services
/// of clouds), multicast, reserved, IPv4 in IPv6 clothing (RFC 6890).
const NO_HOSTS: [&str; 8] = [
    "0.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/127",
    "::ffff:0:0/96",
    "fe80::/10",
    "ff00::/8",
];

pub(super) fn create(draft: &mut Draft, new: &NewNetwork) -> Result<(), Rejection> {
    let NewNetwork { id, project, region, addresses, settings } = new;
    draft.claim(ResourceKind::Network, *id, "")?;
    check_name(draft, *project, *id, settings)?;
    if let Some(project) = project.filter(|project| draft.world.project(*project).is_none()) {
        return Err(Rejection::NotFound {
            kind: ResourceKind::Project,
            reference: project.to_string(),
            field: Some("project".to_owned()),
            known: Vec::new(),
        });
    }
    let addresses = checked(addresses)?;
    if let Some(other) = draft.world.networks().find(|other| other.addresses.overlap(&addresses)) {
        return Err(Rejection::NetworkOverlap {
            range: addresses.to_string(),
            other: other.settings.name.clone(),
            other_range: other.addresses.to_string(),
        });
    }
    let network = Network {
        id: *id,
        number: draft.next_number(|numbers| &mut numbers.networks),
        owner: draft.stamp.owner,
        project: *project,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        region: region.clone(),
        addresses,
        settings: settings.clone(),
    };
    draft.put_network(network);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: NetworkId,
    settings: &NetworkSettings,
) -> Result<(), Rejection> {
    let network = draft.world.network(id).ok_or_else(|| not_found(ResourceKind::Network, id))?;
    check_name(draft, network.project, id, settings)?;
    draft.put_network(Network { settings: settings.clone(), ..Network::clone(network) });
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: NetworkId) -> Result<(), Rejection> {
    let network = draft.world.network(id).ok_or_else(|| not_found(ResourceKind::Network, id))?;
    let (name, project) = (network.settings.name.clone(), network.project);
    let count = draft.world.load_balancer_count_in(id) as usize;
    if count > 0 {
        let inside = draft.world.load_balancers().filter(|balancer| balancer.network == id);
        let names = inside.map(|balancer| format!("load balancer `{}`", balancer.settings.name));
        let by = shortened(names, count);
        let instead = "delete the load balancers first";
        return Err(Rejection::InUse { kind: ResourceKind::Network, name, by, instead });
    }
    let count = draft.world.scaling_group_count_in(id) as usize;
    if count > 0 {
        let inside = draft.world.scaling_groups().filter(|group| group.network == id);
        let names = inside.map(|group| format!("scaling group `{}`", group.settings.name));
        let by = shortened(names, count);
        let instead = "delete the scaling groups first";
        return Err(Rejection::InUse { kind: ResourceKind::Network, name, by, instead });
    }
    draft.world.index.network_names.remove(&(project, name));
    draft.world.networks.remove(&id);
    draft.touch(Key::Network(id));
    if draft.world.vip_cursors.remove(&id).is_some() {
        draft.touch(Key::VipCursor(id));
    }
    Ok(())
}

fn check_name(
    draft: &Draft,
    project: Option<ProjectId>,
    id: NetworkId,
    settings: &NetworkSettings,
) -> Result<(), Rejection> {
    // Who may use one of two networks must not be able to use another of the same name.
    let meet = |other: &Network| match (project, other.project) {
        (Some(project), Some(others)) => project == others,
        (None, _) | (_, None) => true,
    };
    let mut others = draft.world.networks().filter(|other| other.id != id && meet(other));
    match others.any(|other| other.settings.name == settings.name) {
        true => Err(Rejection::NameTaken {
            field: "name".to_owned(),
            kind: ResourceKind::Network,
            name: settings.name.clone(),
        }),
        false => Ok(()),
    }
}

/// Addresses that a network can have, in canonical form.
fn checked(addresses: &Addresses) -> Result<Addresses, Rejection> {
    match addresses {
        Addresses::Vpc { cidr } => Ok(Addresses::Vpc { cidr: checked_range(*cidr)? }),
        Addresses::Classic { cidr } => Ok(Addresses::Classic { cidr: checked_range(*cidr)? }),
        Addresses::Host { addresses } => {
            let canonical = addresses.iter().map(|address| address.to_canonical()).collect();
            Addresses::host(canonical).map_err(|wrong| invalid("addresses", wrong.0))
        }
    }
}

fn checked_range(cidr: IpNet) -> Result<IpNet, Rejection> {
    let wrong = |reason| Err(invalid("cidr", reason));
    if cidr.trunc() != cidr {
        return wrong(format!("{cidr} is an address in a range; the range is {}", cidr.trunc()));
    }
    let smallest = cidr.max_prefix_len().saturating_sub(2);
    if cidr.prefix_len() > smallest {
        let reason = format!("{cidr} has no address to give; use a range of /{smallest} or larger");
        return wrong(reason);
    }
    let overlaps =
        |other: &IpNet| other.contains(&cidr.network()) || cidr.contains(&other.network());
    let no_hosts = NO_HOSTS.iter().filter_map(|range| range.parse::<IpNet>().ok());
    match no_hosts.into_iter().find(overlaps) {
        Some(range) => wrong(format!("{cidr} has addresses of {range}, which no host can have")),
        None => Ok(cidr),
    }
}
