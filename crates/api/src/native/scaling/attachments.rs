//! `POST /v1/scaling-groups/{id}/attach-load-balancers` and its three siblings: all of a request or none.

use axum::extract::{Path, State};
use axum::response::Response;
use elbow_model::attachment::AttachmentFault;
use elbow_model::change::Edit;
use elbow_model::change::scaling::ScalingEdit;
use elbow_model::rejection::Rejection;
use elbow_model::rights::Asker;
use elbow_model::value::LoadBalancerId;
use elbow_model::world::World;

use super::settle::{seen, settle};
use super::{answer, find};
use crate::decode::{Errors, Fields};
use crate::native::errors::Refusal;
use crate::native::read;
use crate::native::read::scaling::attachment::{self, Named, Request};
use crate::native::submission::Submission;
use crate::problem::Problem;
use crate::state::ApiState;

type Read = fn(Fields<'_>, &World, Asker) -> Request;

/// `POST .. /attach-load-balancers`.
pub(in crate::native) async fn attach_load_balancers(
    state: State<ApiState>,
    path: Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    attach(state, path, submission, attachment::load_balancers, "load_balancers").await
}

/// `POST .. /attach-vserver-groups`.
pub(in crate::native) async fn attach_vserver_groups(
    state: State<ApiState>,
    path: Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    attach(state, path, submission, attachment::vserver_groups, "vserver_groups").await
}

/// `POST .. /detach-load-balancers`.
pub(in crate::native) async fn detach_load_balancers(
    state: State<ApiState>,
    path: Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    detach(state, path, submission, attachment::load_balancers, "load_balancers").await
}

/// `POST .. /detach-vserver-groups`.
pub(in crate::native) async fn detach_vserver_groups(
    state: State<ApiState>,
    path: Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    detach(state, path, submission, attachment::vserver_groups, "vserver_groups").await
}

async fn attach(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
    read: Read,
    list: &'static str,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let ledger = state.ledger.clone();
    let world = ledger.world();
    let id = find(&world, asker, &reference)?.id;
    let errors = Errors::default();
    let first = read::body(&body, &errors, |fields| read(fields, &world, asker));
    settle(&ledger, first.map(|request| balancers(&request)).unwrap_or_default()).await;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            precondition.hold(find(world, asker, &id.to_string())?.revision)?;
            let errors = Errors::default();
            let request = read::body(&body, &errors, |fields| read(fields, world, asker));
            let request = read::finish(errors, request)?;
            attachment::found(&request.named, list)?;
            let seen = seen(&ledger, world, balancers(&request));
            let Request { named, present } = request;
            let attachments = named.into_iter().map(Named::new_attachment).collect();
            Ok(vec![Edit::Scaling(ScalingEdit::Attach { group: id, attachments, present, seen })])
        })
        .await
        .map_err(|refusal| place(refusal, list))?;
    answer(&state, &done, id)
}

async fn detach(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
    read: Read,
    list: &'static str,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let asker = caller.asker();
    let id = find(&state.ledger.world(), asker, &reference)?.id;
    let precondition = terms.precondition.clone();
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let group = find(world, asker, &id.to_string())?;
            precondition.hold(group.revision)?;
            let errors = Errors::default();
            let request = read::body(&body, &errors, |fields| read(fields, world, asker));
            let Request { named, present } = read::finish(errors, request)?;
            attachment::found(&named, list)?;
            let mut attachments = Vec::new();
            for (index, named) in named.into_iter().enumerate() {
                let (before, balancer) = (attachments.len(), named.load_balancer);
                attachments.extend(named.of(group, world));
                if attachments.len() == before {
                    return Err(not_attached(world, list, index, balancer).into());
                }
            }
            Ok(vec![Edit::Scaling(ScalingEdit::Detach { group: id, attachments, present })])
        })
        .await?;
    answer(&state, &done, id)
}

fn balancers(request: &Request) -> Vec<LoadBalancerId> {
    request.named.iter().map(|named| named.load_balancer).collect()
}

fn not_attached(world: &World, list: &str, index: usize, balancer: LoadBalancerId) -> Rejection {
    let name = world.load_balancer(balancer).map(|balancer| balancer.settings.name.to_string());
    let reference = name.unwrap_or_else(|| balancer.to_string());
    let fault = AttachmentFault::NotFound { what: "attachment to load balancer", reference };
    Rejection::Attachment { field: format!("{list}[{index}]"), fault }
}

/// A refusal with its fields as the body has them.
fn place(refusal: Refusal, list: &str) -> Refusal {
    let Refusal::Rejected(_) = &refusal else { return refusal };
    let mut problem = Problem::from(refusal);
    for error in &mut problem.errors {
        let field = error.field.replace("attachments[", &format!("{list}["));
        error.field = match list {
            "load_balancers" => field.replace(".load_balancer", ""),
            _ => field,
        };
    }
    problem.into()
}
