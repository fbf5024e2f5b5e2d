//! Projects (tenants) and what each may have at most.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::launch_template::DriverKind;
use crate::value::{Description, Name, Number, ProjectId, Revision, Timestamp};

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// What APIs call it.
    pub id: ProjectId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// Unique in the deployment.
    pub name: Name,
    /// Free text.
    pub description: Description,
    /// What it may have at most.
    pub quota: Quota,
    /// What its scaling groups may launch instances with. Projects from before this was asked have all.
    #[serde(default = "Project::every_driver")]
    pub drivers: BTreeSet<DriverKind>,
}

impl Project {
    /// All drivers: for projects of the operator himself.
    pub fn every_driver() -> BTreeSet<DriverKind> {
        DriverKind::ALL.into()
    }

    /// What tenants have unless the operator says otherwise: what runs nothing on the operator's machines.
    pub fn drivers_of_tenants() -> BTreeSet<DriverKind> {
        BTreeSet::from([DriverKind::Hook])
    }
}

/// What a project may have at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Load balancers.
    pub load_balancers: u32,
    /// Listeners of one load balancer.
    pub listeners_per_load_balancer: u32,
    /// Pools of one load balancer, the default pool counted.
    pub pools_per_load_balancer: u32,
    /// Members of one pool.
    pub members_per_pool: u32,
    /// Rules of one listener.
    pub rules_per_listener: u32,
    /// Certificates.
    #[serde(default = "Quota::certificates")]
    pub certificates: u32,
    /// Scaling groups.
    #[serde(default = "Quota::scaling_groups")]
    pub scaling_groups: u32,
    /// Attachments of one scaling group.
    #[serde(default = "Quota::attachments_per_scaling_group")]
    pub attachments_per_scaling_group: u32,
    /// Instances of all scaling groups.
    #[serde(default = "Quota::instances")]
    pub instances: u32,
}

impl Quota {
    /// What projects have that were stored before there were certificates; so on below.
    fn certificates() -> u32 {
        Self::default().certificates
    }

    fn scaling_groups() -> u32 {
        Self::default().scaling_groups
    }

    fn attachments_per_scaling_group() -> u32 {
        Self::default().attachments_per_scaling_group
    }

    fn instances() -> u32 {
        Self::default().instances
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            load_balancers: 20_000,
            listeners_per_load_balancer: 64,
            pools_per_load_balancer: 64,
            members_per_pool: 2_000,
            rules_per_listener: 256,
            certificates: 2_000,
            scaling_groups: 200,
            attachments_per_scaling_group: 32,
            instances: 2_000,
        }
    }
}
