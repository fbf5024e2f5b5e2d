//! The World: everything that is intended, as one value.
//!
//! It is structurally shared: a clone is a snapshot and costs nothing, and each revision shares with the one before
//! what did not change.

mod api_keys;
mod apply;
mod bookkeeping;
mod eligibility;
mod identities;
mod index;
mod record;
mod scaling;
mod search;

use std::net::IpAddr;
use std::sync::Arc;

use imbl::OrdMap;

use self::api_keys::ApiKeys;
use self::bookkeeping::{EndedSessions, HeldVips, Requests};
use self::identities::Identities;
use self::index::Index;
use self::scaling::Scaling;
use crate::certificate::Certificate;
use crate::change::{Author, Change};
use crate::load_balancer::LoadBalancer;
use crate::network::Network;
use crate::project::{Project, Usage};
use crate::rejection::Rejection;
use crate::user::User;
use crate::value::{
    CertificateId, ListenerId, LoadBalancerId, MemberId, Name, NetworkId, PoolId, Port, ProjectId,
    Revision, RuleId, SessionId, Timestamp, UserId,
};

pub use bookkeeping::{HeldVip, Numbers, RememberedRequest, VipCursor};
pub use eligibility::{GroupPlace, Moment};
pub use record::{Key, Record};

#[cfg(test)]
pub(crate) use apply::tests::fixture;

/// Everything that is intended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct World {
    revision: Revision,
    load_balancers: OrdMap<LoadBalancerId, Arc<LoadBalancer>>,
    certificates: OrdMap<CertificateId, Arc<Certificate>>,
    networks: OrdMap<NetworkId, Arc<Network>>,
    projects: OrdMap<ProjectId, Arc<Project>>,
    users: OrdMap<UserId, Arc<User>>,
    numbers: Numbers,
    vip_cursors: OrdMap<NetworkId, VipCursor>,
    held_vips: HeldVips,
    requests: Requests,
    ended_sessions: EndedSessions,
    api_keys: ApiKeys,
    identities: Identities,
    scaling: Scaling,
    index: Index,
}

/// What came of a Change.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once, never kept")]
pub enum Applied {
    /// The next World.
    Next {
        /// The World with the Change in it.
        world: World,
        /// The records that are new, different or gone, each once.
        touched: Vec<Key>,
    },
    /// The request was carried out earlier ([`RequestMark`](crate::change::RequestMark)); nothing is different.
    Repeated {
        /// What the earlier one created.
        creates: uuid::Uuid,
    },
}

impl World {
    /// How long a released virtual IP is kept from other projects.
    pub const VIP_HOLD: std::time::Duration = std::time::Duration::from_secs(600);

    /// Makes the next World, or says why not. The one place for every rule about what may be intended.
    pub fn apply(&self, change: &Change) -> Result<Applied, Rejection> {
        apply::apply(self, change)
    }

    /// The revision of the last Change in it.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// All load balancers, oldest first; reversible for newest first.
    pub fn load_balancers(&self) -> impl DoubleEndedIterator<Item = &Arc<LoadBalancer>> {
        self.load_balancers.values()
    }

    /// How many load balancers there are.
    pub fn load_balancer_count(&self) -> usize {
        self.load_balancers.len()
    }

    /// How many load balancers a project has.
    pub fn load_balancer_count_of(&self, project: ProjectId) -> u32 {
        self.index.per_project.get(&project).copied().unwrap_or(0)
    }

    /// How many load balancers are in a network.
    pub fn load_balancer_count_in(&self, network: NetworkId) -> u32 {
        self.index.per_network.get(&network).copied().unwrap_or(0)
    }

    /// Load balancers of `project` older than `before` (all if none), newest first, whose texts
    /// (name, description, id, virtual IP, tags, listeners, pools, members' names and addresses)
    /// contain every word of `keywords`, whatever their case.
    pub fn search(
        &self,
        project: ProjectId,
        keywords: &str,
        before: Option<LoadBalancerId>,
    ) -> impl Iterator<Item = &Arc<LoadBalancer>> {
        search::search(&self.index.haystacks, project, keywords, before)
            .filter_map(|id| self.load_balancers.get(&id))
    }

    /// A load balancer by id.
    pub fn load_balancer(&self, id: LoadBalancerId) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(&id)
    }

    /// A project's load balancers with a name: one per owner at most, and several only if they don't see each other's.
    pub fn load_balancers_named(
        &self,
        project: ProjectId,
        name: &str,
    ) -> impl Iterator<Item = &Arc<LoadBalancer>> {
        let ids = index::named_so(&self.index.names, project, name);
        ids.filter_map(|id| self.load_balancers.get(&id))
    }

    /// What a project has of all that its quota limits.
    pub fn usage(&self, project: ProjectId) -> Usage {
        let totals = self.index.totals.get(&project).copied().unwrap_or_default();
        Usage {
            load_balancers: self.load_balancer_count_of(project),
            vips: totals.vips,
            listeners: totals.listeners,
            pools: totals.pools,
            members: totals.members,
            certificates: self.certificate_count_of(project),
            scaling_groups: self.scaling_group_count_of(project),
            instances: self.instance_count_in(project),
        }
    }

    /// The load balancer that a listener is of.
    pub fn of_listener(&self, id: ListenerId) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(self.index.listeners.get(&id)?)
    }

    /// The load balancer that a pool is of.
    pub fn of_pool(&self, id: PoolId) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(self.index.pools.get(&id)?)
    }

    /// The load balancer that a member is of.
    pub fn of_member(&self, id: MemberId) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(self.index.members.get(&id)?)
    }

    /// The load balancer that a rule is of.
    pub fn of_rule(&self, id: RuleId) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(self.index.rules.get(&id)?)
    }

    /// The load balancer that has a virtual IP for itself, or the first of those that share it.
    pub fn of_vip(&self, vip: IpAddr) -> Option<&Arc<LoadBalancer>> {
        self.load_balancers.get(&self.index.at_vip(vip).next()?)
    }

    /// Who listens on an address and port, with its load balancer.
    pub fn at_endpoint(&self, vip: IpAddr, port: Port) -> Option<(&Arc<LoadBalancer>, ListenerId)> {
        let listener = *self.index.endpoints.get(&(vip, port))?;
        Some((self.of_listener(listener)?, listener))
    }

    /// All certificates, oldest first.
    pub fn certificates(&self) -> impl DoubleEndedIterator<Item = &Arc<Certificate>> {
        self.certificates.values()
    }

    /// How many certificates a project has.
    pub fn certificate_count_of(&self, project: ProjectId) -> u32 {
        self.index.certificates_per_project.get(&project).copied().unwrap_or(0)
    }

    /// A certificate by id.
    pub fn certificate(&self, id: CertificateId) -> Option<&Arc<Certificate>> {
        self.certificates.get(&id)
    }

    /// A certificate by name, of those that `owner` created in `project`.
    pub fn certificate_named(
        &self,
        project: ProjectId,
        owner: UserId,
        name: &str,
    ) -> Option<&Arc<Certificate>> {
        let name = Name::new(name).ok()?;
        self.certificates.get(self.index.certificate_names.get(&(project, owner, name))?)
    }

    /// The certificates that `owner` created in `project`, by name.
    pub fn certificates_of(
        &self,
        project: ProjectId,
        owner: UserId,
    ) -> impl Iterator<Item = &Arc<Certificate>> {
        self.index.certificates_of(project, owner).filter_map(|id| self.certificates.get(&id))
    }

    /// The listeners that refer to a certificate, with their load balancers.
    pub fn users_of_certificate(
        &self,
        id: CertificateId,
    ) -> impl Iterator<Item = (&Arc<LoadBalancer>, ListenerId)> {
        let listeners = self.index.users_of_certificate(id);
        listeners.filter_map(|listener| Some((self.of_listener(listener)?, listener)))
    }

    /// All networks, oldest first.
    pub fn networks(&self) -> impl DoubleEndedIterator<Item = &Arc<Network>> {
        self.networks.values()
    }

    /// A network by id.
    pub fn network(&self, id: NetworkId) -> Option<&Arc<Network>> {
        self.networks.get(&id)
    }

    /// A network by name, of those that a project may use: its own and the shared ones, whose names all differ.
    pub fn network_named(&self, project: ProjectId, name: &str) -> Option<&Arc<Network>> {
        let name = Name::new(name).ok()?;
        let names = &self.index.network_names;
        let own = names.get(&(Some(project), name.clone()));
        self.networks.get(own.or_else(|| names.get(&(None, name)))?)
    }

    /// All projects, oldest first.
    pub fn projects(&self) -> impl DoubleEndedIterator<Item = &Arc<Project>> {
        self.projects.values()
    }

    /// A project by id.
    pub fn project(&self, id: ProjectId) -> Option<&Arc<Project>> {
        self.projects.get(&id)
    }

    /// A project by name.
    pub fn project_named(&self, name: &str) -> Option<&Arc<Project>> {
        self.projects.get(self.index.project_names.get(&Name::new(name).ok()?)?)
    }

    /// All users, oldest first.
    pub fn users(&self) -> impl DoubleEndedIterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// A user by id.
    pub fn user(&self, id: UserId) -> Option<&Arc<User>> {
        self.users.get(&id)
    }

    /// A user by name.
    pub fn user_named(&self, name: &str) -> Option<&Arc<User>> {
        self.users.get(self.index.user_names.get(&Name::new(name).ok()?)?)
    }

    /// Whether a session ended before its time.
    pub fn is_ended(&self, session: SessionId) -> bool {
        self.ended_sessions.get(session).is_some()
    }

    /// What an earlier request of `author` with this key created, if it is still remembered.
    pub fn earlier_request(
        &self,
        author: &Author,
        key: &str,
        now: Timestamp,
    ) -> Option<uuid::Uuid> {
        self.requests.find(author, key, now).map(|request| request.creates)
    }

    /// The record behind `key` as it is stored; none if it is gone.
    pub fn record(&self, key: &Key) -> Option<Record> {
        match key {
            Key::LoadBalancer(id) => self.load_balancers.get(id).cloned().map(Record::LoadBalancer),
            Key::Certificate(id) => self.certificates.get(id).cloned().map(Record::Certificate),
            Key::Network(id) => self.networks.get(id).cloned().map(Record::Network),
            Key::Project(id) => self.projects.get(id).cloned().map(Record::Project),
            Key::User(id) => self.users.get(id).cloned().map(Record::User),
            Key::Numbers => {
                (self.numbers != Numbers::default()).then_some(Record::Numbers(self.numbers))
            }
            Key::VipCursor(network) => {
                self.vip_cursors.get(network).copied().map(Record::VipCursor)
            }
            Key::HeldVip(vip) => self.held_vips.get(*vip).copied().map(Record::HeldVip),
            Key::Request(sequence) => self.requests.get(*sequence).cloned().map(Record::Request),
            Key::Identity(id) => self.identity(*id).cloned().map(Record::Identity),
            Key::ApiKey(id) => self.api_key(*id).cloned().map(Record::ApiKey),
            Key::EndedSession(id) => {
                self.ended_sessions.get(*id).copied().map(Record::EndedSession)
            }
            Key::ScalingGroup(_) | Key::Instance(_) | Key::Activity(_) => self.scaling.record(key),
        }
    }

    /// The names of all records: what a store of this World consists of.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let numbers = (self.numbers != Numbers::default()).then_some(Key::Numbers);
        numbers
            .into_iter()
            .chain(self.projects.keys().copied().map(Key::Project))
            .chain(self.users.keys().copied().map(Key::User))
            .chain(self.networks.keys().copied().map(Key::Network))
            .chain(self.certificates.keys().copied().map(Key::Certificate))
            .chain(self.vip_cursors.keys().copied().map(Key::VipCursor))
            .chain(self.held_vips.iter().map(|held| Key::HeldVip(held.vip)))
            .chain(self.requests.keys())
            .chain(self.ended_sessions.keys())
            .chain(self.api_keys.keys())
            .chain(self.identities.keys())
            .chain(self.load_balancers.keys().copied().map(Key::LoadBalancer))
            .chain(self.scaling.keys())
    }

    /// The World that consists of these records, in any order, at this revision.
    pub fn from_records(revision: Revision, records: impl IntoIterator<Item = Record>) -> Self {
        let mut world = Self { revision, ..Self::default() };
        for record in records {
            match record {
                Record::LoadBalancer(balancer) => {
                    let haystack = search::haystack(&balancer);
                    world.index.haystacks.insert((balancer.project, balancer.id), haystack);
                    world.put_load_balancer(balancer);
                }
                Record::Certificate(certificate) => world.put_certificate(certificate),
                Record::Network(network) => world.put_network(network),
                Record::Project(project) => world.put_project(project),
                Record::User(user) => world.put_user(user),
                Record::Numbers(numbers) => world.numbers = numbers,
                Record::VipCursor(cursor) => {
                    world.vip_cursors.insert(cursor.network, cursor);
                }
                Record::HeldVip(held) => world.held_vips.put(held),
                Record::Request(request) => world.requests.put(request),
                Record::Identity(identity) => world.identities.put(identity),
                Record::ApiKey(key) => world.api_keys.put(key),
                Record::EndedSession(ended) => world.ended_sessions.put(ended),
                Record::ScalingGroup(group) => world.scaling.put_group(group),
                Record::Instance(instance) => world.scaling.put_instance(instance),
                Record::Activity(activity) => world.scaling.put_activity(activity),
            }
        }
        world
    }

    /// Puts a load balancer in its place and into the indexes, its haystack aside.
    fn put_load_balancer(&mut self, balancer: Arc<LoadBalancer>) {
        let old = self.load_balancers.insert(balancer.id, Arc::clone(&balancer));
        self.index.put(old.as_deref(), &balancer);
    }

    fn put_certificate(&mut self, certificate: Arc<Certificate>) {
        let old = self.certificates.insert(certificate.id, Arc::clone(&certificate));
        self.index.put_certificate(old.as_deref(), &certificate);
    }

    fn put_network(&mut self, network: Arc<Network>) {
        if let Some(old) = self.networks.get(&network.id) {
            self.index.network_names.remove(&(old.project, old.settings.name.clone()));
        }
        let place = (network.project, network.settings.name.clone());
        self.index.network_names.insert(place, network.id);
        self.networks.insert(network.id, network);
    }

    fn put_project(&mut self, project: Arc<Project>) {
        if let Some(old) = self.projects.get(&project.id) {
            self.index.project_names.remove(&old.name);
        }
        self.index.project_names.insert(project.name.clone(), project.id);
        self.projects.insert(project.id, project);
    }

    fn remove_project(&mut self, id: ProjectId) {
        if let Some(old) = self.projects.remove(&id) {
            self.index.project_names.remove(&old.name);
        }
    }

    fn remove_user(&mut self, id: UserId) {
        if let Some(old) = self.users.remove(&id) {
            self.index.user_names.remove(&old.name);
        }
    }

    fn put_user(&mut self, user: Arc<User>) {
        if let Some(old) = self.users.get(&user.id) {
            self.index.user_names.remove(&old.name);
        }
        self.index.user_names.insert(user.name.clone(), user.id);
        self.users.insert(user.id, user);
    }
}
