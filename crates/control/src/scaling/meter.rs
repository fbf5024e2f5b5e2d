//! What groups carry, measured once a second from the balancers' counters and the drivers' reports, and recorded in the
//! series of groups, whether a policy goes by it already or not. Volatile: after a restart, what was is not known, and
//! nothing shrinks before a whole window is known again.

use std::collections::HashMap;
use std::time::Duration;

use elbow_model::instance::{Instance, Phase};
use elbow_model::launch_template::Launch;
use elbow_model::observed::Observed;
use elbow_model::policy::Metric;
use elbow_model::scaling_group::{ScalingGroup, WarmUpSeconds};
use elbow_model::value::{InstanceId, PoolId, ScalingGroupId, Timestamp};
use elbow_model::world::World;
use elbow_plan::scaling::idle::{Stillness, Traffic};
use elbow_plan::scaling::load::MEMORY_S;
use elbow_plan::scaling::{Reading, capacity};
use elbow_store::ledger::Ledger;
use elbow_store::series::{GROUP_SECONDS, GroupSecond, Resolution, Totals};

use super::book::Book;
use super::calls::template_of;
use crate::driver::Usage;

const _: () = assert!(GROUP_SECONDS >= MEMORY_S, "policies look back further than is recorded");

/// The measurements of all groups.
#[derive(Debug)]
pub(super) struct Meter {
    groups: HashMap<ScalingGroupId, Track>,
    /// The machine's memory, for instances without a limit of their own.
    memory_bytes: u64,
}

#[derive(Debug, Default)]
struct Track {
    last: Option<Counts>,
    usage: HashMap<InstanceId, (Usage, Timestamp)>,
    stillness: Stillness,
}

/// What only grows.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    requests: u64,
    failed: u64,
    connections: u64,
}

/// What is at the moment.
#[derive(Debug, Clone, Copy, Default)]
struct Levels {
    in_flight: u64,
    queued: u64,
    p95_ms: f64,
}

impl Meter {
    pub(super) fn new() -> Self {
        let machine = rustix::system::sysinfo();
        let memory_bytes = machine.totalram * u64::from(machine.mem_unit);
        Self { groups: HashMap::new(), memory_bytes }
    }

    /// Takes this second's measurements of every group.
    pub(super) fn measure(
        &mut self,
        world: &World,
        observed: &Observed,
        ledger: &Ledger,
        book: &Book,
        at: Timestamp,
    ) {
        let is_recorded =
            |group: &ScalingGroup| !group.attachments.is_empty() || !group.policies.is_empty();
        let is_kept = |id| world.scaling_group(id).is_some_and(|group| is_recorded(group));
        self.groups.retain(|id, _| is_kept(*id));
        ledger.series().groups().retain(is_kept);
        for group in world.scaling_groups().filter(|group| is_recorded(group)) {
            let serving: Vec<&Instance> = world
                .instances_of(group.id)
                .filter(|instance| instance.phase == Phase::InService)
                .map(AsRef::as_ref)
                .collect();
            let capacity = capacity_of(&serving, group.settings.warm_up_s, at);
            let track = self.groups.entry(group.id).or_default();
            let mut totals = Totals::default();
            track.traffic(group, world, observed, ledger, at, &mut totals);
            track.usage(group, &serving, book, (capacity, self.memory_bytes), &mut totals);
            let count = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
            let measured = GroupSecond {
                desired: count(group.desired.get() as usize),
                instances: count(world.instances_of(group.id).count()),
                in_service: count(serving.len()),
                #[expect(clippy::cast_possible_truncation, reason = "at most some thousands")]
                serving: capacity as f32,
                totals,
            };
            ledger.series().groups().record(group.id, at, measured);
        }
    }

    /// Since when nothing was asked of a group.
    pub(super) fn stillness(&self, group: ScalingGroupId) -> Stillness {
        self.groups.get(&group).map(|track| track.stillness).unwrap_or_default()
    }
}

/// A group's load by a metric over so many seconds, oldest first.
pub(super) fn load(
    ledger: &Ledger,
    group: ScalingGroupId,
    metric: Metric,
    seconds: usize,
) -> Vec<Option<Reading>> {
    let recorded = ledger.series().groups().load(group, metric, seconds);
    recorded.into_iter().map(|second| second.map(|second| reading(metric, second))).collect()
}

/// A recorded total with the capacity that served it, as policies take it.
fn reading(metric: Metric, (total, serving): (f32, f32)) -> Reading {
    match metric.is_shared() {
        true => Reading { total: total.into(), serving: serving.into() },
        false => Reading::of_group(total.into()),
    }
}

/// Instances' worth of capacity in service, after so long a warm-up.
pub(super) fn capacity_of(serving: &[&Instance], warm_up: WarmUpSeconds, at: Timestamp) -> f64 {
    let warm_up = Duration::from_secs(warm_up.get().into());
    capacity::effective(serving.iter().map(|instance| at.since(instance.phase_since)), warm_up)
}

impl Track {
    fn traffic(
        &mut self,
        group: &ScalingGroup,
        world: &World,
        observed: &Observed,
        ledger: &Ledger,
        at: Timestamp,
        totals: &mut Totals,
    ) {
        let is_seen = !observed.proxies.is_empty() && !group.attachments.is_empty();
        let (counts, levels) = read(group, world, observed, ledger, at);
        let last = self.last.replace(counts);
        let grown = |of: fn(&Counts) -> u64| {
            let growth = of(&counts).checked_sub(of(&last?))?;
            Some(growth as f64)
        };
        let requests = grown(|counts| counts.requests);
        let waiting = world.waiting_for(group, observed).count;
        let traffic = match requests.filter(|_| is_seen) {
            None => Traffic::Unseen,
            Some(asked) if asked > 0.0 => Traffic::Some,
            Some(_) if levels.in_flight + levels.queued + waiting > 0 => Traffic::Some,
            Some(_) => Traffic::None,
        };
        self.stillness.handle_second(traffic, at);
        let errors = grown(|counts| counts.failed).zip(requests).map(|(failed, requests)| {
            let percent = if requests > 0.0 { failed * 100.0 / requests } else { 0.0 };
            percent.min(100.0)
        });
        for (metric, total) in [
            (Metric::RequestsPerInstance, requests),
            (Metric::InFlightPerInstance, Some(levels.in_flight as f64)),
            (Metric::NewConnectionsPerInstance, grown(|counts| counts.connections)),
            (Metric::QueueLength, Some(levels.queued as f64)),
            (Metric::LatencyP95Ms, Some(levels.p95_ms)),
            (Metric::ErrorPercent, errors),
        ] {
            totals.note(metric, total.filter(|_| is_seen));
        }
    }

    /// What drivers report is a mean over those instances that they report it of.
    fn usage(
        &mut self,
        group: &ScalingGroup,
        serving: &[&Instance],
        book: &Book,
        (capacity, machine_bytes): (f64, u64),
        totals: &mut Totals,
    ) {
        let mut means = [Mean::default(), Mean::default(), Mean::default(), Mean::default()];
        let [cpu, memory, received, sent] = &mut means;
        self.usage.retain(|id, _| serving.iter().any(|instance| instance.id == *id));
        for instance in serving {
            let Some((now, at)) = book.usage_of(instance.id) else { continue };
            if let Some(limit) = memory_limit(group, instance, machine_bytes) {
                memory.add(now.memory_bytes as f64 * 100.0 / limit as f64);
            }
            // A listing that is not newer says nothing more.
            let before = self.usage.insert(instance.id, (now, at));
            let Some((before, since)) = before.filter(|(_, since)| *since < at) else { continue };
            let seconds = at.since(since).as_secs_f64();
            cpu.add(((now.cpu_s - before.cpu_s) * 100.0 / seconds).max(0.0));
            let rate = |now: Option<u64>, before: Option<u64>| {
                Some(now?.checked_sub(before?)? as f64 / seconds)
            };
            rate(now.received_bytes, before.received_bytes)
                .into_iter()
                .for_each(|r| received.add(r));
            rate(now.sent_bytes, before.sent_bytes).into_iter().for_each(|r| sent.add(r));
        }
        for (metric, mean) in [
            (Metric::CpuPercent, *cpu),
            (Metric::MemoryPercent, *memory),
            (Metric::NetworkInBytes, *received),
            (Metric::NetworkOutBytes, *sent),
        ] {
            totals.note(metric, mean.value().map(|each| each * capacity));
        }
    }
}

/// What an instance may have in memory, in bytes; unknown where it runs elsewhere.
fn memory_limit(group: &ScalingGroup, instance: &Instance, machine_bytes: u64) -> Option<u64> {
    let limit = match &template_of(group, instance)?.settings.launch {
        Launch::Process(process) => process.limits.memory_mb,
        Launch::Container(container) => container.limits.memory_mb,
        Launch::Hook(_) => return None,
    };
    Some(limit.map_or(machine_bytes, |mebibytes| u64::from(mebibytes.get()) << 20).max(1))
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

/// The sums over all members that the group's instances are.
fn read(
    group: &ScalingGroup,
    world: &World,
    observed: &Observed,
    ledger: &Ledger,
    at: Timestamp,
) -> (Counts, Levels) {
    let (mut counts, mut levels) = (Counts::default(), Levels::default());
    let members: Vec<_> = world
        .instances_of(group.id)
        .flat_map(|instance| instance.members.iter().copied())
        .collect();
    let mut balancers: Vec<_> = group.attachments.iter().map(|a| a.load_balancer).collect();
    balancers.sort_unstable();
    balancers.dedup();
    for balancer in balancers {
        let Some(counted) = observed.counters.get(&balancer) else { continue };
        for (_, member) in counted.members.iter().filter(|(id, _)| members.contains(id)) {
            counts.requests += member.requests;
            counts.failed += member.failures + member.connect_failures + member.responses[4];
            levels.in_flight += member.in_flight;
        }
        let waits = |(pool, _): &&(PoolId, u64)| group.attachments_to(*pool).next().is_some();
        levels.queued +=
            counted.queued.iter().filter(waits).map(|(_, waiting)| waiting).sum::<u64>();
        counts.connections += counted.listeners.iter().map(|(_, l)| l.connections).sum::<u64>();
        let last = ledger.series().read(balancer, Resolution::Second, at).last;
        levels.p95_ms = levels.p95_ms.max(last.p95_ms.into());
    }
    (counts, levels)
}
