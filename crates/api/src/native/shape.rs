//! What the native dialect answers. Types of this dialect alone, made from the model's by full destructuring, so that
//! a new field of the model must be decided here.
//!
//! The same types document what requests take: [`crate::native::openapi`] derives those schemas by leaving out what
//! is marked `read_only`.

pub(super) mod api_key;
pub(super) mod audit;
pub(super) mod certificate;
pub(super) mod health_monitor;
pub(super) mod key_file;
pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod member;
pub(super) mod network;
pub(super) mod people;
pub(super) mod pool;
pub(super) mod proxy;
pub(super) mod rule;
pub(super) mod scaling;
pub(super) mod session;
pub(super) mod stats;
pub(super) mod tls;
pub(super) mod words;

use elbow_model::change::Author;
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::Observed;
use elbow_model::value::{
    LoadBalancerId, Name, NetworkId, PoolId, ProjectId, ScalingGroupId, Timestamp, UserId,
};
use elbow_model::world::World;
use serde::Serialize;
use utoipa::ToSchema;

/// What answers are made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// What is intended.
    pub(super) world: &'a World,
    /// What is seen.
    pub(super) observed: &'a Observed,
    /// Who looks: others' certificates have no names for him.
    pub(super) viewer: &'a Author,
    /// When he looks.
    pub(super) now: Timestamp,
}

/// Another resource. Requests may give its name or id alone.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(super) struct Reference {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
}

impl Reference {
    pub(super) fn new(id: impl ToString, name: &Name) -> Self {
        Self { id: id.to_string(), name: name.to_string() }
    }

    pub(super) fn to_load_balancer(balancer: &LoadBalancer) -> Self {
        Self::new(balancer.id, &balancer.settings.name)
    }
}

impl View<'_> {
    /// A user; `system` is Elbow itself, and the id stands in for the name of one who is gone.
    pub(super) fn user(&self, id: UserId) -> Reference {
        if id == Author::System.owner() {
            return Reference { id: id.to_string(), name: "system".to_owned() };
        }
        let name = self.world.user(id).map_or_else(|| id.to_string(), |user| user.name.to_string());
        Reference { id: id.to_string(), name }
    }

    /// A load balancer; the id stands in for the name of one that is gone. So on below.
    pub(super) fn load_balancer(&self, id: LoadBalancerId) -> Reference {
        let found = self.world.load_balancer(id);
        let name = found.map_or_else(|| id.to_string(), |found| found.settings.name.to_string());
        Reference { id: id.to_string(), name }
    }

    /// A pool.
    pub(super) fn pool(&self, id: PoolId) -> Reference {
        let found = self.world.of_pool(id).and_then(|balancer| balancer.pool(id));
        let name = found.map_or_else(|| id.to_string(), |found| found.settings.name.to_string());
        Reference { id: id.to_string(), name }
    }

    /// A network.
    pub(super) fn network(&self, id: NetworkId) -> Reference {
        let found = self.world.network(id);
        let name = found.map_or_else(|| id.to_string(), |found| found.settings.name.to_string());
        Reference { id: id.to_string(), name }
    }

    /// A scaling group; the id stands in for the name of one that is gone.
    pub(super) fn scaling_group(&self, id: ScalingGroupId) -> Reference {
        let name = self
            .world
            .scaling_group(id)
            .map_or_else(|| id.to_string(), |group| group.settings.name.to_string());
        Reference { id: id.to_string(), name }
    }

    /// A project; the id stands in for the name of one that is gone.
    pub(super) fn project(&self, id: ProjectId) -> Reference {
        let name = self
            .world
            .project(id)
            .map_or_else(|| id.to_string(), |project| project.name.to_string());
        Reference { id: id.to_string(), name }
    }
}
