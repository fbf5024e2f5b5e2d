//! The intake thread: one queue of events, one owner of everything that is not a worker's.
//!
//! A set of entries is worked off in slices, so that health still reaches the workers while ten
//! thousand load balancers are being installed.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use elbow_model::table::TableEntry;
use elbow_model::value::{LoadBalancerId, MemberId, ProxyId, Revision};
use elbow_model::wire::Down;

use super::alarms::Alarms;
use super::bind::{Leaving, Sites};
use super::counters::signs_of_life;
use super::drains::Drains;
use super::event::{Event, Events};
use super::health_book::{HealthBook, PoolPlace};
use super::member::Member;
use super::outliers::OutlierBook;
use super::running::Running;
use super::sets::{Accepted, Underway};
use super::waits::Waits;
use crate::access_log::Dropped;
use crate::clock::{Clock, timestamp};
use crate::link::journal::{Journal, Remembered};
use crate::link::{LinkEvent, Outbox};
use crate::probe::{Order, ProberHandle};
use crate::tls::OpenKey;
use crate::worker::{Acknowledge, Command, MemberFailure, Report, WorkerHandle};

/// Events handled before times are looked at again.
const EVENTS: usize = 256;
/// Between two reports of counters.
const REPORT_MS: u64 = 1_000;
/// Members of a pool that are checked out of turn at a time.
const MOST_HURRIED: usize = 64;
/// Between two complaints about the same trouble.
const COMPLAINT_MS: u64 = 60_000;

/// What the steward works with.
#[derive(Debug)]
pub struct StewardConfig {
    pub proxy: ProxyId,
    pub program: String,
    pub clock: Clock,
    pub workers: Vec<WorkerHandle>,
    pub prober: ProberHandle,
    pub journal: Journal,
    /// Descriptors that the process may have.
    pub descriptors: u64,
    /// How long requests in flight may take to finish when a signal ends the process.
    pub grace: Duration,
    /// Opens the keys of HTTPS listeners.
    pub keys: Arc<dyn OpenKey>,
    /// Records that the access log had to drop.
    pub unlogged: Dropped,
    /// Where acknowledgements of workers go: this steward's own queue.
    pub events: Events,
}

/// The intake thread's state.
#[derive(Debug)]
pub struct Steward {
    pub(super) config: StewardConfig,
    pub(super) accepted: Accepted,
    /// Sets that are being put in force, in their order.
    pub(super) sets: VecDeque<Underway>,
    pub(super) next_set: u64,
    pub(super) running: HashMap<LoadBalancerId, Running>,
    pub(super) sites: Sites,
    pub(super) book: HealthBook,
    outliers: OutlierBook,
    pub(super) drains: Drains,
    pub(super) waits: Waits,
    /// The last revision that every worker runs.
    pub(super) in_force: Revision,
    /// What could not be put in force, and why.
    pub(super) failed: BTreeMap<LoadBalancerId, String>,
    pub(super) is_failed_told: bool,
    /// When to bind again what could not be bound.
    pub(super) binds: Alarms<LoadBalancerId>,
    /// When to build a view anew.
    pub(super) steps: Alarms<PoolPlace>,
    pub(super) outbox: Option<Outbox>,
    pub(super) report_at_ms: u64,
    /// Dropped records that were complained of, and when to do so again.
    complaint: (u64, u64),
    /// When to ask for the full set, while what was accepted does not fit.
    pub(super) resync_at_ms: Option<u64>,
}

/// How the steward's work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Drain(Duration),
    Now,
}

impl Steward {
    /// A steward that runs nothing yet.
    #[must_use]
    pub fn new(config: StewardConfig) -> Self {
        Self {
            accepted: Accepted::default(),
            sets: VecDeque::new(),
            next_set: 0,
            running: HashMap::new(),
            sites: Sites::new(config.descriptors),
            book: HealthBook::new(config.prober.clone()),
            outliers: OutlierBook::default(),
            drains: Drains::default(),
            waits: Waits::default(),
            in_force: Revision(0),
            failed: BTreeMap::new(),
            is_failed_told: true,
            binds: Alarms::default(),
            steps: Alarms::default(),
            outbox: None,
            report_at_ms: 0,
            complaint: (0, 0),
            resync_at_ms: None,
            config,
        }
    }

    /// Works until the process is to end, then drains.
    pub fn run(mut self, events: &Receiver<Event>, remembered: Remembered) {
        let entries: Vec<Arc<TableEntry>> = remembered.entries.into_values().collect();
        if !entries.is_empty() {
            tracing::info!(
                balancers = entries.len(),
                revision = remembered.revision.0,
                "serving what was last known until control says otherwise"
            );
        }
        let set = self.accepted.restore(remembered.revision, entries);
        self.enqueue(set);
        let ending = loop {
            match events.recv_timeout(self.patience()) {
                Ok(event) => {
                    let more = events.try_iter().take(EVENTS - 1);
                    let mut all = std::iter::once(event).chain(more);
                    if let Some(ending) = all.find_map(|event| self.handle(event)) {
                        break ending;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Ending::Now,
            }
            self.work_off();
            self.handle_time();
            self.tell_news();
        };
        self.end(ending, events);
    }

    fn patience(&self) -> Duration {
        if self.sets.iter().any(|set| set.done.is_some()) {
            return Duration::ZERO;
        }
        let times = [
            self.binds.next_ms(),
            self.steps.next_ms(),
            self.book.next_back_off_ms(),
            self.drains.next_ms().filter(|_| self.outbox.is_some()),
            self.waits.next_ms().filter(|_| self.outbox.is_some()),
            self.waits.next_hurry_ms(),
            self.resync_at_ms,
        ];
        let next = times.into_iter().flatten().fold(self.report_at_ms, u64::min);
        self.config.clock.until(next)
    }

    fn handle(&mut self, event: Event) -> Option<Ending> {
        match event {
            Event::Link(LinkEvent::Up(outbox)) => self.greet(outbox),
            Event::Link(LinkEvent::Message(Down::Tables(tables))) => self.take_tables(tables),
            Event::Link(LinkEvent::Message(Down::Stop { grace_ms })) => {
                return Some(Ending::Drain(Duration::from_millis(grace_ms.into())));
            }
            Event::Link(LinkEvent::Lost) => {
                self.outbox = None;
                self.waits.forget_told();
                // The next Hello says what there is; control then sends what is missing.
                self.resync_at_ms = None;
                self.accepted.drop_parts();
            }
            Event::Probed(results) => {
                let changed = self.book.note_checks(results, self.config.clock.now_ms());
                self.renew(changed);
            }
            Event::Worker(Report::MemberFailed { balancer, pool, member, failure, evidence }) => {
                self.handle_failure((balancer, pool), member, failure, evidence);
            }
            Event::Worker(Report::Waits { balancer, pool }) => {
                self.waits.begin((balancer, pool), self.config.clock.now_ms());
            }
            Event::Worker(Report::WaitsNoMore { .. }) => self.waits.look_soon(),
            Event::Worker(Report::Ended { worker }) => {
                // Nothing could be put in force any more: whoever watches this process starts it
                // anew, and it serves what it remembers.
                tracing::error!(worker, "a worker ended by itself: ending the process");
                return Some(Ending::Drain(self.config.grace));
            }
            Event::InForce(number) => self.acknowledge(number),
            Event::BoundLate(balancer) => self.acknowledge_late(balancer),
            Event::Closed | Event::Drained => {}
            Event::End => return Some(Ending::Drain(self.config.grace)),
        }
        None
    }

    fn handle_failure(
        &mut self,
        (balancer, pool): PoolPlace,
        member: MemberId,
        failure: MemberFailure,
        evidence: Option<String>,
    ) {
        match failure {
            MemberFailure::ConnectFailed
            | MemberFailure::ConnectTimeout
            | MemberFailure::TlsFailed => {}
            MemberFailure::ClosedBeforeResponse
            | MemberFailure::ResponseTimeout
            | MemberFailure::BadResponse
            | MemberFailure::Truncated => return,
        }
        let pool = self.running.get(&balancer).and_then(|running| running.pool(pool));
        let known = pool.and_then(|pool| pool.members.iter().find(|known| known.id == member));
        let Some(signs) = known.map(|known| signs_of_life(&known.state)) else { return };
        let now_ms = self.config.clock.now_ms();
        let seen = (signs, evidence.as_deref());
        let changed = self.book.note_connect_failure(member, seen, timestamp(), now_ms);
        if !changed.is_empty() {
            let evidence = evidence.as_deref().unwrap_or_default();
            tracing::warn!(member.id = %member, evidence, "a member gets no traffic for a while: connections fail");
        }
        self.renew(changed);
    }

    fn handle_time(&mut self) {
        let now_ms = self.config.clock.now_ms();
        self.resync(now_ms);
        while let Some(balancer) = self.binds.pop_due(now_ms) {
            self.bind_again(balancer);
        }
        if self.book.next_back_off_ms().is_some_and(|at_ms| at_ms <= now_ms) {
            let running = &self.running;
            let signs = |member: &Member| {
                let pool = running.get(&member.balancer).and_then(|known| known.pool(member.pool));
                let state = pool.and_then(|pool| pool.members.get(member.index as usize));
                state.map_or(0, |member| signs_of_life(&member.state))
            };
            let changed = self.book.end_back_offs(signs, timestamp(), now_ms);
            self.renew(changed);
        }
        self.hurry_checks(now_ms);
        let due: BTreeSet<PoolPlace> = std::iter::from_fn(|| self.steps.pop_due(now_ms)).collect();
        self.renew(due);
        if now_ms >= self.report_at_ms {
            self.report_at_ms = now_ms + REPORT_MS;
            self.tell_counters();
            self.complain(now_ms);
            let running = self.running.values();
            let changed = self.outliers.look(running, &mut self.book, timestamp(), now_ms);
            self.renew(changed);
        }
    }

    /// Has those checked who might serve requests that wait for somebody.
    fn hurry_checks(&mut self, now_ms: u64) {
        for (balancer, pool) in self.waits.hurry(now_ms) {
            let running = self.running.get(&balancer).and_then(|running| running.pool(pool));
            let Some(pool) = running.filter(|pool| pool.state.holding.waiting() > 0) else {
                continue;
            };
            let weighted = pool.members.iter().filter(|member| member.weight > 0);
            weighted.take(MOST_HURRIED).for_each(|member| self.book.hurry(member.id));
        }
    }

    /// Says how many records the access log lost, once a minute while it does.
    fn complain(&mut self, now_ms: u64) {
        let (told, at_ms) = self.complaint;
        let dropped = self.config.unlogged.read();
        if dropped > told && now_ms >= at_ms {
            self.complaint = (dropped, now_ms + COMPLAINT_MS);
            tracing::warn!(
                elbow_access_log_dropped_total = dropped,
                "the access log drops records: its target is full or slower than the traffic"
            );
        }
    }

    /// Lets the workers finish what they have, for at most the given time.
    fn end(mut self, ending: Ending, events: &Receiver<Event>) {
        self.tell_counters();
        if let Ending::Drain(grace) = ending {
            self.drain(grace, events);
        }
        for worker in &self.config.workers {
            worker.send(Command::Stop);
        }
        self.config.prober.send(Order::End);
    }

    fn drain(&mut self, grace: Duration, events: &Receiver<Event>) {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(grace_ms, "ending: requests in flight may finish");
        let telling = |event: Event| {
            let queue = self.config.events.clone();
            Acknowledge::new(move || drop(queue.send(event)))
        };
        let (closed, drained) = (telling(Event::Closed), telling(Event::Drained));
        let balancers: Vec<LoadBalancerId> = self.running.keys().copied().collect();
        let mut leaving: Vec<Leaving> = Vec::new();
        for balancer in balancers {
            leaving.extend(self.remove(balancer, &closed));
        }
        for worker in &self.config.workers {
            worker.send(Command::Drain { done: drained.clone() });
        }
        drop((closed, drained));
        let end = Instant::now() + grace;
        loop {
            match events.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Event::Closed) => {
                    for socket in leaving.drain(..) {
                        self.sites.close(socket);
                    }
                }
                Ok(Event::Drained | Event::End) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}
