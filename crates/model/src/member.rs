//! Members: the servers of a pool.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::attachment::{Duty, Registration};
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
    /// The scaling group that put it there, if one did.
    #[serde(default)]
    pub registered_by: Option<Registration>,
}

impl Member {
    /// Its share of the traffic as things are: none while it is switched off or its group keeps it out.
    pub fn effective_weight(&self) -> Weight {
        let is_kept_out = self.registered_by.is_some_and(|by| by.duty != Duty::Serve);
        if self.settings.enabled && !is_kept_out { self.settings.weight } else { Weight::DRAIN }
    }
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

/// An address that Elbow may connect to: unicast, neither unspecified nor link-local, and none of
/// the addresses where clouds keep their metadata services, which would give a tenant the secrets
/// of the machine that Elbow runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "IpAddr", into = "IpAddr")]
pub struct TargetAddress(IpAddr);

/// Metadata services of clouds that lie outside the link-local ranges.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe)),
];

impl TargetAddress {
    /// Checks and takes an address; an IPv4 address mapped into IPv6 becomes the IPv4 address it is.
    pub fn new(address: IpAddr) -> Result<Self, Invalid> {
        let address = address.to_canonical();
        match fault(address) {
            None => Ok(Self(address)),
            Some(fault) => Err(Invalid::new(format!(
                "address {address} {fault}; give the unicast address of a server"
            ))),
        }
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

/// Why an address is no server's.
fn fault(address: IpAddr) -> Option<&'static str> {
    match address {
        _ if METADATA.contains(&address) => Some("is a metadata service"),
        _ if address.is_unspecified() => Some("is unspecified"),
        _ if address.is_multicast() => Some("is multicast"),
        IpAddr::V4(v4) if v4.is_link_local() => Some("is link-local"),
        IpAddr::V4(v4) if v4.is_broadcast() => Some("is the broadcast address"),
        IpAddr::V4(v4) if v4.octets()[0] == 0 => Some("is in 0.0.0.0/8, which names no server"),
        IpAddr::V4(v4) if v4.octets()[0] >= 240 => Some("is reserved"),
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Some("is link-local"),
        // A translator turns it into the IPv4 address at its end (RFC 6052 §2.1).
        IpAddr::V6(v6) if v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => {
            let [.., high, low] = v6.segments();
            let bits = u32::from(high) << 16 | u32::from(low);
            fault(Ipv4Addr::from_bits(bits).into())
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unicast_addresses_of_servers_are_taken() {
        let refused = [
            ("0.0.0.0", "unspecified"),
            ("::", "unspecified"),
            ("0.1.2.3", "0.0.0.0/8"),
            ("169.254.169.254", "link-local"),
            ("::ffff:169.254.169.254", "link-local"),
            ("64:ff9b::a9fe:a9fe", "link-local"),
            ("fe80::1", "link-local"),
            ("100.100.100.200", "metadata"),
            ("fd00:ec2::254", "metadata"),
            ("224.0.0.1", "multicast"),
            ("ff02::1", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("240.0.0.1", "reserved"),
        ];
        for (text, reason) in refused {
            let refusal = TargetAddress::new(text.parse().unwrap()).unwrap_err();
            assert!(refusal.0.contains(reason), "{refusal}");
        }
        for text in ["10.0.0.1", "127.0.0.1", "100.100.100.201", "fd00::1", "64:ff9b::a00:1"] {
            assert!(TargetAddress::new(text.parse().unwrap()).is_ok(), "{text}");
        }
        let mapped = TargetAddress::new("::ffff:10.0.0.1".parse().unwrap()).unwrap();
        assert_eq!(mapped.get().to_string(), "10.0.0.1");
    }
}
