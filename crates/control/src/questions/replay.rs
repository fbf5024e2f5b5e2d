//! A replay, put together: what is recorded of a group goes to the planner, which plays it, and comes back thinned out
//! and beside what really happened. It must decide nothing.

use elbow_model::activity::{Evidence, NotScaled};
use elbow_model::instance::{Instance, Phase};
use elbow_model::policy::{Metric, PolicySettings, ScalingRule};
use elbow_model::questions::{
    Assumed, LaunchSeconds, Replay, ReplayQuestion, ReplayStep, ReplayedDecision, Unanswered,
};
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{Quantity, Timestamp};
use elbow_model::world::World;
use elbow_plan::scaling::Decision;
use elbow_plan::scaling::idle::least_by_policies;
use elbow_plan::scaling::judge::metric_of;
use elbow_plan::scaling::replay::{
    Assumptions, Capacity, Decided, Moment, Outcome, Recording, account, replay as play,
};
use elbow_store::series::{GroupSecond, GroupSeries};

/// A record may be shorter than asked for by so much without a word: the present second is not over.
const SLACK_S: usize = 5;
/// How long instances of a group that has none are taken to start.
const USUAL_LAUNCH_S: u32 = 5;

/// What is recorded of a group, as a replay needs it.
struct Record {
    from: Timestamp,
    seconds: Vec<Option<GroupSecond>>,
    /// By what load and capacity are shown.
    metric: Metric,
    totals: Vec<(Metric, Vec<Option<f64>>)>,
}

/// Answers a question about a group.
pub(super) fn replay(
    world: &World,
    series: &GroupSeries,
    question: &ReplayQuestion,
    now: Timestamp,
) -> Result<Replay, Unanswered> {
    let group = world.scaling_group(question.group).ok_or(Unanswered::Gone)?;
    let record = record(series, group, question, now)?;
    let recording = Recording { seconds: record.seconds.len(), totals: &record.totals };
    let assumed = assumed(question, group, world, &record);
    let capacity = assumed.capacity_per_instance;
    let capacity = capacity.map(|each| Capacity { metric: record.metric, each: each.get() });
    let Assumed { launch_s, warm_up_s, capacity_per_instance: _, min, max, desired } = assumed;
    // The last instance goes by idleness, not by a policy: a replay lets it stand.
    let least = least_by_policies(min);
    let assumptions = Assumptions { min: least, max, desired, launch_s, warm_up_s };
    let policies = &question.policies;
    let Outcome { decisions, course, account: replayed } =
        play(policies, group.settings.cooldown_s, recording, capacity, assumptions);
    let really = record.seconds.iter().map(|second| second.as_ref().map(moment));
    let recorded = account(really, recording, capacity);
    let left_out = decisions.len().saturating_sub(Replay::MAX_DECISIONS);
    let shown = decisions.into_iter().take(Replay::MAX_DECISIONS);
    let seconds = u32::try_from(record.seconds.len()).unwrap_or(u32::MAX);
    let step_s = seconds.div_ceil(Replay::MAX_STEPS).max(1);
    Ok(Replay {
        from: record.from,
        seconds,
        metric: record.metric,
        assumed,
        decisions: shown.filter_map(|one| decision(one, policies, record.from)).collect(),
        decisions_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        replayed,
        recorded,
        step_s,
        series: thinned(&record, &course, step_s),
        notes: notes(&record, question),
    })
}

fn nothing<T>(reason: impl Into<String>) -> Result<T, Unanswered> {
    Err(Unanswered::Nothing { reason: reason.into() })
}

fn record(
    series: &GroupSeries,
    group: &ScalingGroup,
    question: &ReplayQuestion,
    now: Timestamp,
) -> Result<Record, Unanswered> {
    let mut metrics: Vec<Metric> = question.policies.iter().filter_map(metric_of).collect();
    let Some(metric) = metrics.first().copied() else {
        return nothing(
            "no policy here goes by a metric: they are only executed by hand, there is nothing to replay",
        );
    };
    let range_s = question.range_s.get();
    let earliest = now.0.saturating_sub(u64::from(range_s) * 1_000);
    let from = question.from.unwrap_or(Timestamp(earliest));
    let (from, seconds) = series.seconds(group.id, from, range_s as usize);
    if seconds.iter().flatten().all(|second| second.totals.of(metric).is_none()) {
        let name = &group.settings.name;
        return nothing(format!(
            "no {metric} of scaling group {name} is recorded for that time; what a group carries is recorded for two hours, while it is attached to a load balancer and since Elbow started"
        ));
    }
    metrics.sort_unstable();
    metrics.dedup();
    let total =
        |second: &Option<GroupSecond>, metric| second.as_ref()?.totals.of(metric).map(f64::from);
    let totals = metrics
        .into_iter()
        .map(|metric| (metric, seconds.iter().map(|second| total(second, metric)).collect()));
    let totals = totals.collect();
    Ok(Record { from, seconds, metric, totals })
}

/// What is imagined: what the question says, and otherwise the group as it is.
fn assumed(
    question: &ReplayQuestion,
    group: &ScalingGroup,
    world: &World,
    record: &Record,
) -> Assumed {
    let said = question.assumptions;
    let (min, max) =
        (said.min.unwrap_or(group.settings.min), said.max.unwrap_or(group.settings.max));
    let (min, max) = (min.get(), max.get().max(min.get()));
    let first = record.seconds.iter().flatten().next();
    let desired = first.map_or(group.desired.get(), |second| second.desired.into());
    let warm_up_s = said.warm_up_s.unwrap_or(group.settings.warm_up_s);
    Assumed {
        launch_s: said.launch_s.map_or_else(|| usual_launch_s(group, world), |s| s.get()),
        warm_up_s: warm_up_s.get(),
        capacity_per_instance: said
            .capacity_per_instance
            .or_else(|| question.policies.iter().find_map(|policy| target(policy, record.metric))),
        min,
        max,
        desired: desired.clamp(min, max),
    }
}

/// How long the group's instances in service took from their record to their service: the median.
fn usual_launch_s(group: &ScalingGroup, world: &World) -> u32 {
    let took = |instance: &Instance| instance.phase_since.since(instance.created_at).as_secs();
    let launched = world
        .instances_of(group.id)
        .filter(|one| one.phase == Phase::InService && one.origin.template().is_some());
    let mut seconds: Vec<u64> = launched.map(|instance| took(instance)).collect();
    seconds.sort_unstable();
    let median = seconds.get(seconds.len() / 2).map(|seconds| seconds + 1);
    median.map_or(USUAL_LAUNCH_S, |seconds| {
        u32::try_from(seconds).unwrap_or(u32::MAX).min(LaunchSeconds::MAX)
    })
}

/// What a policy keeps an instance at, if it tracks this metric.
fn target(policy: &PolicySettings, metric: Metric) -> Option<Quantity> {
    match &policy.rule {
        ScalingRule::TargetTracking(rule) if rule.metric == metric => Some(rule.target),
        ScalingRule::TargetTracking(_) | ScalingRule::Simple { .. } | ScalingRule::Step { .. } => {
            None
        }
    }
}

fn moment(second: &GroupSecond) -> Moment {
    let GroupSecond { desired, instances, in_service: _, serving, totals: _ } = *second;
    Moment { desired: desired.into(), instances: instances.into(), serving: serving.into() }
}

/// A decision as it is told; a policy that is not among those asked about decided nothing.
fn decision(
    decided: Decided,
    policies: &[PolicySettings],
    from: Timestamp,
) -> Option<ReplayedDecision> {
    let Decided { second, from: before, decision } = decided;
    let (to, policy, found, refused) = match decision {
        Decision::Stay => return None,
        Decision::Scale { to, policy, evidence } => (to, policy, evidence, None),
        Decision::NotScaled { wanted, policy, evidence, why } => {
            (wanted, policy, evidence, Some(shifted(why, from)))
        }
    };
    let policy = policies.get(policy)?;
    let evidence = Evidence {
        metric: metric_of(policy)?,
        value: Quantity::measured(found.value),
        compared_with: Some(Quantity::measured(found.compared_with)),
        window_s: found.window_s,
    };
    let at = Timestamp(from.0 + u64::from(second) * 1_000);
    let policy = policy.name.clone();
    Some(ReplayedDecision { at, from: before, to, policy, evidence, refused })
}

/// A replay counts from its beginning.
fn shifted(why: NotScaled, from: Timestamp) -> NotScaled {
    let moved = |until: Timestamp| Timestamp(from.0.saturating_add(until.0));
    match why {
        NotScaled::Cooldown { until } => NotScaled::Cooldown { until: moved(until) },
        NotScaled::BreakerOpen { until } => NotScaled::BreakerOpen { until: moved(until) },
        other => other,
    }
}

fn thinned(record: &Record, course: &[Moment], step_s: u32) -> Vec<ReplayStep> {
    let loads = record.totals.iter().find(|(metric, _)| *metric == record.metric);
    let loads = loads.map(|(_, totals)| totals.as_slice()).unwrap_or_default();
    let step = step_s as usize;
    let chunks = loads.chunks(step).zip(course.chunks(step)).zip(record.seconds.chunks(step));
    chunks.map(|((loads, course), seconds)| thin(loads, course, seconds)).collect()
}

/// Some seconds as one step.
fn thin(loads: &[Option<f64>], course: &[Moment], seconds: &[Option<GroupSecond>]) -> ReplayStep {
    let known: Vec<f64> = loads.iter().copied().flatten().collect();
    let replayed = course.last().copied().unwrap_or_default();
    let recorded = seconds.iter().rev().flatten().next().map(moment);
    ReplayStep {
        load: (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64),
        replayed_desired: replayed.desired,
        replayed_serving: replayed.serving,
        recorded_desired: recorded.map(|moment| moment.desired),
        recorded_serving: recorded.map(|moment| moment.serving),
    }
}

/// What limits the answer.
fn notes(record: &Record, question: &ReplayQuestion) -> Vec<String> {
    let mut notes = Vec::new();
    let wanted = question.range_s.get() as usize;
    if record.seconds.len() + SLACK_S < wanted {
        let length = record.seconds.len();
        notes
            .push(format!("only {length} s of the {wanted} s are recorded, since {}", record.from));
    }
    for (metric, totals) in &record.totals {
        let unknown = totals.iter().filter(|total| total.is_none()).count();
        if unknown > 0 {
            notes.push(format!("{metric} is unknown in {unknown} of {} s", totals.len()));
        }
        if !metric.is_shared() {
            notes.push(format!(
                "{metric} is played as it was: what it would have been with other numbers of instances, nobody can know"
            ));
        }
    }
    notes
}
