//! Virtual networks: where virtual IPs come from.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::value::{
    Description, Invalid, Name, NetworkId, Number, ProjectId, Revision, Timestamp, UserId,
};

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// What APIs call it.
    pub id: NetworkId,
    /// What dialects with numeric ids call it.
    pub number: Number,
    /// Who created it.
    pub owner: UserId,
    /// Who may use it; every project if none.
    pub project: Option<ProjectId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// The region that it is in.
    pub region: Name,
    /// Which addresses it has; fixed at creation.
    pub addresses: Addresses,
    /// What users can edit.
    pub settings: NetworkSettings,
}

/// What users can edit on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSettings {
    /// Unique in the deployment.
    pub name: Name,
    /// Free text.
    pub description: Description,
}

/// Which addresses a network has. Networks of one deployment never overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Addresses {
    /// A range of its own; each load balancer gets an address for itself.
    Vpc {
        /// The range.
        cidr: IpNet,
    },
    /// A range as in clouds before they had virtual networks; else as [`Addresses::Vpc`].
    Classic {
        /// The range.
        cidr: IpNet,
    },
    /// The machine's own addresses, so that other machines reach the balancers with no set-up. Load balancers share
    /// an address as long as their ports differ.
    Host {
        /// The addresses; 1 to 64.
        addresses: Vec<IpAddr>,
    },
}

impl Addresses {
    /// The most addresses that a host network may have.
    pub const MAX_HOST_ADDRESSES: usize = 64;

    /// Checks and takes the machine's own addresses.
    pub fn host(mut addresses: Vec<IpAddr>) -> Result<Self, Invalid> {
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() || addresses.len() > Self::MAX_HOST_ADDRESSES {
            return Err(Invalid::new(format!(
                "a host network has 1 to {} addresses, these are {}",
                Self::MAX_HOST_ADDRESSES,
                addresses.len()
            )));
        }
        if let Some(wrong) = addresses.iter().find(|a| a.is_unspecified() || a.is_multicast()) {
            return Err(Invalid::new(format!("{wrong} is not an address of a machine")));
        }
        Ok(Self::Host { addresses })
    }

    /// Whether `address` belongs to the network, the range's own first (network) and last (broadcast) address aside.
    pub fn contain(&self, address: IpAddr) -> bool {
        match self {
            Self::Vpc { cidr } | Self::Classic { cidr } => {
                cidr.contains(&address) && address != cidr.network() && address != cidr.broadcast()
            }
            Self::Host { addresses } => addresses.contains(&address),
        }
    }

    /// Whether several load balancers may have the same address.
    pub fn are_shared(&self) -> bool {
        matches!(self, Self::Host { .. })
    }

    /// Whether some address belongs to both.
    pub fn overlap(&self, other: &Self) -> bool {
        let ranges = |addresses: &Self| -> Vec<IpNet> {
            match addresses {
                Self::Vpc { cidr } | Self::Classic { cidr } => vec![*cidr],
                Self::Host { addresses } => addresses.iter().copied().map(IpNet::from).collect(),
            }
        };
        let theirs = ranges(other);
        ranges(self)
            .iter()
            .any(|a| theirs.iter().any(|b| a.contains(&b.network()) || b.contains(&a.network())))
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vpc { cidr } | Self::Classic { cidr } => write!(f, "{cidr}"),
            Self::Host { addresses } => {
                let shown: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                f.write_str(&shown.join(", "))
            }
        }
    }
}
