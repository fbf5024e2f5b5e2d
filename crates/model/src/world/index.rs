//! Indexes over the resources, for every question that is asked by something else than the id.
//! They hold nothing that cannot be computed from the resources.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use crate::certificate::Certificate;
use crate::listener::{Listener, ListenerTls};
use crate::load_balancer::LoadBalancer;
use crate::pool::Pool;
use crate::value::{
    CertificateId, ListenerId, LoadBalancerId, MemberId, Name, NetworkId, PoolId, Port, ProjectId,
    RuleId, UserId,
};

/// All indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// Load balancers by their owners' names for them.
    pub(super) names: OrdMap<(ProjectId, Name, UserId), LoadBalancerId>,
    /// Whose child a listener is, and so on.
    pub(super) listeners: OrdMap<ListenerId, LoadBalancerId>,
    pub(super) rules: OrdMap<RuleId, LoadBalancerId>,
    pub(super) pools: OrdMap<PoolId, LoadBalancerId>,
    pub(super) members: OrdMap<MemberId, LoadBalancerId>,
    /// Who listens where, over all networks: networks share no address.
    pub(super) endpoints: OrdMap<(IpAddr, Port), ListenerId>,
    /// Virtual IPs in use; several load balancers can have one of a host network.
    pub(super) vips: OrdSet<(IpAddr, LoadBalancerId)>,
    /// What a keyword is looked for in; see [`super::search`].
    pub(super) haystacks: OrdMap<(ProjectId, LoadBalancerId), Arc<str>>,
    /// How many load balancers a project has; absent for none.
    pub(super) per_project: OrdMap<ProjectId, u32>,
    /// How many load balancers of a project have a virtual IP.
    project_vips: OrdMap<(ProjectId, IpAddr), u32>,
    /// What all load balancers of a project have together; absent for none.
    pub(super) totals: OrdMap<ProjectId, Totals>,
    /// How many load balancers a network has; absent for none.
    pub(super) per_network: OrdMap<NetworkId, u32>,
    /// Certificates by their creators' names for them.
    pub(super) certificate_names: OrdMap<(ProjectId, UserId, Name), CertificateId>,
    /// Which listeners refer to a certificate.
    certificate_users: OrdSet<(CertificateId, ListenerId)>,
    /// How many certificates a project has; absent for none.
    pub(super) certificates_per_project: OrdMap<ProjectId, u32>,
    /// Networks by name, of a project or shared by all.
    pub(super) network_names: OrdMap<(Option<ProjectId>, Name), NetworkId>,
    pub(super) project_names: OrdMap<Name, ProjectId>,
    pub(super) user_names: OrdMap<Name, UserId>,
}

/// What all load balancers of a project have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) vips: u32,
    pub(super) listeners: u32,
    pub(super) pools: u32,
    pub(super) members: u32,
}

impl Totals {
    fn of(balancer: &LoadBalancer) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            vips: 0,
            listeners: count(balancer.listeners.len()),
            pools: count(balancer.pools.len()),
            members: count(balancer.pools.iter().map(|pool| pool.members.len()).sum()),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            vips: self.vips.saturating_add(other.vips),
            listeners: self.listeners.saturating_add(other.listeners),
            pools: self.pools.saturating_add(other.pools),
            members: self.members.saturating_add(other.members),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            vips: self.vips.saturating_sub(other.vips),
            listeners: self.listeners.saturating_sub(other.listeners),
            pools: self.pools.saturating_sub(other.pools),
            members: self.members.saturating_sub(other.members),
        }
    }
}

impl Index {
    /// Takes in a load balancer that replaces `old`, its haystack aside.
    pub(super) fn put(&mut self, old: Option<&LoadBalancer>, new: &LoadBalancer) {
        match old {
            Some(old) if same_place(old, new) => {}
            Some(old) => {
                self.leave_place(old);
                self.take_place(new);
            }
            None => self.take_place(new),
        }
        self.put_listeners(old, new);
        self.put_pools(old, new);
        self.count(old, Some(new));
    }

    /// Forgets a load balancer, its haystack too.
    pub(super) fn remove(&mut self, old: &LoadBalancer) {
        self.leave_place(old);
        self.count(Some(old), None);
        self.haystacks.remove(&(old.project, old.id));
        for listener in &old.listeners {
            self.remove_listener(old.vip, listener);
        }
        for pool in &old.pools {
            self.pools.remove(&pool.id);
            for member in &pool.members {
                self.members.remove(&member.id);
            }
        }
    }

    /// Takes in a certificate that replaces `old`.
    pub(super) fn put_certificate(&mut self, old: Option<&Certificate>, new: &Certificate) {
        match old {
            Some(old) => {
                self.certificate_names.remove(&called(old));
            }
            None => *self.certificates_per_project.entry(new.project).or_default() += 1,
        }
        self.certificate_names.insert(called(new), new.id);
    }

    /// Forgets a certificate.
    pub(super) fn remove_certificate(&mut self, old: &Certificate) {
        self.certificate_names.remove(&called(old));
        count_down(&mut self.certificates_per_project, &old.project);
    }

    /// The certificates that `owner` created in `project`, by name.
    pub(super) fn certificates_of(
        &self,
        project: ProjectId,
        owner: UserId,
    ) -> impl Iterator<Item = CertificateId> + '_ {
        let first = Name::new("0").expect("a digit is a name");
        self.certificate_names
            .range((project, owner, first)..)
            .take_while(move |((p, o, _), _)| (*p, *o) == (project, owner))
            .map(|(_, id)| *id)
    }

    /// The listeners that refer to a certificate.
    pub(super) fn users_of_certificate(
        &self,
        id: CertificateId,
    ) -> impl Iterator<Item = ListenerId> + '_ {
        let (first, last) = (Uuid::nil().into(), Uuid::max().into());
        self.certificate_users.range((id, first)..=(id, last)).map(|(_, listener)| *listener)
    }

    /// The load balancers with a virtual IP, oldest first.
    pub(super) fn at_vip(&self, vip: IpAddr) -> impl Iterator<Item = LoadBalancerId> + '_ {
        let (first, last) = (Uuid::nil().into(), Uuid::max().into());
        self.vips.range((vip, first)..=(vip, last)).map(|(_, id)| *id)
    }

    fn take_place(&mut self, balancer: &LoadBalancer) {
        self.names.insert(named(balancer), balancer.id);
        let at_vip = (balancer.project, balancer.vip);
        if !self.project_vips.contains_key(&at_vip) {
            self.totals.entry(balancer.project).or_default().vips += 1;
        }
        count_up(&mut self.project_vips, at_vip);
        self.vips.insert((balancer.vip, balancer.id));
        count_up(&mut self.per_project, balancer.project);
        count_up(&mut self.per_network, balancer.network);
    }

    fn leave_place(&mut self, balancer: &LoadBalancer) {
        self.names.remove(&named(balancer));
        let at_vip = (balancer.project, balancer.vip);
        count_down(&mut self.project_vips, &at_vip);
        if !self.project_vips.contains_key(&at_vip) {
            let one = Totals { vips: 1, ..Totals::default() };
            self.set_totals(balancer.project, |totals| totals.minus(one));
        }
        self.vips.remove(&(balancer.vip, balancer.id));
        count_down(&mut self.per_project, &balancer.project);
        count_down(&mut self.per_network, &balancer.network);
    }

    /// Keeps what a project's load balancers have together.
    fn count(&mut self, old: Option<&LoadBalancer>, new: Option<&LoadBalancer>) {
        if let Some(old) = old {
            self.set_totals(old.project, |totals| totals.minus(Totals::of(old)));
        }
        if let Some(new) = new {
            self.set_totals(new.project, |totals| totals.plus(Totals::of(new)));
        }
    }

    fn set_totals(&mut self, project: ProjectId, alter: impl FnOnce(Totals) -> Totals) {
        let totals = alter(self.totals.get(&project).copied().unwrap_or_default());
        if totals == Totals::default() {
            self.totals.remove(&project);
        } else {
            self.totals.insert(project, totals);
        }
    }

    fn put_listeners(&mut self, old: Option<&LoadBalancer>, new: &LoadBalancer) {
        let unchanged = |listener: &Arc<Listener>, other: Option<&LoadBalancer>| {
            let same = other.and_then(|other| other.listener(listener.id));
            same.is_some_and(|same| Arc::ptr_eq(same, listener))
        };
        for listener in old.map_or(&[][..], |old| &old.listeners) {
            if !unchanged(listener, Some(new)) {
                self.remove_listener(new.vip, listener);
            }
        }
        for listener in new.listeners.iter().filter(|listener| !unchanged(listener, old)) {
            self.listeners.insert(listener.id, new.id);
            self.endpoints.insert((new.vip, listener.settings.port), listener.id);
            for rule in &listener.rules {
                self.rules.insert(rule.id, new.id);
            }
            for certificate in certificates(listener) {
                self.certificate_users.insert((certificate, listener.id));
            }
        }
    }

    fn remove_listener(&mut self, vip: IpAddr, listener: &Listener) {
        self.listeners.remove(&listener.id);
        self.endpoints.remove(&(vip, listener.settings.port));
        for rule in &listener.rules {
            self.rules.remove(&rule.id);
        }
        for certificate in certificates(listener) {
            self.certificate_users.remove(&(certificate, listener.id));
        }
    }

    fn put_pools(&mut self, old: Option<&LoadBalancer>, new: &LoadBalancer) {
        for pool in old.map_or(&[][..], |old| &old.pools) {
            let next = new.pool(pool.id);
            if next.is_some_and(|next| same_members(next, pool)) {
                continue;
            }
            if next.is_none() {
                self.pools.remove(&pool.id);
            }
            let kept: BTreeSet<MemberId> = ids(next);
            for gone in pool.members.iter().filter(|member| !kept.contains(&member.id)) {
                self.members.remove(&gone.id);
            }
        }
        for pool in &new.pools {
            let before = old.and_then(|old| old.pool(pool.id));
            if before.is_some_and(|before| same_members(before, pool)) {
                continue;
            }
            if before.is_none() {
                self.pools.insert(pool.id, new.id);
            }
            let known: BTreeSet<MemberId> = ids(before);
            for added in pool.members.iter().filter(|member| !known.contains(&member.id)) {
                self.members.insert(added.id, new.id);
            }
        }
    }
}

/// What a listener refers to.
fn certificates(listener: &Listener) -> impl Iterator<Item = CertificateId> + '_ {
    listener.settings.tls.iter().flat_map(ListenerTls::all_certificates)
}

/// What a load balancer is found by.
fn named(balancer: &LoadBalancer) -> (ProjectId, Name, UserId) {
    (balancer.project, balancer.settings.name.clone(), balancer.owner)
}

/// What a certificate is found by.
fn called(certificate: &Certificate) -> (ProjectId, UserId, Name) {
    (certificate.project, certificate.owner, certificate.settings.name.clone())
}

/// Whether nothing is different that is looked up by name, owner, address, project or network.
fn same_place(old: &LoadBalancer, new: &LoadBalancer) -> bool {
    old.settings.name == new.settings.name
        && old.owner == new.owner
        && old.vip == new.vip
        && old.project == new.project
        && old.network == new.network
}

/// Whether two states of a pool have the same members, whatever their settings.
fn same_members(a: &Arc<Pool>, b: &Arc<Pool>) -> bool {
    let (ours, theirs) = (a.members.iter(), b.members.iter());
    Arc::ptr_eq(a, b) || ours.map(|m| m.id).eq(theirs.map(|m| m.id))
}

fn ids(pool: Option<&Arc<Pool>>) -> BTreeSet<MemberId> {
    pool.map(|pool| pool.members.iter().map(|member| member.id).collect()).unwrap_or_default()
}

/// What has a name in a project, of whichever owner.
pub(super) fn named_so<I: Copy>(
    names: &OrdMap<(ProjectId, Name, UserId), I>,
    project: ProjectId,
    name: &str,
) -> impl Iterator<Item = I> {
    let range = Name::new(name).ok().map(|name| {
        let (first, last) = (Uuid::nil().into(), Uuid::max().into());
        (project, name.clone(), first)..=(project, name, last)
    });
    range.into_iter().flat_map(|range| names.range(range)).map(|(_, id)| *id)
}

pub(super) fn count_up<K: Ord + Clone>(counts: &mut OrdMap<K, u32>, key: K) {
    *counts.entry(key).or_default() += 1;
}

pub(super) fn count_down<K: Ord + Clone>(counts: &mut OrdMap<K, u32>, key: &K) {
    match counts.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => {
            counts.remove(key);
        }
    }
}
