//! Reads what to replay.

use elbow_model::policy::{Policy, PolicySettings};
use elbow_model::questions::{ReplayAssumptions, ReplayQuestion, ReplaySeconds};
use elbow_model::scaling_group::ScalingGroup;

use super::super::bounded;
use super::{policy, quantity, time};
use crate::decode::{At, Fields};

/// Reads a question about a group. Without policies it is about those that the group follows.
pub(in crate::native) fn question(
    fields: Fields<'_>,
    group: &ScalingGroup,
) -> Option<ReplayQuestion> {
    let most = ReplayQuestion::MAX_POLICIES;
    let given = fields
        .present("policies")
        .map(|at| at.list_of(most, |at: At<'_>| policy::new(at.object()?)));
    let saved = fields.present("policy").map(|at| saved(&at, group));
    let from = fields.present("from").and_then(time);
    let mut range_s = ReplaySeconds::constant::<3_600>();
    fields.set_or("range_s", &mut range_s, ReplaySeconds::constant::<3_600>(), bounded);
    let said = fields.present("assumptions").map(|at| assumptions(&at, group));
    let is_about_own = given.is_none() && saved.is_none();
    let mut policies = match given {
        Some(given) => given?,
        None => Vec::new(),
    };
    if let Some(saved) = saved {
        policies.push(saved?);
    }
    if is_about_own {
        let followed = group.policies.iter().filter(|policy| policy.settings.enabled);
        policies.extend(followed.map(|policy| policy.settings.clone()));
    }
    if policies.is_empty() {
        return fields.wrong(
            "policies",
            "the group follows no policy; give `policies` to try, or `policy`, one of the group's own",
        );
    }
    policies.truncate(most);
    fields.finish(&[]);
    let assumptions = match said {
        Some(said) => said?,
        None => ReplayAssumptions::default(),
    };
    Some(ReplayQuestion { group: group.id, policies, from, range_s, assumptions })
}

/// One of the group's own policies, by name or id.
fn saved(at: &At<'_>, group: &ScalingGroup) -> Option<PolicySettings> {
    let text = at.text()?;
    let is_meant =
        |policy: &&Policy| policy.settings.name.as_str() == text || policy.id.to_string() == text;
    match group.policies.iter().find(is_meant) {
        Some(policy) => Some(policy.settings.clone()),
        None => {
            let text: String = text.chars().take(80).collect();
            let (name, text) = (&group.settings.name, text.escape_debug());
            at.wrong(format!("scaling group {name} has no policy `{text}`"))
        }
    }
}

fn assumptions(at: &At<'_>, group: &ScalingGroup) -> Option<ReplayAssumptions> {
    let fields = at.object()?;
    let mut read = ReplayAssumptions::default();
    fields.set_option("launch_s", &mut read.launch_s, bounded);
    fields.set_option("warm_up_s", &mut read.warm_up_s, bounded);
    fields.set_option("capacity_per_instance", &mut read.capacity_per_instance, quantity);
    fields.set_option("min", &mut read.min, bounded);
    fields.set_option("max", &mut read.max, bounded);
    let min = read.min.unwrap_or(group.settings.min);
    let max = read.max.unwrap_or(group.settings.max);
    if min > max {
        return fields.wrong("min", format!("{min} is above the max, {max}"));
    }
    if let Some(each) = read.capacity_per_instance.filter(|each| each.get() <= 0.0) {
        return fields.wrong("capacity_per_instance", format!("{each} is not above 0"));
    }
    fields.finish(&[]);
    Some(read)
}
