//! Everyone's health: which members share which probe, what their checks and their traffic said,
//! and what control has not been told yet. Its cost per change depends on what changed only.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use elbow_model::health_monitor::{Check, HealthMonitor};
use elbow_model::observed::{FailedCheck, MemberObservation};
use elbow_model::pool::PoolTls;
use elbow_model::table::{TableAction, TableEntry, TableListener, TableMember, TablePool};
use elbow_model::value::{LoadBalancerId, MemberId, PoolId, Timestamp};
use elbow_traffic::health::passive::Passive;
use elbow_traffic::health::{MemberHealth, Standing, Thresholds, http, tcp, tls};

use super::member::{Checked, Difference, Member};
use crate::member_tls::CheckTls;
use crate::probe::{Order, ProbeId, ProbeSpec, Probed, ProberHandle};

/// A pool whose view has to be built anew.
pub(super) type PoolPlace = (LoadBalancerId, PoolId);

/// The health of all members.
#[derive(Debug)]
pub(super) struct HealthBook {
    prober: ProberHandle,
    members: HashMap<MemberId, Member>,
    of_balancer: HashMap<LoadBalancerId, Vec<MemberId>>,
    probes: HashMap<ProbeKey, ProbeId>,
    sharers: HashMap<ProbeId, Sharers>,
    next_probe: u64,
    /// Ends of back-offs.
    back_offs: BTreeSet<(u64, MemberId)>,
    untold: HashSet<MemberId>,
}

/// How the members of a pool are checked.
struct Way<'a> {
    monitor: &'a HealthMonitor,
    check: Arc<Check>,
    /// Of the pool, where the check is made over TLS because the pool's traffic is.
    settings: Option<&'a PoolTls>,
    key: Arc<str>,
    /// Built with the first probe that is new.
    tls: OnceCell<Arc<CheckTls>>,
}

impl<'a> Way<'a> {
    fn of(monitor: &'a HealthMonitor, pool: &'a TablePool) -> Self {
        let settings = match &monitor.check {
            Check::Tcp => None,
            Check::Http(_) | Check::Https(_) => pool.tls.as_ref(),
        };
        let key = serde_json::to_string(&(&monitor.check, settings)).unwrap_or_default().into();
        let check = Arc::new(monitor.check.clone());
        Self { monitor, check, settings, key, tls: OnceCell::new() }
    }

    fn tls(&self) -> Option<Arc<CheckTls>> {
        let settings = self.settings?;
        Some(self.tls.get_or_init(|| Arc::new(CheckTls::build(Some(settings)))).clone())
    }
}

/// Equal checks of one target; check and TLS settings as their JSON.
type ProbeKey = (SocketAddr, u32, u32, Arc<str>);

#[derive(Debug)]
struct Sharers {
    key: ProbeKey,
    members: Vec<MemberId>,
}

impl HealthBook {
    pub(super) fn new(prober: ProberHandle) -> Self {
        Self {
            prober,
            members: HashMap::new(),
            of_balancer: HashMap::new(),
            probes: HashMap::new(),
            sharers: HashMap::new(),
            next_probe: 0,
            back_offs: BTreeSet::new(),
            untold: HashSet::new(),
        }
    }

    /// Takes a load balancer's members as they are now; what is known of those that stay is kept.
    pub(super) fn install(&mut self, entry: &TableEntry, at: Timestamp, now_ms: u64) {
        let old = self.of_balancer.remove(&entry.id).unwrap_or_default();
        let mut kept = HashSet::new();
        let mut all = Vec::new();
        for (place, pool) in (0_u32..).zip(&entry.pools) {
            let way = pool.health_monitor.as_ref().map(|monitor| Way::of(monitor, pool));
            let listener = listener_of(entry, place);
            for (index, member) in (0..).zip(&pool.members) {
                let checked = way.as_ref().map(|way| self.checked(member, listener, way));
                self.place(member.id, (entry.id, pool.id, index), checked, at, now_ms);
                kept.insert(member.id);
                all.push(member.id);
            }
        }
        for gone in old.iter().filter(|id| !kept.contains(id)) {
            self.forget(*gone);
        }
        if !all.is_empty() {
            self.of_balancer.insert(entry.id, all);
        }
    }

    /// Forgets a load balancer's members.
    pub(super) fn remove(&mut self, balancer: LoadBalancerId) {
        for member in self.of_balancer.remove(&balancer).unwrap_or_default() {
            self.forget(member);
        }
    }

    pub(super) fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(&id)
    }

    /// Takes results; the pools whose views they change.
    pub(super) fn note_checks(&mut self, results: Vec<Probed>, now_ms: u64) -> BTreeSet<PoolPlace> {
        let mut changed = BTreeSet::new();
        for Probed { probe, at, outcome } in results {
            let Some(sharers) = self.sharers.get(&probe) else { continue };
            for id in &sharers.members {
                let Some(member) = self.members.get_mut(id) else { continue };
                let difference = member.note_check(outcome.clone(), at, now_ms);
                note(*id, member, difference, &mut self.untold, &mut changed);
            }
        }
        changed
    }

    /// Lets a member be checked at once, unless it is known to be healthy.
    pub(super) fn hurry(&self, id: MemberId) {
        let unproven = self.members.get(&id).filter(|one| one.standing() != Standing::Healthy);
        let probe = unproven.and_then(|member| member.checked.as_ref()?.probe);
        if let Some(probe) = probe {
            self.prober.send(Order::Hurry(probe));
        }
    }

    /// Takes a failure of traffic; the pool, if its view changes. Seen were its signs of life so
    /// far, and what is known of the failure.
    pub(super) fn note_connect_failure(
        &mut self,
        id: MemberId,
        seen: (u64, Option<&str>),
        at: Timestamp,
        now_ms: u64,
    ) -> BTreeSet<PoolPlace> {
        let mut changed = BTreeSet::new();
        let Some(member) = self.members.get_mut(&id) else { return changed };
        let difference = member.note_connect_failure(seen, at, now_ms);
        if difference == Difference::Standing {
            match member.checked.as_ref().and_then(|checked| checked.probe) {
                Some(probe) => self.prober.send(Order::Hurry(probe)),
                None => {
                    self.back_offs.extend(member.passive.until_ms().map(|until| (until, id)));
                }
            }
        }
        note(id, member, difference, &mut self.untold, &mut changed);
        changed
    }

    /// Takes a member out for being slower than its peers, with the evidence, or lets it in again.
    pub(super) fn note_outlier(
        &mut self,
        id: MemberId,
        evidence: Option<String>,
        at: Timestamp,
        now_ms: u64,
    ) -> BTreeSet<PoolPlace> {
        let mut changed = BTreeSet::new();
        if let Some(member) = self.members.get_mut(&id) {
            let difference = member.note_outlier(evidence, at, now_ms);
            note(id, member, difference, &mut self.untold, &mut changed);
        }
        changed
    }

    /// When a back-off ends next.
    pub(super) fn next_back_off_ms(&self) -> Option<u64> {
        self.back_offs.first().map(|(until, _)| *until)
    }

    /// Ends back-offs; `signs` tells a member's signs of life so far.
    pub(super) fn end_back_offs(
        &mut self,
        signs: impl Fn(&Member) -> u64,
        at: Timestamp,
        now_ms: u64,
    ) -> BTreeSet<PoolPlace> {
        let mut changed = BTreeSet::new();
        while let Some((until, id)) = self.back_offs.first().copied() {
            if until > now_ms {
                break;
            }
            self.back_offs.pop_first();
            let Some(member) = self.members.get_mut(&id) else { continue };
            let signs = signs(member);
            let difference = member.note_time(signs, at, now_ms);
            note(id, member, difference, &mut self.untold, &mut changed);
        }
        changed
    }

    /// What control was not told yet.
    pub(super) fn take_untold(&mut self) -> Vec<(MemberId, MemberObservation)> {
        let untold = std::mem::take(&mut self.untold);
        let observed = |id: MemberId| Some((id, self.members.get(&id)?.observation()?));
        untold.into_iter().filter_map(observed).collect()
    }

    /// All that there is to tell, for a control that knows nothing.
    pub(super) fn all(&self) -> impl Iterator<Item = (MemberId, MemberObservation)> {
        self.members.iter().filter_map(|(id, member)| Some((*id, member.observation()?)))
    }

    fn place(
        &mut self,
        id: MemberId,
        (balancer, pool, index): (LoadBalancerId, PoolId, u32),
        checked: Option<Checked>,
        at: Timestamp,
        now_ms: u64,
    ) {
        let probe = checked.as_ref().and_then(|checked| checked.probe);
        let member = self.members.entry(id).or_insert_with(|| Member {
            balancer,
            pool,
            index,
            checked: None,
            health: MemberHealth::New,
            passive: Passive::default(),
            is_outlier: false,
            since: at,
            rising_since_ms: now_ms,
            last_failure: None,
        });
        (member.balancer, member.pool, member.index) = (balancer, pool, index);
        if checked.is_none() {
            member.health = MemberHealth::New;
        }
        let impossible = checked.as_ref().filter(|checked| checked.probe.is_none());
        if let (Some(checked), None) = (impossible, &member.last_failure) {
            let outcome = "this proxy can't carry out such a check".to_owned();
            let attempt = checked.attempt.clone();
            member.last_failure = Some(FailedCheck { at, attempt, outcome });
            self.untold.insert(id);
        }
        let old = std::mem::replace(&mut member.checked, checked);
        let old = old.and_then(|checked| checked.probe);
        if old != probe {
            if let Some(sharers) = probe.and_then(|probe| self.sharers.get_mut(&probe)) {
                sharers.members.push(id);
            }
            if let Some(old) = old {
                self.leave(old, id);
            }
        }
    }

    fn checked(
        &mut self,
        member: &TableMember,
        listener: Option<&TableListener>,
        way: &Way<'_>,
    ) -> Checked {
        let monitor = way.monitor;
        let thresholds = Thresholds::from(monitor);
        let port = monitor.port.or(member.port).map(elbow_model::value::Port::get);
        let target = match (port, listener) {
            (Some(port), _) => Some(SocketAddr::new(member.address, port)),
            (None, Some(listener)) => Some(member.target(listener)),
            (None, None) => None,
        };
        let Some(target) = target else {
            let attempt = format!("check {} without a port", member.address);
            return Checked { probe: None, thresholds, attempt };
        };
        let attempt = match (&*way.check, way.settings) {
            (Check::Tcp, _) => tcp::attempt(target),
            (Check::Http(check), None) => http::attempt(check, target),
            (Check::Http(check), Some(_)) | (Check::Https(check), _) => tls::attempt(check, target),
        };
        let (interval_ms, timeout_ms) = (monitor.interval_ms.get(), monitor.timeout_ms.get());
        let key: ProbeKey = (target, interval_ms, timeout_ms, way.key.clone());
        let known = self.probes.get(&key).copied();
        let probe = known.unwrap_or_else(|| {
            let (check, tls) = (way.check.clone(), way.tls());
            let spec = ProbeSpec { target, check, tls, interval_ms, timeout_ms };
            self.start(key, spec)
        });
        Checked { probe: Some(probe), thresholds, attempt }
    }

    fn start(&mut self, key: ProbeKey, spec: ProbeSpec) -> ProbeId {
        let id = ProbeId(self.next_probe);
        self.next_probe += 1;
        self.probes.insert(key.clone(), id);
        self.sharers.insert(id, Sharers { key, members: Vec::new() });
        self.prober.send(Order::Start(id, spec));
        id
    }

    fn leave(&mut self, probe: ProbeId, member: MemberId) {
        let Some(sharers) = self.sharers.get_mut(&probe) else { return };
        sharers.members.retain(|other| *other != member);
        if sharers.members.is_empty() {
            self.probes.remove(&sharers.key);
            self.sharers.remove(&probe);
            self.prober.send(Order::Stop(probe));
        }
    }

    fn forget(&mut self, id: MemberId) {
        self.untold.remove(&id);
        let checked = self.members.remove(&id).and_then(|member| member.checked);
        if let Some(probe) = checked.and_then(|checked| checked.probe) {
            self.leave(probe, id);
        }
    }
}

/// Remembers to tell, and whose view changes.
fn note(
    id: MemberId,
    member: &Member,
    difference: Difference,
    untold: &mut HashSet<MemberId>,
    changed: &mut BTreeSet<PoolPlace>,
) {
    match difference {
        Difference::None => {}
        Difference::Evidence => {
            untold.insert(id);
        }
        Difference::Standing => {
            untold.insert(id);
            changed.insert((member.balancer, member.pool));
        }
    }
}

/// The first listener that may send traffic to the pool at this place: whose port members without
/// one of their own are checked at.
fn listener_of(entry: &TableEntry, pool: u32) -> Option<&TableListener> {
    entry.listeners.iter().find(|listener| {
        let forwards = |action: &TableAction| match action {
            TableAction::Forward(targets) => targets.iter().any(|target| target.pool.0 == pool),
            TableAction::Redirect(_) | TableAction::Respond(_) => false,
        };
        listener.pool.0 == pool || listener.rules.iter().any(|rule| forwards(&rule.action))
    })
}
