//! Members as the native dialect shows them.

use std::collections::HashMap;

use elbow_model::attachment::Registration;
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::member::{self as model, MemberSettings};
use elbow_model::observed::{FailedCheck, Observed};
use elbow_model::pool::Pool;
use elbow_model::status;
use elbow_model::value::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

use super::words::{Duty, MemberHealth};
use super::{Reference, View};

/// A server in a pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Member {
    #[schema(read_only)]
    id: String,
    /// For people; need not be unique.
    name: Option<String>,
    /// Its unicast IP address; fixed at creation.
    address: String,
    /// Its port, fixed at creation; each listener's own port if null.
    port: Option<u16>,
    /// Its share of the traffic: 0 (drain) to 256.
    #[schema(required = false, default = 1)]
    weight: u16,
    /// Whether it only serves while no other member can.
    #[schema(required = false, default = false)]
    backup: bool,
    /// Whether it gets new work.
    #[schema(required = false, default = true)]
    enabled: bool,
    #[schema(read_only)]
    health: MemberHealth,
    /// Since when its checks say so.
    #[schema(read_only)]
    health_since: Option<String>,
    /// The last check that failed.
    #[schema(read_only)]
    last_failure: Option<LastFailure>,
    /// Requests (TCP: connections) that it works on now.
    #[schema(read_only)]
    in_flight: u64,
    /// The scaling group that put it there, if one did.
    #[schema(read_only)]
    registered_by: Option<RegisteredBy>,
    /// Left out inside a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    pool: Option<Reference>,
    /// Left out inside a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    load_balancer: Option<Reference>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// That a scaling group put a member into its pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct RegisteredBy {
    scaling_group: Reference,
    /// The id of the instance that it is.
    instance: String,
    duty: Duty,
}

/// A check that failed, as evidence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct LastFailure {
    at: String,
    /// What was done.
    attempt: String,
    /// What came of it.
    outcome: String,
}

/// Requests in flight by member.
#[derive(Debug, Default)]
pub(in crate::native) struct InFlight(HashMap<MemberId, u64>);

impl InFlight {
    pub(in crate::native) fn of(balancer: &LoadBalancer, observed: &Observed) -> Self {
        let counters = observed.counters.get(&balancer.id);
        let members = counters.map(|counters| counters.members.as_slice()).unwrap_or_default();
        Self(members.iter().map(|(id, counters)| (*id, counters.in_flight)).collect())
    }
}

impl Member {
    /// As part of its pool.
    pub(in crate::native) fn inside(
        member: &model::Member,
        pool: &Pool,
        in_flight: &InFlight,
        view: View<'_>,
    ) -> Self {
        let observed = view.observed;
        let model::Member { id, created_at, updated_at, revision, settings, registered_by } =
            member;
        let MemberSettings { name, address, port, weight, backup, enabled } = settings;
        let seen = observed.members.get(id).filter(|_| pool.active_monitor().is_some());
        Self {
            id: id.to_string(),
            name: name.as_ref().map(ToString::to_string),
            address: address.get().to_string(),
            port: port.map(|port| port.get()),
            weight: weight.get(),
            backup: *backup,
            enabled: *enabled,
            health: status::of_member(member, pool, observed).into(),
            health_since: seen.map(|seen| seen.since.to_string()),
            last_failure: seen.and_then(|seen| seen.last_failure.as_ref()).map(LastFailure::from),
            in_flight: in_flight.0.get(id).copied().unwrap_or(0),
            registered_by: registered_by.map(|by| RegisteredBy::new(by, view)),
            pool: None,
            load_balancer: None,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }

    /// By itself.
    pub(in crate::native) fn alone(
        member: &model::Member,
        pool: &Pool,
        balancer: &LoadBalancer,
        in_flight: &InFlight,
        view: View<'_>,
    ) -> Self {
        Self {
            pool: Some(Reference::new(pool.id, &pool.settings.name)),
            load_balancer: Some(Reference::to_load_balancer(balancer)),
            ..Self::inside(member, pool, in_flight, view)
        }
    }
}

impl RegisteredBy {
    fn new(registration: Registration, view: View<'_>) -> Self {
        let Registration { group, instance, duty } = registration;
        Self {
            scaling_group: view.scaling_group(group),
            instance: instance.to_string(),
            duty: duty.into(),
        }
    }
}

impl From<&FailedCheck> for LastFailure {
    fn from(check: &FailedCheck) -> Self {
        let FailedCheck { at, attempt, outcome } = check;
        Self { at: at.to_string(), attempt: attempt.clone(), outcome: outcome.clone() }
    }
}
