//! Proxies as the native dialect shows them.

use elbow_model::observed::ProxyView;
use elbow_model::value::Revision;
use serde::Serialize;
use utoipa::ToSchema;

/// A proxy that is connected to control.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Proxy {
    pub(in crate::native) id: String,
    /// Elbow's version that it runs.
    version: String,
    /// Its process on its machine.
    pid: u32,
    connected_at: String,
    /// The revision up to which it runs everything that it could put in force.
    revision: u64,
    /// The newest one there is.
    newest_revision: u64,
    /// How many load balancers it has in force.
    in_force: usize,
    /// What it could not put in force, and why.
    failed: Vec<NotInForce>,
}

/// A load balancer that a proxy could not put in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct NotInForce {
    /// The load balancer's id.
    load_balancer: String,
    reason: String,
}

impl Proxy {
    pub(in crate::native) fn new(id: &str, proxy: &ProxyView, newest: Revision) -> Self {
        let ProxyView {
            version,
            pid,
            connected_at,
            revision,
            failed,
            in_force,
            drained: _,
            waiting: _,
        } = proxy;
        let failed = failed.iter().map(|(load_balancer, reason)| NotInForce {
            load_balancer: load_balancer.to_string(),
            reason: reason.clone(),
        });
        Self {
            id: id.to_owned(),
            version: version.clone(),
            pid: *pid,
            connected_at: connected_at.to_string(),
            revision: revision.0,
            newest_revision: newest.0,
            in_force: in_force.len(),
            failed: failed.collect(),
        }
    }
}
