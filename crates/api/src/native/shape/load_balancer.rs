//! Load balancers as the native dialect shows them.

use std::collections::BTreeMap;

use elbow_model::load_balancer::{self as model, LoadBalancerSettings};
use elbow_model::status;
use serde::Serialize;
use utoipa::ToSchema;

use super::health_monitor::HealthMonitor;
use super::listener::Listener;
use super::member::InFlight;
use super::pool::{Members, Pool};
use super::words::{Health, LoadBalancerType, Method, Status};
use super::{Reference, View};
use crate::native::warnings;

/// A virtual IP with listeners, and the pools behind them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct LoadBalancer {
    #[schema(read_only)]
    id: String,
    /// For clouds with numeric ids; never reused.
    #[schema(read_only)]
    number: u64,
    /// Unique in the project.
    name: String,
    #[schema(required = false)]
    description: String,
    #[schema(required = false)]
    tags: BTreeMap<String, String>,
    #[serde(rename = "type")]
    #[schema(required = false)]
    kind: LoadBalancerType,
    /// Fixed at creation; network `default` if not given.
    #[schema(required = false)]
    network: Reference,
    /// Its virtual IP, fixed at creation; the next free one if not given.
    #[schema(required = false)]
    vip: String,
    /// Whether it listens at all.
    #[schema(required = false, default = true)]
    enabled: bool,
    /// Whether a delete is refused.
    #[schema(required = false, default = false)]
    deletion_protection: bool,
    #[schema(read_only)]
    status: Status,
    /// Why it is so, where that needs saying.
    #[schema(read_only)]
    status_reason: Option<String>,
    #[schema(read_only)]
    health: Health,
    #[schema(read_only)]
    effective: Effective,
    /// What works but may not be what was meant; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    warnings: Option<Vec<String>>,
    /// The default pool's.
    #[schema(required = false)]
    method: Method,
    /// The default pool's.
    health_monitor: Option<HealthMonitor>,
    #[schema(required = false)]
    listeners: Vec<Listener>,
    /// The default pool first; in lists without their members.
    #[schema(required = false)]
    pools: Vec<Pool>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    owner: Reference,
    #[schema(read_only)]
    project: Reference,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// On how many proxies the present revision is in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Effective {
    /// Proxies that have it in force.
    proxies: u32,
    /// Proxies that are connected.
    of: u32,
    /// Milliseconds from the commit until the last of them had it; null while one is behind.
    after_ms: Option<u32>,
}

impl LoadBalancer {
    /// With everything below it, or in lists with members counted.
    pub(in crate::native) fn new(
        balancer: &model::LoadBalancer,
        members: Members,
        view: View<'_>,
    ) -> Self {
        let model::LoadBalancer {
            id,
            number,
            owner,
            project,
            created_at,
            updated_at,
            revision,
            network,
            vip,
            settings,
            listeners,
            pools,
        } = balancer;
        let LoadBalancerSettings { name, description, tags, kind, enabled, deletion_protection } =
            settings;
        let status = status::of_load_balancer(balancer, view.observed);
        let status::Effective { proxies, of, after_ms } =
            status::effective(balancer, view.observed);
        let default = &balancer.default_pool().settings;
        let (in_flight, warnings) = match members {
            Members::Shown => {
                (InFlight::of(balancer, view.observed), Some(warnings::of(balancer, view)))
            }
            Members::Counted => (InFlight::default(), None),
        };
        let network_name =
            view.world.network(*network).map(|network| network.settings.name.to_string());
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            tags: tags.as_map().clone(),
            kind: (*kind).into(),
            network: Reference { id: network.to_string(), name: network_name.unwrap_or_default() },
            vip: vip.to_string(),
            enabled: *enabled,
            deletion_protection: *deletion_protection,
            status: (&status).into(),
            status_reason: status.reason().map(str::to_owned),
            health: status::health_of_load_balancer(balancer, view.observed).into(),
            effective: Effective { proxies, of, after_ms },
            warnings,
            method: default.method.into(),
            health_monitor: default.health_monitor.as_ref().map(HealthMonitor::from),
            listeners: listeners
                .iter()
                .map(|listener| Listener::inside(listener, balancer, view))
                .map(|listener| match members {
                    Members::Shown => listener,
                    Members::Counted => listener.without_ca(),
                })
                .collect(),
            pools: pools
                .iter()
                .map(|pool| Pool::inside(pool, balancer, members, &in_flight, view))
                .collect(),
            revision: revision.0,
            owner: view.user(*owner),
            project: view.project(*project),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
