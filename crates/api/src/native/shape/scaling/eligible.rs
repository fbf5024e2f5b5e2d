//! What a group can be attached to, and why not to the rest.

use elbow_model::attachment::AttachmentFault;
use elbow_model::load_balancer::LoadBalancer;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::Reference;

/// Whether a group can be attached to a load balancer's default pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct EligibleLoadBalancer {
    load_balancer: Reference,
    /// Its pools, the default one first.
    pools: Vec<Reference>,
    eligible: bool,
    /// Whether it is attached already, by any of its pools.
    attached: bool,
    /// Why it is not eligible; what weighs most first.
    reasons: Vec<Ineligible>,
}

/// Something that speaks against attaching.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Ineligible {
    /// The code by which attaching would be refused.
    code: &'static str,
    reason: String,
}

impl EligibleLoadBalancer {
    pub(in crate::native) fn new(
        balancer: &LoadBalancer,
        attached: bool,
        faults: &[AttachmentFault],
    ) -> Self {
        let reason = |fault: &AttachmentFault| Ineligible {
            code: fault.code().as_str(),
            reason: fault.to_string(),
        };
        let pools = balancer.pools.iter();
        Self {
            load_balancer: Reference::to_load_balancer(balancer),
            pools: pools.map(|pool| Reference::new(pool.id, &pool.settings.name)).collect(),
            eligible: faults.is_empty(),
            attached,
            reasons: faults.iter().map(reason).collect(),
        }
    }
}
