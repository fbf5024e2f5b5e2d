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
    /// What can be edited on it, as it is.
    pub fn settings(&self) -> ProjectSettings {
        let Self { name, description, quota, drivers, .. } = self.clone();
        ProjectSettings { name, description, quota, drivers }
    }

    /// All drivers: for projects of the operator himself.
    pub fn every_driver() -> BTreeSet<DriverKind> {
        DriverKind::ALL.into()
    }

    /// What tenants have unless the operator says otherwise: what runs nothing on the operator's machines.
    pub fn drivers_of_tenants() -> BTreeSet<DriverKind> {
        BTreeSet::from([DriverKind::Hook])
    }
}

/// What the operator can edit on a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSettings {
    /// Unique in the deployment.
    pub name: Name,
    /// Free text.
    pub description: Description,
    /// What it may have at most.
    pub quota: Quota,
    /// What its scaling groups may launch instances with.
    pub drivers: BTreeSet<DriverKind>,
}

/// What a project may have at most. Projects that were stored before something was limited have its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Load balancers.
    pub load_balancers: u32,
    /// Different virtual IPs.
    pub vips: u32,
    /// Listeners of all load balancers.
    pub listeners: u32,
    /// Listeners of one load balancer.
    pub listeners_per_load_balancer: u32,
    /// Pools of all load balancers, default pools counted.
    pub pools: u32,
    /// Pools of one load balancer, the default pool counted.
    pub pools_per_load_balancer: u32,
    /// Members of all pools.
    pub members: u32,
    /// Members of one pool.
    pub members_per_pool: u32,
    /// Rules of one listener.
    pub rules_per_listener: u32,
    /// Certificates.
    pub certificates: u32,
    /// Scaling groups.
    pub scaling_groups: u32,
    /// Attachments of one scaling group.
    pub attachments_per_scaling_group: u32,
    /// Instances of all scaling groups.
    pub instances: u32,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            load_balancers: 20_000,
            vips: 20_000,
            listeners: 100_000,
            listeners_per_load_balancer: 64,
            pools: 100_000,
            pools_per_load_balancer: 64,
            members: 500_000,
            members_per_pool: 2_000,
            rules_per_listener: 256,
            certificates: 2_000,
            scaling_groups: 200,
            attachments_per_scaling_group: 32,
            instances: 2_000,
        }
    }
}

/// What a project has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Load balancers.
    pub load_balancers: u32,
    /// Different virtual IPs.
    pub vips: u32,
    /// Listeners of all load balancers.
    pub listeners: u32,
    /// Pools of all load balancers.
    pub pools: u32,
    /// Members of all pools.
    pub members: u32,
    /// Certificates.
    pub certificates: u32,
    /// Scaling groups.
    pub scaling_groups: u32,
    /// Instances of all scaling groups.
    pub instances: u32,
}
