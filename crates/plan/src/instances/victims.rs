//! Whom a scale-in takes: first what does not serve yet, then by the group's removal policies, each deciding among
//! those that the one before left equal.

use std::cmp::Reverse;

use elbow_model::instance::{InstanceStatus, Phase};
use elbow_model::scaling_group::RemovalPolicy;

use super::{Seen, Sight};

/// The first `count` instances to take; fewer if the rest is protected or on standby.
pub(super) fn pick<'s>(sight: &'s Sight<'_>, count: usize) -> Vec<&'s Seen<'s>> {
    let mut eligible: Vec<&Seen<'_>> = sight
        .instances
        .iter()
        .filter(|seen| seen.instance.phase.counts() && !seen.instance.protected)
        .filter(|seen| seen.instance.status() != InstanceStatus::Standby)
        .collect();
    let policies = sight.group.settings.removal_policies.as_slice();
    eligible.sort_by_cached_key(|seen| {
        let ranks: Vec<u64> = policies.iter().map(|policy| rank(*policy, seen)).collect();
        // Of equals, the newest goes: the oldest is the best known.
        (seen.instance.phase == Phase::InService, ranks, Reverse(seen.instance.number))
    });
    eligible.truncate(count);
    eligible
}

/// Lower goes first.
fn rank(policy: RemovalPolicy, seen: &Seen<'_>) -> u64 {
    let instance = seen.instance;
    match policy {
        RemovalPolicy::CheapestToDrain => seen.in_flight,
        RemovalPolicy::OldestInstance => instance.created_at.0,
        RemovalPolicy::NewestInstance => u64::MAX - instance.created_at.0,
        // What people attached is of no template and goes last.
        RemovalPolicy::OldestTemplate => {
            instance.origin.template().map_or(u64::MAX, |version| version.0.into())
        }
    }
}
