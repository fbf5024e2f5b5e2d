//! Instances in service that are broken, and which of them are replaced now. When most fail their checks at once, the
//! check or something behind all of them is the likelier culprit: then one is replaced at a time, and the next only
//! when the replacement serves.

use elbow_model::activity::{ActivityResult, Cause};
use elbow_model::change::scaling::{NewActivity, ScalingEdit};
use elbow_model::instance::Phase;
use elbow_model::scaling_group::{HealthCheckKind, ScalingProcess};
use elbow_model::value::{ActivityId, InstanceId, Note};

use super::{Checks, DriverSight, Seen, Sight, life};

/// An instance to replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) instance: InstanceId,
    pub(super) why: String,
    /// Whether its driver says that it does not run: nothing is lost by replacing it.
    is_dead: bool,
}

/// Instances to replace now.
pub(super) fn to_replace(sight: &Sight<'_>) -> Vec<Broken> {
    if !sight.group.does(ScalingProcess::HealthCheck) {
        return Vec::new();
    }
    let serving = || sight.instances.iter().filter(|seen| seen.instance.phase == Phase::InService);
    let mut broken: Vec<Broken> = serving().filter_map(|seen| diagnose(sight, seen)).collect();
    let sick = broken.iter().filter(|found| !found.is_dead).count();
    if sick > 1 && sick * 2 > serving().count() {
        let is_settled =
            |seen: &Seen<'_>| matches!(seen.instance.phase, Phase::InService | Phase::Standby);
        let mut may_take_one = sight.instances.iter().all(is_settled);
        broken.retain(|found| found.is_dead || std::mem::take(&mut may_take_one));
    }
    broken
}

fn diagnose(sight: &Sight<'_>, seen: &Seen<'_>) -> Option<Broken> {
    let instance = seen.instance;
    if instance.protected {
        return None;
    }
    let found =
        |why: &str, is_dead| Some(Broken { instance: instance.id, why: why.to_owned(), is_dead });
    match &seen.driver {
        DriverSight::Ended { why } => return found(why, true),
        DriverSight::Absent | DriverSight::Terminated if life::is_launched(instance) => {
            return found("its driver no longer knows it", true);
        }
        DriverSight::Absent
        | DriverSight::Terminated
        | DriverSight::Unknown
        | DriverSight::Starting
        | DriverSight::Running { .. }
        | DriverSight::Hopeless { .. } => {}
    }
    match (&seen.checks, sight.group.settings.health_check) {
        (Checks::Unhealthy { why }, HealthCheckKind::LoadBalancer) => found(why, false),
        _ => None,
    }
}

impl Broken {
    /// The record of its replacement.
    pub(super) fn activity(&self, sight: &Sight<'_>, id: ActivityId) -> ScalingEdit {
        ScalingEdit::RecordActivity(NewActivity {
            id,
            group: sight.group.id,
            cause: Cause::Health,
            after: sight.group.desired,
            instance: Some(self.instance),
            evidence: Vec::new(),
            result: ActivityResult::Successful,
            text: Note::new(format!("replacing an instance: {}", self.why)),
        })
    }
}
