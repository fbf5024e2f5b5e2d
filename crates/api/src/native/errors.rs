//! From refusals to the native dialect's statuses and codes: one exhaustive match.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use elbow_model::rejection::Rejection;
use elbow_store::ledger::CommitError;

use crate::problem::{FieldError, Problem};

/// Why a request is not carried out.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// A rule of the model is against it.
    Rejected(Rejection),
    /// Fields of its body are wrong.
    Fields(Vec<FieldError>),
    /// Anything that concerns HTTP itself.
    Problem(Problem),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Vec<FieldError>> for Refusal {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Fields(errors)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Rejected(rejection) => Self::Rejected(rejection),
            CommitError::Trouble(reason) => {
                tracing::error!(%reason, "a change was not stored");
                let detail = "the change was not stored, nothing is different; try again, the operator's log says more";
                let problem =
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "STORE_UNAVAILABLE", detail);
                Self::Problem(problem.retry_after(1))
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => problem(&rejection),
            Refusal::Fields(errors) => Self::invalid(errors),
            Refusal::Problem(problem) => problem,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

fn problem(rejection: &Rejection) -> Problem {
    let (status, code) = code(rejection);
    let reason = rejection.to_string();
    let Some(field) = rejection.field() else { return Problem::new(status, code, reason) };
    let detail = match rejection {
        Rejection::Invalid { .. } if !field.is_empty() => format!("`{field}`: {reason}"),
        _ => reason.clone(),
    };
    Problem {
        errors: vec![FieldError { field: field.to_owned(), reason }],
        ..Problem::new(status, code, detail)
    }
}

/// Status and stable code of each rejection: 404 for the request's own object, 409 for a conflict with what exists,
/// 412 for an unseen change, 422 for a value outside its rules, 507 for a quota.
fn code(rejection: &Rejection) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match rejection {
        Rejection::Invalid { .. } => (S::UNPROCESSABLE_ENTITY, "INVALID"),
        Rejection::NotFound { field: None, .. } => (S::NOT_FOUND, "NOT_FOUND"),
        Rejection::NotFound { field: Some(_), .. } => (S::UNPROCESSABLE_ENTITY, "NOT_FOUND"),
        Rejection::Ambiguous { .. } => (S::CONFLICT, "AMBIGUOUS_NAME"),
        Rejection::DriverNotEnabled { .. } => (S::FORBIDDEN, "DRIVER_NOT_ENABLED"),
        Rejection::LastOperator { .. } => (S::CONFLICT, "LAST_OPERATOR"),
        Rejection::UnfitOwner { .. } => (S::CONFLICT, "UNFIT_OWNER"),
        Rejection::Forbidden { .. } => (S::FORBIDDEN, "FORBIDDEN"),
        Rejection::NameTaken { .. } => (S::CONFLICT, "NAME_TAKEN"),
        Rejection::PortInUse { .. } => (S::CONFLICT, "PORT_TAKEN"),
        Rejection::AddressInUse { .. } => (S::CONFLICT, "ADDRESS_TAKEN"),
        Rejection::PortTaken { .. } => (S::CONFLICT, "PORT_TAKEN"),
        Rejection::VipTaken { .. } => (S::CONFLICT, "VIP_TAKEN"),
        Rejection::VipOutside { .. } => (S::UNPROCESSABLE_ENTITY, "VIP_OUTSIDE_NETWORK"),
        Rejection::VipHeldBack { .. } => (S::CONFLICT, "VIP_HELD_BACK"),
        Rejection::NetworkFull { .. } => (S::CONFLICT, "NETWORK_FULL"),
        Rejection::NetworkOverlap { .. } => (S::CONFLICT, "NETWORK_OVERLAP"),
        Rejection::ProtocolOutsideKind { .. } => (S::UNPROCESSABLE_ENTITY, "PROTOCOL_OUTSIDE_TYPE"),
        Rejection::CertificateMissing { .. } => (S::UNPROCESSABLE_ENTITY, "CERTIFICATE_MISSING"),
        Rejection::MemberTaken { .. } => (S::CONFLICT, "MEMBER_TAKEN"),
        Rejection::PriorityTaken { .. } => (S::CONFLICT, "PRIORITY_TAKEN"),
        Rejection::Immutable { .. } => (S::UNPROCESSABLE_ENTITY, "IMMUTABLE"),
        Rejection::InUse { .. } => (S::CONFLICT, "IN_USE"),
        Rejection::Protected { .. } => (S::CONFLICT, "PROTECTED"),
        Rejection::MemberOfGroup { .. } => (S::CONFLICT, "MEMBER_OF_GROUP"),
        // Preconditions of attaching are conflicts, a missing load balancer and a used-up quota too.
        Rejection::Attachment { fault, .. } => (S::CONFLICT, fault.code().as_str()),
        Rejection::NetworkTypeImmutable { .. } => (S::CONFLICT, "NETWORK_TYPE_IMMUTABLE"),
        Rejection::GroupNotActive { .. } => (S::CONFLICT, "GROUP_NOT_ACTIVE"),
        Rejection::NotScaled { why, .. } => (S::CONFLICT, why.code()),
        Rejection::Suspended { .. } => (S::CONFLICT, "SUSPENDED"),
        Rejection::CapacityBound { .. } => (S::CONFLICT, "CAPACITY_BOUND"),
        Rejection::InstanceStatus { .. } => (S::CONFLICT, "INSTANCE_STATUS"),
        Rejection::AddressTaken { .. } => (S::CONFLICT, "ADDRESS_TAKEN"),
        Rejection::QuotaExceeded { .. } => (S::INSUFFICIENT_STORAGE, "QUOTA_EXCEEDED"),
        Rejection::RevisionMismatch { .. } => (S::PRECONDITION_FAILED, "REVISION_MISMATCH"),
        Rejection::RequestKeyReused { .. } => (S::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED"),
    }
}
