//! Makes random Changes hit: turns their references to things that are there, so that many are
//! taken and the interesting refusals come up. An id's number says which of those things is meant.

use crate::change::{Change, Edit, NewListener, NewLoadBalancer, NewRule};
use crate::listener::ListenerSettings;
use crate::load_balancer::LoadBalancer;
use crate::rule::{RuleAction, RuleSettings};
use crate::value::{Id, ListenerId, PoolId, RuleId};
use crate::world::World;

/// The Change with references that lead somewhere in `world`.
pub(super) fn aimed(world: &World, mut change: Change) -> Change {
    for edit in &mut change.edits {
        aim(world, edit);
    }
    change
}

fn aim(world: &World, edit: &mut Edit) {
    match edit {
        Edit::Scaling(edit) => super::scaling::aim::aim(world, edit),
        Edit::CreateCertificate(_) => {}
        Edit::EditCertificate { id, .. } | Edit::DeleteCertificate { id } => {
            turn(id, world.certificates().map(|certificate| certificate.id));
        }
        Edit::CreateLoadBalancer(new) => aim_new(world, new),
        Edit::EditLoadBalancer { id, .. }
        | Edit::DeleteLoadBalancer { id }
        | Edit::AddPool { load_balancer: id, .. } => turn(id, world.load_balancers().map(|b| b.id)),
        Edit::AddListener { load_balancer, listener } => {
            turn(load_balancer, world.load_balancers().map(|b| b.id));
            if let Some(balancer) = world.load_balancer(*load_balancer) {
                aim_listener(world, &pools_of(balancer), listener);
            }
        }
        Edit::EditListener { id, settings } => {
            turn(id, listeners(world));
            let Some(balancer) = world.of_listener(*id) else { return };
            aim_settings(world, &pools_of(balancer), settings);
            let before = balancer.listener(*id).map(|listener| &listener.settings);
            if let Some(ListenerSettings { protocol, port, .. }) = before {
                (settings.protocol, settings.port) = (*protocol, *port);
            }
        }
        Edit::DeleteListener { id } => turn(id, listeners(world)),
        Edit::AddRule { listener, rule } => {
            turn(listener, listeners(world));
            if let Some(balancer) = world.of_listener(*listener) {
                aim_rule(&pools_of(balancer), &mut rule.settings);
            }
        }
        Edit::EditRule { id, settings } => {
            turn(id, rules(world));
            if let Some(balancer) = world.of_rule(*id) {
                aim_rule(&pools_of(balancer), settings);
            }
        }
        Edit::DeleteRule { id } => turn(id, rules(world)),
        Edit::EditPool { id, .. }
        | Edit::DeletePool { id }
        | Edit::AddMembers { pool: id, .. }
        | Edit::ReplaceMembers { pool: id, .. } => turn(id, pools(world)),
        Edit::EditMember { id, settings } => {
            let all = || world.load_balancers().flat_map(|b| &b.pools).flat_map(|p| &p.members);
            turn(id, all().map(|member| member.id));
            if let Some(member) = all().find(|member| member.id == *id) {
                (settings.address, settings.port) = (member.settings.address, member.settings.port);
            }
        }
        Edit::DeleteMember { id } => {
            let all = world.load_balancers().flat_map(|b| &b.pools).flat_map(|p| &p.members);
            turn(id, all.map(|member| member.id));
        }
        Edit::ResealKeys { .. }
        | Edit::CreateNetwork(_)
        | Edit::EditNetwork { .. }
        | Edit::DeleteNetwork { .. }
        | Edit::CreateProject(_)
        | Edit::EditProject { .. }
        | Edit::DeleteProject { .. }
        | Edit::EditUser { .. }
        | Edit::DeleteUser { .. }
        | Edit::Grant { .. }
        | Edit::Revoke { .. }
        | Edit::CreateUser(_)
        | Edit::SetPassword { .. }
        | Edit::CreateApiKey(_)
        | Edit::DeleteApiKey { .. }
        | Edit::LinkIdentity(_)
        | Edit::UnlinkIdentity { .. }
        | Edit::EndSession(_)
        | Edit::EndSessions { .. } => {}
    }
}

fn aim_new(world: &World, new: &mut NewLoadBalancer) {
    turn(&mut new.project, world.projects().map(|project| project.id));
    let project = new.project;
    let visible = world.networks().filter(|n| n.project.is_none_or(|owner| owner == project));
    turn(&mut new.network, visible.map(|network| network.id));
    let outside = |vip: &_| !world.network(new.network).is_some_and(|n| n.addresses.contain(*vip));
    if new.vip.as_ref().is_some_and(outside) {
        new.vip = None;
    }
    let own: Vec<PoolId> = new.pools.iter().map(|pool| pool.id).collect();
    for listener in &mut new.listeners {
        aim_listener(world, &own, listener);
    }
}

fn aim_listener(world: &World, pools: &[PoolId], new: &mut NewListener) {
    aim_settings(world, pools, &mut new.settings);
    for NewRule { id: _, settings } in &mut new.rules {
        aim_rule(pools, settings);
    }
}

fn aim_settings(world: &World, pools: &[PoolId], settings: &mut ListenerSettings) {
    if let Some(tls) = &mut settings.tls {
        let there = || world.certificates().map(|certificate| certificate.id);
        turn(&mut tls.certificate, there());
        tls.certificates.iter_mut().for_each(|certificate| turn(certificate, there()));
    }
    if let Some(pool) = &mut settings.pool {
        turn(pool, pools.iter().copied());
    }
}

fn aim_rule(pools: &[PoolId], settings: &mut RuleSettings) {
    if let RuleAction::Forward(targets) = &mut settings.action {
        for target in targets {
            turn(&mut target.pool, pools.iter().copied());
        }
    }
}

/// Turns `reference` to one of `there`, if there is any.
pub(super) fn turn<I: Id>(reference: &mut I, there: impl Iterator<Item = I>) {
    let there: Vec<I> = there.collect();
    let number = usize::try_from(reference.uuid().as_u128()).unwrap_or(0);
    if let Some(index) = number.checked_rem(there.len()) {
        *reference = there[index];
    }
}

fn pools_of(balancer: &LoadBalancer) -> Vec<PoolId> {
    balancer.pools.iter().map(|pool| pool.id).collect()
}

fn pools(world: &World) -> impl Iterator<Item = PoolId> + '_ {
    world.load_balancers().flat_map(|b| b.pools.iter().map(|pool| pool.id))
}

fn listeners(world: &World) -> impl Iterator<Item = ListenerId> + '_ {
    world.load_balancers().flat_map(|b| b.listeners.iter().map(|listener| listener.id))
}

fn rules(world: &World) -> impl Iterator<Item = RuleId> + '_ {
    let listeners = world.load_balancers().flat_map(|b| &b.listeners);
    listeners.flat_map(|listener| listener.rules.iter().map(|rule| rule.id))
}
