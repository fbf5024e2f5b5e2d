//! Instances as the native dialect shows them.

use elbow_model::instance as model;
use elbow_model::lifecycle_hook::HookWait;
use elbow_model::status;
use elbow_model::value::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::words::MemberHealth;
use super::super::{Reference, View};
use super::words::{HookResult, InstanceStatus, Origin};

/// A server of a scaling group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Instance {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    #[schema(read_only)]
    scaling_group: Reference,
    #[schema(read_only)]
    origin: Origin,
    /// For people; of attached ones.
    name: Option<String>,
    /// Where it is; null until its driver has said so.
    address: Option<String>,
    /// Where it serves.
    port: Option<u16>,
    /// What its driver calls it.
    reference: Option<String>,
    /// The template that it was launched from.
    #[schema(read_only)]
    template_version: Option<u32>,
    #[schema(read_only)]
    status: InstanceStatus,
    #[schema(read_only)]
    status_since: String,
    /// Whether scale-in and health checks leave it alone.
    #[schema(read_only)]
    protected: bool,
    /// Why it is removed, if it is.
    #[schema(read_only)]
    removal_reason: Option<String>,
    /// When it ends, whatever is in flight, while it drains.
    #[schema(read_only)]
    drain_until: Option<String>,
    /// What it waits for.
    #[schema(read_only)]
    hooks: Vec<Wait>,
    /// What it is in pools.
    #[schema(read_only)]
    members: Vec<Membership>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// An instance's wait for a lifecycle hook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Wait {
    hook: Reference,
    /// Completes it.
    token: String,
    since: String,
    /// When the default result takes effect.
    deadline: String,
    default_result: HookResult,
    heartbeats: u32,
}

/// What an instance is in a pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Membership {
    /// The member's id.
    id: String,
    load_balancer: Reference,
    pool: Reference,
    weight: u16,
    health: MemberHealth,
}

impl Instance {
    pub(in crate::native) fn new(instance: &model::Instance, view: View<'_>) -> Self {
        let model::Instance {
            id,
            number,
            group,
            project: _,
            created_at,
            updated_at,
            revision,
            origin,
            address,
            port,
            reference,
            phase,
            phase_since,
            protected,
            members,
        } = instance;
        let (origin_word, name) = match origin {
            model::Origin::Launched { template: _ } => (Origin::Launched, None),
            model::Origin::Attached { name } => (Origin::Attached, name.as_ref()),
        };
        let drain_until = match phase {
            model::Phase::Removing { cause: _, drain_until } => Some(drain_until.to_string()),
            _ => None,
        };
        Self {
            id: id.to_string(),
            number: number.0,
            scaling_group: view.scaling_group(*group),
            origin: origin_word,
            name: name.map(ToString::to_string),
            address: address.map(|address| address.get().to_string()),
            port: port.map(|port| port.get()),
            reference: reference.as_ref().map(ToString::to_string),
            template_version: origin.template().map(|version| version.0),
            status: phase.status().into(),
            status_since: phase_since.to_string(),
            protected: *protected,
            removal_reason: phase.removal().map(ToString::to_string),
            drain_until,
            hooks: phase.waits().iter().map(Wait::from).collect(),
            members: members.iter().filter_map(|id| Membership::new(*id, view)).collect(),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl From<&HookWait> for Wait {
    fn from(wait: &HookWait) -> Self {
        let HookWait {
            hook,
            name,
            token,
            since,
            deadline,
            heartbeat_timeout_s: _,
            default_result,
            heartbeats,
            webhook: _,
        } = wait;
        Self {
            hook: Reference::new(hook, name),
            token: token.to_string(),
            since: since.to_string(),
            deadline: deadline.to_string(),
            default_result: (*default_result).into(),
            heartbeats: *heartbeats,
        }
    }
}

impl Membership {
    fn new(id: MemberId, view: View<'_>) -> Option<Self> {
        let balancer = view.world.of_member(id)?;
        let pool = balancer.pool_of(id)?;
        let member = pool.member(id)?;
        Some(Self {
            id: id.to_string(),
            load_balancer: Reference::to_load_balancer(balancer),
            pool: Reference::new(pool.id, &pool.settings.name),
            weight: member.settings.weight.get(),
            health: status::of_member(member, pool, view.observed).into(),
        })
    }
}
