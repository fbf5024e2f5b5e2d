//! The link between control and proxies: its messages. Each is one frame: a length (u32, big-endian) and that many
//! bytes of JSON. Unknown fields are ignored and new ones have defaults, so version N and N-1 understand each other.
//!
//! ```text
//!   proxy                                control
//!     | -- Hello {revision, digest} ------> |
//!     | <- Tables {full set, or what the    |
//!     |    proxy missed} ------------------ |
//!     | -- Ack {revision, failed} --------> |
//!     | <- Tables {one changed balancer} -- |
//!     | -- Ack, Health, Counters ---------> |
//! ```

use serde::{Deserialize, Serialize};

use crate::observed::MemberObservation;
use crate::table::TableEntry;
use crate::value::{ListenerId, LoadBalancerId, MemberId, PoolId, ProxyId, Revision};

/// The version of these messages.
pub const VERSION: u32 = 1;

/// The longest frame in bytes: a full set goes in parts, and one entry is bounded by quotas and the
/// limits of [`LoadBalancer`](crate::load_balancer::LoadBalancer) to about half of this.
pub const MAX_FRAME_BYTES: u32 = 64 * 1024 * 1024;

/// About how many bytes of entries go into one part of a full set.
pub const PART_BYTES: usize = 1024 * 1024;

/// What control tells a proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Down {
    /// What is to be run from now on.
    Tables(Tables),
    /// Stop: finish what is in flight for at most `grace_ms`, then exit.
    Stop {
        /// How long requests in flight may take to finish.
        grace_ms: u32,
    },
}

/// What is to be run: whole entries, never differences within one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// The World's revision that these entries lead to.
    pub revision: Revision,
    /// Whether load balancers that the parts of this set do not name are to be removed.
    pub full: bool,
    /// Whether further parts of the same set follow; they take effect together with the last one.
    #[serde(default)]
    pub more: bool,
    /// Entries that are new or changed.
    pub changed: Vec<TableEntry>,
    /// Load balancers that are gone.
    pub removed: Vec<LoadBalancerId>,
    /// The digest of the whole set after this one; a proxy with another digest asks anew by [`Up::Resync`].
    pub digest: Digest,
}

/// What a proxy tells control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Up {
    /// The first message of a connection.
    Hello {
        /// The sender's [`VERSION`].
        version: u32,
        /// Who it is; stays the same while the process lives.
        proxy: ProxyId,
        /// Elbow's version.
        program: String,
        /// Its process id.
        pid: u32,
        /// The revision that it runs, 0 for none.
        revision: Revision,
        /// The digest of what it runs.
        digest: Digest,
    },
    /// Everything up to `revision` is in force, but for what failed.
    Ack {
        /// The revision of the last [`Tables`] put in force.
        revision: Revision,
        /// All load balancers that could not be put in force, with the reason in words; sent anew whenever it changes.
        failed: Vec<(LoadBalancerId, String)>,
    },
    /// The digest does not fit: send the full set.
    Resync,
    /// Members whose health, or last failure, is different from what was last reported.
    Health {
        /// The members.
        changed: Vec<(MemberId, MemberObservation)>,
    },
    /// Members that get nothing new (weight 0, disabled) and have nothing in flight any more, each with the revision of its
    /// load balancer since when it gets nothing; once for each time that a member comes to that.
    Drained {
        /// The members.
        members: Vec<(MemberId, Revision)>,
    },
    /// Pools at which requests or connections began to wait for an instance to start, or do so no longer: at once, not
    /// with the counters.
    Waiting {
        /// By pool: how many wait, none if nobody does any more, and how long the first of them has waited in ms.
        pools: Vec<(PoolId, u64, u64)>,
    },
    /// Once a second: the totals since the proxy started of all that moved since the last report.
    Counters {
        /// The load balancers.
        balancers: Vec<BalancerCounters>,
    },
}

/// What a load balancer did since its proxy started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BalancerCounters {
    /// Which one; none only in the default value.
    pub load_balancer: Option<LoadBalancerId>,
    /// By listener.
    pub listeners: Vec<(ListenerId, ListenerCounters)>,
    /// By member.
    pub members: Vec<(MemberId, MemberCounters)>,
    /// Requests and connections that wait for a member now, by pool.
    pub queued: Vec<(PoolId, u64)>,
    /// What waited for an instance to start, by pool; pools where nothing ever did are not in it.
    pub wakes: Vec<(PoolId, WakeCounters)>,
}

/// What a listener did since its proxy started; `open_*` is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListenerCounters {
    /// Connections accepted.
    pub connections: u64,
    /// Connections refused by a limit or an access list.
    pub refused: u64,
    /// Connections open now.
    pub open_connections: u64,
    /// HTTP requests answered, by anyone.
    pub requests: u64,
    /// Answers by class of status: 1xx, 2xx, 3xx, 4xx, 5xx.
    pub responses: [u64; 5],
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
    /// Requests answered by Elbow with an error of its own (4xx for bad input, 502, 503, 504).
    pub own_errors: u64,
    /// TLS handshakes that came to their end.
    pub tls_handshakes: u64,
    /// Of them, those that took up an earlier session.
    pub tls_resumed: u64,
    /// TLS handshakes that failed.
    pub tls_failed: u64,
    /// Requests by the time from their head to the end of their answer; see [`LATENCY_BOUNDS_US`].
    pub latency: [u64; 16],
}

/// What waited in a pool for an instance to start since its proxy started; `waiting` is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WakeCounters {
    /// Requests and connections that wait now.
    pub waiting: u64,
    /// Requests and connections that began to wait.
    pub held: u64,
    /// Of them, those that got a member.
    pub woken: u64,
    /// Of them, those whose time ran out.
    pub expired: u64,
    /// Of them, those that ended otherwise: their client left, or there was nothing to wait for any more.
    pub left: u64,
    /// Those that were refused because enough waited already.
    pub refused: u64,
    /// How long those that got a member waited together, in ms.
    pub woken_wait_ms: u64,
    /// How long the last one that got a member waited, in ms.
    pub last_wait_ms: u64,
}

/// Upper bounds of the latency buckets in microseconds; the last bucket has none.
pub const LATENCY_BOUNDS_US: [u64; 15] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

/// What a member did since its proxy started; `in_flight` is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberCounters {
    /// Requests (TCP: connections) sent to it.
    pub requests: u64,
    /// Requests (TCP: connections) in flight now.
    pub in_flight: u64,
    /// Connections that could not be opened.
    pub connect_failures: u64,
    /// Requests that failed after they were sent: cut, late or malformed answers.
    pub failures: u64,
    /// Answers by class of status: 1xx, 2xx, 3xx, 4xx, 5xx.
    pub responses: [u64; 5],
}

/// A digest of a set of load balancers and their revisions, the same in any order; updated entry by entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(u64);

impl Digest {
    /// Adds an entry, or takes it out again: twice is as never.
    pub fn toggle(&mut self, balancer: LoadBalancerId, revision: Revision) {
        use crate::value::Id;
        let (high, low) = balancer.uuid().as_u64_pair();
        self.0 ^= mix(high ^ mix(low ^ mix(revision.0)));
    }
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    proptest! {
        #[test]
        fn a_digest_tells_sets_apart_in_any_order(
            entries in proptest::collection::btree_map(any::<u128>(), any::<u64>(), 1..20),
        ) {
            let toggle = |digest: &mut Digest, (id, revision): (&u128, &u64)| {
                digest.toggle(Uuid::from_u128(*id).into(), Revision(*revision));
            };
            let (mut forth, mut back) = (Digest::default(), Digest::default());
            entries.iter().for_each(|entry| toggle(&mut forth, entry));
            entries.iter().rev().for_each(|entry| toggle(&mut back, entry));
            prop_assert_eq!(forth, back);
            prop_assert_ne!(forth, Digest::default());
            entries.iter().for_each(|entry| toggle(&mut forth, entry));
            prop_assert_eq!(forth, Digest::default());
        }
    }

    #[test]
    fn messages_of_other_versions_are_understood() {
        let newer = r#"{"type":"ack","revision":7,"failed":[],"later":true}"#;
        let ack = Up::Ack { revision: Revision(7), failed: Vec::new() };
        assert_eq!(serde_json::from_str::<Up>(newer).unwrap(), ack);
        let older =
            r#"{"type":"tables","revision":1,"full":true,"changed":[],"removed":[],"digest":0}"#;
        assert!(matches!(
            serde_json::from_str::<Down>(older).unwrap(),
            Down::Tables(Tables { more: false, .. })
        ));
    }
}
