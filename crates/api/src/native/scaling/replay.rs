//! `POST /v1/scaling-groups/{id}/replay`: what policies would have made of the load that was recorded. It changes
//! nothing.

use axum::Json;
use axum::extract::{Path, State};

use super::{answer_of, find};
use crate::decode::Errors;
use crate::native::errors::Refusal;
use crate::native::read;
use crate::native::read::scaling::replay as reading;
use crate::native::shape::Reference;
use crate::native::shape::scaling::replay::Replay;
use crate::native::submission::{Action, Submission};
use crate::state::ApiState;

/// `POST .. /replay`.
pub(in crate::native) async fn replay(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Action(submission): Action,
) -> Result<Json<Replay>, Refusal> {
    let Submission { caller, body, terms: _ } = submission;
    let (question, group) = {
        let world = state.ledger.world();
        let group = find(&world, caller.asker(), &reference)?;
        let errors = Errors::default();
        let question = read::body(&body, &errors, |fields| reading::question(fields, group));
        let question = read::finish(errors, question.flatten())?;
        (question, Reference::new(group.id, &group.settings.name))
    };
    let names = question.policies.iter().map(|policy| policy.name.to_string()).collect();
    let answer = state.questions.replay(question).await;
    let replay = answer.map_err(|why| answer_of(why, "NOT_RECORDED"))?;
    Ok(Json(Replay::new(replay, group, names)))
}
