//! Metrics of scaling groups. The counters start anew with the process, as Prometheus expects of counters.

use elbow_model::instance::{Instance, InstanceStatus};
use elbow_model::observed::Observed;
use elbow_model::scaling_group::{Breaker, ScalingGroup};
use elbow_model::status;
use elbow_model::world::World;
use elbow_store::series::{GroupCounters, GroupCounts};

use super::text::{Family, Kind, Text};
use super::{Labels, borrowed, with};

/// The most groups that are shown one by one.
const MAX_GROUPS: usize = 2_000;

/// A group with its labels.
struct Shown<'a> {
    labels: Labels,
    group: &'a ScalingGroup,
    counts: GroupCounts,
}

/// Writes the lines of all groups; how many groups were left out.
pub(super) fn groups(
    text: &mut Text,
    world: &World,
    observed: &Observed,
    counters: &GroupCounters,
) -> usize {
    let shown: Vec<Shown<'_>> = world
        .scaling_groups()
        .take(MAX_GROUPS)
        .map(|group| {
            let project = world.project(group.project);
            let project = project.map_or_else(String::new, |project| project.name.to_string());
            let name = group.settings.name.to_string();
            let labels = vec![("project", project), ("scaling_group", name)];
            Shown { labels, group, counts: counters.of(group.id) }
        })
        .collect();
    gauges(text, &shown, world, observed);
    instances(text, &shown, world);
    totals(text, &shown);
    activities(text, &shown);
    world.scaling_groups().count().saturating_sub(shown.len())
}

fn gauges(text: &mut Text, shown: &[Shown<'_>], world: &World, observed: &Observed) {
    type Value = fn(&ScalingGroup) -> u32;
    let rows: [(&str, &str, Value); 5] = [
        ("elbow_scaling_group_desired_instances", "Instances that there shall be.", |g| {
            g.desired.get()
        }),
        ("elbow_scaling_group_min_instances", "The fewest instances.", |g| g.settings.min.get()),
        ("elbow_scaling_group_max_instances", "The most instances.", |g| g.settings.max.get()),
        (
            "elbow_scaling_group_breaker_open",
            "1 while no instance is launched after failures.",
            |g| u32::from(matches!(g.breaker, Breaker::Open { .. })),
        ),
        ("elbow_scaling_group_launch_failures_in_a_row", "Launches that failed in a row.", |g| {
            g.breaker.failures()
        }),
    ];
    for (name, help, value) in rows {
        let mut samples = text.family(&Family::new(name, Kind::Gauge, help));
        for one in shown {
            samples.sample(&borrowed(&one.labels), f64::from(value(one.group)));
        }
    }
    let help = "Instances in service that pass the checks of their pools.";
    let family = Family::new("elbow_scaling_group_healthy_instances", Kind::Gauge, help);
    let mut samples = text.family(&family);
    for one in shown {
        let healthy = world
            .instances_of(one.group.id)
            .filter(|instance| status::is_healthy(instance, world, observed));
        samples.sample(&borrowed(&one.labels), healthy.count() as f64);
    }
}

fn instances(text: &mut Text, shown: &[Shown<'_>], world: &World) {
    let family = Family::new("elbow_scaling_group_instances", Kind::Gauge, "Instances by status.");
    let mut samples = text.family(&family);
    for one in shown {
        for status in InstanceStatus::ALL {
            let is_so = |instance: &&std::sync::Arc<Instance>| instance.status() == status;
            let count = world.instances_of(one.group.id).filter(is_so).count();
            let word = status.to_string();
            samples.sample(&with(&one.labels, ("status", &word)), count as f64);
        }
    }
}

fn totals(text: &mut Text, shown: &[Shown<'_>]) {
    type Value = fn(&GroupCounts) -> u64;
    let rows: [(&str, &str, Value); 3] = [
        ("elbow_scaling_group_launches_total", "Instances that were to be launched.", |c| {
            c.launches
        }),
        ("elbow_scaling_group_launch_failures_total", "Launches that came to nothing.", |c| {
            c.launch_failures
        }),
        ("elbow_scaling_group_terminations_total", "Launched instances that are gone.", |c| {
            c.terminations
        }),
    ];
    for (name, help, value) in rows {
        let mut samples = text.family(&Family::new(name, Kind::Counter, help));
        for one in shown {
            samples.sample(&borrowed(&one.labels), value(&one.counts) as f64);
        }
    }
}

fn activities(text: &mut Text, shown: &[Shown<'_>]) {
    let help = "Activities that have their result, by cause and result.";
    let family = Family::new("elbow_scaling_group_activities_total", Kind::Counter, help);
    let mut samples = text.family(&family);
    for one in shown {
        for ((cause, result), count) in &one.counts.activities {
            let labels = with(&one.labels, ("cause", cause));
            let labels: Vec<(&str, &str)> =
                labels.into_iter().chain([("result", *result)]).collect();
            samples.sample(&labels, *count as f64);
        }
    }
}
