//! What came of activities that are in progress: a change of the desired count has done what it was to do once so many
//! instances serve and nothing is on its way; a later one takes an earlier one's place.

use elbow_model::activity::{Activity, ActivityResult};
use elbow_model::change::scaling::ScalingEdit;
use elbow_model::instance::Phase;
use elbow_model::scaling_group::Breaker;
use elbow_model::value::Note;

use super::{Action, Sight};

pub(super) fn settle(sight: &Sight<'_>) -> Vec<Action> {
    let is_open = |activity: &&&Activity| {
        activity.result == ActivityResult::InProgress && activity.instance.is_none()
    };
    let mut open = sight.activities.iter().filter(is_open);
    let Some(newest) = open.next() else { return Vec::new() };
    let replaced = "a later change took its place";
    let mut actions: Vec<Action> =
        open.map(|earlier| end(earlier, ActivityResult::Cancelled, replaced)).collect();
    actions.extend(outcome(sight, newest));
    actions
}

fn outcome(sight: &Sight<'_>, activity: &Activity) -> Option<Action> {
    let serves = |phase: &Phase| matches!(phase, Phase::InService | Phase::Standby);
    let serving = sight.instances.iter().filter(|seen| serves(&seen.instance.phase)).count();
    let serving = u32::try_from(serving).unwrap_or(u32::MAX);
    let wanted = sight.group.desired.get();
    if serving == wanted && sight.instances.len() == wanted as usize {
        let text = match wanted {
            1 => "1 instance serves".to_owned(),
            _ => format!("{wanted} instances serve"),
        };
        return Some(end(activity, ActivityResult::Successful, &text));
    }
    match sight.group.breaker {
        Breaker::Open { failures, .. } if failures >= Breaker::TRIES && serving < wanted => {
            let text = format!(
                "{failures} launches failed in a row; {serving} of {wanted} instances serve"
            );
            Some(end(activity, ActivityResult::Failed, &text))
        }
        _ => None,
    }
}

fn end(activity: &Activity, result: ActivityResult, text: &str) -> Action {
    let text = Note::new(text);
    Action::Commit(vec![ScalingEdit::EndActivity { id: activity.id, result, text }])
}
