//! The same member for the same client address: weighted rendezvous hashing. Each member draws a
//! number for the client, and the best draw for its weight wins; so a member that leaves moves only
//! its own clients, and one that comes takes only what it then has. A pick looks at every member:
//! about a nanosecond each, with one logarithm per different weight. It needs no memory of clients, so
//! that every worker and proxy agrees, and the timeout of a persistence by source has nothing to end.

use std::net::IpAddr;

use super::hash::{HashKey, keyed_hash, mix};

/// Members ready to draw.
#[derive(Debug)]
pub(super) struct Rendezvous {
    key: HashKey,
    groups: Vec<Group>,
}

/// Members of one weight: among them the highest number wins, without a logarithm.
#[derive(Debug)]
struct Group {
    share: f64,
    /// A member's own hash, and the member.
    members: Vec<(u64, u32)>,
}

impl Rendezvous {
    /// Takes members as (member, hash of its identity, share).
    pub(super) fn new(key: HashKey, members: impl IntoIterator<Item = (u32, u64, u32)>) -> Self {
        let mut sorted: Vec<(u32, u64, u32)> =
            members.into_iter().filter(|(_, _, share)| *share > 0).collect();
        sorted.sort_by_key(|(_, _, share)| *share);
        let groups = sorted
            .chunk_by(|a, b| a.2 == b.2)
            .map(|group| Group {
                share: group.first().map_or(1.0, |(_, _, share)| f64::from(*share)),
                members: group.iter().map(|(member, hash, _)| (*hash, *member)).collect(),
            })
            .collect();
        Self { key, groups }
    }

    /// The member for this client, of those not tried.
    pub(super) fn pick(&self, source: IpAddr, tried: &[u32]) -> Option<u32> {
        let client = keyed_hash(self.key, words(source));
        let mut best: Option<(f64, u32)> = None;
        for group in &self.groups {
            let drawn = group
                .members
                .iter()
                .filter(|(_, member)| !tried.contains(member))
                .map(|(hash, member)| (mix(client ^ hash), *member))
                .max();
            let Some((number, member)) = drawn else { continue };
            // An exponential variate whose rate is the share: the smallest of several is theirs in
            // proportion to their shares.
            let number = unit(number);
            // 1 - x <= -ln x: most groups are out of the question without a logarithm.
            if best.is_some_and(|(lowest, _)| (1.0 - number) / group.share >= lowest) {
                continue;
            }
            let score = -number.ln() / group.share;
            if best.is_none_or(|(lowest, _)| score < lowest) {
                best = Some((score, member));
            }
        }
        best.map(|(_, member)| member)
    }
}

/// A number strictly between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
fn unit(number: u64) -> f64 {
    ((number >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// An address as two words; an IPv4 address is the same in either family.
fn words(address: IpAddr) -> (u64, u64) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (0, u64::from(v4.to_bits())),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            ((bits >> 64) as u64, bits as u64)
        }
    }
}
