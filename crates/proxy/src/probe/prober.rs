//! The prober's thread: a heap of times, a bounded number of checks under way, one epoll.
//!
//! ```text
//!   orders -> probes -> due (heap) -> waiting -> under way (epoll) -> results
//!                ^                                                      |
//!                +--------------------- next time ----------------------+
//! ```

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io;
use std::os::fd::AsFd;

use elbow_model::health_monitor::Check;
use elbow_model::value::Timestamp;
use elbow_traffic::health::{Outcome, schedule};

use super::attempt::{Attempt, connect_failure};
use super::queue::{Order, Orders, ProbeId, ProbeSpec, ProberHandle, queue};
use crate::clock::{Clock, timestamp};
use crate::member_tls::CheckTls;
use crate::sys::epoll::{Epoll, Event, Interest};
use crate::sys::socket::is_shortage;

/// Events taken from the kernel at once.
const EVENTS: usize = 256;
/// Checks begun before events are looked at again, so that none waits long for the other.
const BURST: usize = 64;
const SCRATCH_BYTES: usize = 16 * 1024;
/// The token of the queue's bell.
const BELL: u64 = u64::MAX;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    pub probe: ProbeId,
    pub at: Timestamp,
    pub outcome: Outcome,
}

/// Takes results, in batches; false if nobody wants them any more.
pub type Results = Box<dyn FnMut(Vec<Probed>) -> bool + Send>;

/// How the prober runs.
#[derive(Clone, Copy, Debug)]
pub struct ProberConfig {
    pub clock: Clock,
    /// Checks under way at most: its share of the descriptors.
    pub most_under_way: usize,
    /// Random: proxies don't check in step.
    pub seed: u64,
}

/// Starts the prober's thread.
///
/// # Errors
/// If the kernel gives no epoll, eventfd or thread.
pub fn start(config: ProberConfig, results: Results) -> io::Result<ProberHandle> {
    let (handle, orders) = queue()?;
    let epoll = Epoll::new()?;
    epoll.add(orders.wake().as_fd(), BELL, Interest::Readable)?;
    let prober = Prober {
        config,
        tls: CheckTls::build(None),
        epoll,
        orders,
        results,
        probes: HashMap::new(),
        due: BinaryHeap::new(),
        waiting: VecDeque::new(),
        under_way: 0,
        found: Vec::new(),
    };
    std::thread::Builder::new().name("prober".to_owned()).spawn(move || prober.run())?;
    Ok(handle)
}

struct Prober {
    config: ProberConfig,
    /// For HTTPS checks of pools without TLS.
    tls: CheckTls,
    epoll: Epoll,
    orders: Orders,
    results: Results,
    probes: HashMap<ProbeId, Probe>,
    /// When to look at a probe; one whose own time is another is stale.
    due: BinaryHeap<Reverse<(u64, ProbeId)>>,
    /// Due, but too many are under way.
    waiting: VecDeque<ProbeId>,
    under_way: usize,
    found: Vec<Probed>,
}

struct Probe {
    spec: ProbeSpec,
    phase: Phase,
    /// Checks begun.
    count: u64,
    began_ms: u64,
    /// When it is to be looked at next.
    at_ms: u64,
}

enum Phase {
    Resting,
    Waiting,
    UnderWay(Attempt),
}

impl Prober {
    fn run(mut self) {
        let mut events = [Event::EMPTY; EVENTS];
        let mut scratch = vec![0; SCRATCH_BYTES];
        loop {
            let count = match self.epoll.wait(&mut events, self.timeout_ms()) {
                Ok(count) => count,
                Err(error) => {
                    tracing::error!(%error, "the prober ended: members keep their last health");
                    return;
                }
            };
            for event in events.iter().take(count) {
                match event.token() {
                    BELL => self.orders.wake().silence(),
                    token => self.advance(ProbeId(token), &mut scratch),
                }
            }
            if !self.obey() {
                return;
            }
            self.expire();
            self.begin_waiting();
            if !self.found.is_empty() && !(self.results)(std::mem::take(&mut self.found)) {
                return;
            }
        }
    }

    fn timeout_ms(&self) -> i32 {
        if !self.waiting.is_empty() && self.under_way < self.config.most_under_way {
            return 0;
        }
        let Some(Reverse((at_ms, _))) = self.due.peek() else { return -1 };
        let left = at_ms.saturating_sub(self.config.clock.now_ms());
        i32::try_from(left).unwrap_or(i32::MAX)
    }

    /// False once it is told to end.
    fn obey(&mut self) -> bool {
        for order in self.orders.take() {
            match order {
                Order::Start(id, spec) => {
                    let probe =
                        Probe { spec, phase: Phase::Waiting, count: 0, began_ms: 0, at_ms: 0 };
                    self.probes.insert(id, probe);
                    self.waiting.push_back(id);
                }
                Order::Hurry(id) => self.hurry(id),
                Order::Stop(id) => {
                    let stopped = self.probes.remove(&id);
                    if stopped.is_some_and(|probe| matches!(probe.phase, Phase::UnderWay(_))) {
                        self.under_way -= 1;
                    }
                }
                Order::End => return false,
            }
        }
        true
    }

    fn hurry(&mut self, id: ProbeId) {
        let Some(probe) = self.probes.get_mut(&id) else { return };
        if let Phase::Resting = probe.phase {
            probe.phase = Phase::Waiting;
            self.waiting.push_back(id);
        }
    }

    /// Looks at every probe whose time has come: its next check, or its end by timeout.
    fn expire(&mut self) {
        let now_ms = self.config.clock.now_ms();
        while let Some(Reverse((at_ms, id))) = self.due.peek().copied() {
            if at_ms > now_ms {
                return;
            }
            self.due.pop();
            let Some(probe) = self.probes.get_mut(&id).filter(|probe| probe.at_ms == at_ms) else {
                continue;
            };
            match &probe.phase {
                Phase::Resting => {
                    probe.phase = Phase::Waiting;
                    self.waiting.push_back(id);
                }
                Phase::UnderWay(attempt) => {
                    let text = attempt.timeout_text(probe.spec.timeout_ms);
                    self.finish(id, Err(text));
                }
                Phase::Waiting => {}
            }
        }
    }

    fn begin_waiting(&mut self) {
        for _ in 0..BURST {
            if self.under_way >= self.config.most_under_way {
                return;
            }
            let Some(id) = self.waiting.pop_front() else { return };
            self.begin(id);
        }
    }

    fn begin(&mut self, id: ProbeId) {
        let now_ms = self.config.clock.now_ms();
        let Some(probe) = self.probes.get_mut(&id) else { return };
        probe.began_ms = now_ms;
        probe.count += 1;
        self.under_way += 1;
        let begun = Attempt::begin(probe.spec.target).and_then(|attempt| {
            self.epoll.add(attempt.as_fd(), id.0, Interest::Connection)?;
            Ok(attempt)
        });
        match begun {
            Ok(attempt) => {
                probe.phase = Phase::UnderWay(attempt);
                probe.at_ms = now_ms + u64::from(probe.spec.timeout_ms);
                self.due.push(Reverse((probe.at_ms, id)));
            }
            Err(error) if is_shortage(&error) => {
                tracing::warn!(%error, "a health check could not begin: this process is short");
                self.rest(id);
            }
            Err(error) => self.finish(id, Err(connect_failure(&error))),
        }
    }

    fn advance(&mut self, id: ProbeId, scratch: &mut [u8]) {
        let Some(probe) = self.probes.get_mut(&id) else { return };
        let Phase::UnderWay(attempt) = &mut probe.phase else { return };
        let spec = &probe.spec;
        let tls = match (&*spec.check, &spec.tls) {
            (Check::Tcp, _) | (Check::Http(_), None) => None,
            (Check::Http(_) | Check::Https(_), Some(of_pool)) => Some(&**of_pool),
            (Check::Https(_), None) => Some(&self.tls),
        };
        if let Some(outcome) = attempt.advance(&spec.check, spec.target, tls, scratch) {
            self.finish(id, outcome);
        }
    }

    fn finish(&mut self, id: ProbeId, outcome: Outcome) {
        self.found.push(Probed { probe: id, at: timestamp(), outcome });
        self.rest(id);
    }

    fn rest(&mut self, id: ProbeId) {
        self.under_way -= 1;
        let now_ms = self.config.clock.now_ms();
        let Some(probe) = self.probes.get_mut(&id) else { return };
        probe.phase = Phase::Resting;
        let (seed, interval_ms) = (self.config.seed ^ id.0, probe.spec.interval_ms);
        let next_ms = schedule::next_check_ms(probe.began_ms, interval_ms, seed, probe.count);
        probe.at_ms = next_ms.max(now_ms + 1);
        self.due.push(Reverse((probe.at_ms, id)));
    }
}
