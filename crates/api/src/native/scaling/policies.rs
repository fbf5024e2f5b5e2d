//! `/v1/scaling-groups/{id}/policies` and `/v1/policies/{id}`, and executing one by hand.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use elbow_model::change::Edit;
use elbow_model::change::scaling::{Guarding, ScalingEdit};
use elbow_model::policy::{Policy, PolicySettings, ScalingRule};
use elbow_model::rejection::ResourceKind;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{PolicyId, Quantity, Revision, ScalingGroupId};
use elbow_model::world::World;
use uuid::Uuid;

use super::answer;
use super::children::{self, Child};
use crate::decode::{Errors, Fields};
use crate::native::errors::Refusal;
use crate::native::read as reading;
use crate::native::read::scaling::{policy as read, quantity};
use crate::native::shape::Reference;
use crate::native::shape::scaling::policy as shape;
use crate::native::submission::{Action, Submission};
use crate::state::ApiState;

impl Child for Policy {
    type Id = PolicyId;
    type Settings = PolicySettings;
    type Shape = shape::Policy;

    const KIND: ResourceKind = ResourceKind::Policy;
    const PATH: &'static str = "/v1/policies";

    fn all(group: &ScalingGroup) -> &[Self] {
        &group.policies
    }

    fn group(world: &World, id: PolicyId) -> Option<&Arc<ScalingGroup>> {
        world.of_policy(id)
    }

    fn id(&self) -> PolicyId {
        self.id
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn settings(&self) -> &PolicySettings {
        &self.settings
    }

    fn shape(&self, group: Reference) -> shape::Policy {
        shape::Policy::new(self, group)
    }

    fn read_new(fields: Fields<'_>) -> Option<PolicySettings> {
        read::new(fields)
    }

    fn read_patch(fields: Fields<'_>, settings: PolicySettings) -> Option<PolicySettings> {
        read::patch(fields, settings)
    }

    fn add(group: ScalingGroupId, id: PolicyId, settings: PolicySettings) -> ScalingEdit {
        ScalingEdit::AddPolicy { group, id, settings }
    }

    fn edit(id: PolicyId, settings: PolicySettings) -> ScalingEdit {
        ScalingEdit::EditPolicy { id, settings }
    }

    fn delete(id: PolicyId) -> ScalingEdit {
        ScalingEdit::DeletePolicy { id }
    }
}

/// `POST .. /execute`: does once what the policy says.
pub(in crate::native) async fn execute(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    Action(submission): Action,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let errors = Errors::default();
    let wish = reading::body(&body, &errors, execution);
    let (guarding, given) = reading::finish(errors, wish)?;
    let (group, id, measured) = {
        let world = state.ledger.world();
        let (group, policy) = children::find::<Policy>(&world, asker, &reference)?;
        (group.id, policy.id, last_value(&state, group, policy))
    };
    let value = given.or(measured);
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let (_, policy) = children::find::<Policy>(world, asker, &id.to_string())?;
            precondition.hold(policy.revision)?;
            let activity = Uuid::now_v7().into();
            let edit = ScalingEdit::ExecutePolicy { id, value, guarding, activity };
            Ok(vec![Edit::Scaling(edit)])
        })
        .await?;
    answer(&state, &done, group)
}

/// Reads `{"force": true, "value": 12}`.
fn execution(fields: Fields<'_>) -> (Guarding, Option<Quantity>) {
    let mut guarding = Guarding::Respected;
    fields.set_or("force", &mut guarding, Guarding::Respected, |at| {
        Some(if at.boolean()? { Guarding::Ignored } else { Guarding::Respected })
    });
    let value = fields.present("value").and_then(quantity);
    fields.finish(&[]);
    (guarding, value)
}

/// The last value of what a policy goes by, for one instance where instances share it.
fn last_value(state: &ApiState, group: &ScalingGroup, policy: &Policy) -> Option<Quantity> {
    let metric = match &policy.settings.rule {
        ScalingRule::Step { alarm, .. } => alarm.metric,
        ScalingRule::Simple { .. } | ScalingRule::TargetTracking(_) => return None,
    };
    let value = state.ledger.series().groups().last(group.id)?.each(metric)?;
    Some(Quantity::measured(value.into()))
}
