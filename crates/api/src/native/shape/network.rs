//! Networks as the native dialect shows them.

use elbow_model::network::{self as model, Addresses, NetworkSettings};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::NetworkKind;
use super::{Reference, View};

/// Where virtual IPs come from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Network {
    #[schema(read_only)]
    id: String,
    #[schema(read_only)]
    number: u64,
    /// Unique in the deployment.
    name: String,
    #[schema(required = false)]
    description: String,
    /// Fixed at creation.
    kind: NetworkKind,
    /// VPC and CLASSIC: the range; fixed at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr: Option<String>,
    /// HOST: the machine's addresses; all that others can reach if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<String>>,
    #[schema(required = false)]
    region: String,
    /// Who may use it; every project if null.
    project: Option<Reference>,
    #[schema(read_only)]
    owner: Reference,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

impl Network {
    pub(in crate::native) fn new(network: &model::Network, view: View<'_>) -> Self {
        let model::Network {
            id,
            number,
            owner,
            project,
            created_at,
            updated_at,
            revision,
            region,
            addresses,
            settings,
        } = network;
        let NetworkSettings { name, description } = settings;
        let (cidr, list) = match addresses {
            Addresses::Vpc { cidr } | Addresses::Classic { cidr } => (Some(cidr.to_string()), None),
            Addresses::Host { addresses } => {
                (None, Some(addresses.iter().map(ToString::to_string).collect()))
            }
        };
        Self {
            id: id.to_string(),
            number: number.0,
            name: name.to_string(),
            description: description.as_str().to_owned(),
            kind: addresses.into(),
            cidr,
            addresses: list,
            region: region.to_string(),
            project: project.map(|project| view.project(project)),
            owner: view.user(*owner),
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
