//! Members: the servers of a pool.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::value::{Invalid, MemberId, Name, Port, Revision, Timestamp, Weight};

/// A server in a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What APIs call it.
    pub id: MemberId,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The revision that last changed it.
    pub revision: Revision,
    /// What users can edit.
    pub settings: MemberSettings,
}

/// What users can edit on a member; address and port are fixed at creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberSettings {
    /// For people; need not be unique.
    pub name: Option<Name>,
    /// Where it is.
    pub address: TargetAddress,
    /// Its port; each listener's own port if none.
    pub port: Option<Port>,
    /// Its share of the traffic.
    pub weight: Weight,
    /// Whether it only serves while no other member can.
    pub backup: bool,
    /// Whether it gets new work.
    pub enabled: bool,
}

impl MemberSettings {
    /// A member with default settings.
    pub fn new(address: TargetAddress, port: Option<Port>) -> Self {
        Self { name: None, address, port, weight: Weight::default(), backup: false, enabled: true }
    }
}

/// An address that Elbow may connect to: unicast, neither unspecified nor link-local (which holds the metadata
/// services of clouds).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "IpAddr", into = "IpAddr")]
pub struct TargetAddress(IpAddr);

impl TargetAddress {
    /// Checks and takes an address; an IPv4 address mapped into IPv6 becomes the IPv4 address it is.
    pub fn new(address: IpAddr) -> Result<Self, Invalid> {
        let address = address.to_canonical();
        let reason = match address {
            IpAddr::V4(v4) if v4.is_link_local() => "is link-local",
            IpAddr::V4(v4) if v4.is_broadcast() => "is the broadcast address",
            IpAddr::V4(v4) if v4.octets()[0] == 0 => "is in 0.0.0.0/8, which names no server",
            IpAddr::V4(v4) if v4.octets()[0] >= 240 => "is reserved",
            IpAddr::V6(v6) if v6.is_unicast_link_local() => "is link-local",
            // The metadata address of a large cloud, outside the link-local range.
            IpAddr::V6(v6) if v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => {
                "is a metadata service"
            }
            _ if address.is_unspecified() => "is unspecified",
            _ if address.is_multicast() => "is multicast",
            _ => return Ok(Self(address)),
        };
        Err(Invalid::new(format!(
            "address {address} {reason}; give the unicast address of a server"
        )))
    }

    /// The address.
    pub fn get(self) -> IpAddr {
        self.0
    }
}

impl TryFrom<IpAddr> for TargetAddress {
    type Error = Invalid;

    fn try_from(address: IpAddr) -> Result<Self, Invalid> {
        Self::new(address)
    }
}

impl From<TargetAddress> for IpAddr {
    fn from(address: TargetAddress) -> Self {
        address.0
    }
}
