//! What the World remembers besides resources: numbers given, where to look for the next virtual
//! IP, virtual IPs that are held back, requests that were carried out. It decides nothing; each
//! part is stored as small records of its own, so that a commit writes only what is different.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Key;
use crate::change::{Author, RequestMark};
use crate::session::EndedSession;
use crate::value::{NetworkId, Number, ProjectId, SessionId, Timestamp, UserId};

/// The last [`Number`] given per type of resource; numbers only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Load balancers.
    pub load_balancers: Number,
    /// Certificates.
    #[serde(default)]
    pub certificates: Number,
    /// Networks.
    pub networks: Number,
    /// Projects.
    pub projects: Number,
    /// Users.
    pub users: Number,
    /// Scaling groups.
    #[serde(default)]
    pub scaling_groups: Number,
    /// Instances of scaling groups.
    #[serde(default)]
    pub instances: Number,
}

/// Where a network goes on looking for a free virtual IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VipCursor {
    /// The network.
    pub network: NetworkId,
    /// The address that it gave last.
    pub last: IpAddr,
}

/// A virtual IP that was given back and that other projects don't get for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldVip {
    /// The address.
    pub vip: IpAddr,
    /// Who had it.
    pub project: ProjectId,
    /// When it was given back.
    pub at: Timestamp,
}

/// A request that was carried out and is recognised when it is sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedRequest {
    /// Its place in the order of requests.
    pub sequence: u64,
    /// Who sent it; none for Elbow itself.
    pub user: Option<UserId>,
    /// The sender's key.
    pub key: Arc<str>,
    /// What the request was, as a digest.
    pub digest: String,
    /// What it created.
    pub creates: Uuid,
    /// When it was carried out.
    pub at: Timestamp,
}

/// All virtual IPs that are held back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HeldVips {
    by_vip: OrdMap<IpAddr, HeldVip>,
    by_time: OrdSet<(Timestamp, IpAddr)>,
}

impl HeldVips {
    /// The most that are held back; beyond that the oldest go.
    pub(super) const MAX: usize = 65_536;

    pub(super) fn get(&self, vip: IpAddr) -> Option<&HeldVip> {
        self.by_vip.get(&vip)
    }

    pub(super) fn put(&mut self, held: HeldVip) {
        self.remove(held.vip);
        self.by_vip.insert(held.vip, held);
        self.by_time.insert((held.at, held.vip));
    }

    pub(super) fn remove(&mut self, vip: IpAddr) -> bool {
        let removed = self.by_vip.remove(&vip);
        if let Some(held) = &removed {
            self.by_time.remove(&(held.at, vip));
        }
        removed.is_some()
    }

    /// The oldest one, if it is no longer held back at `now` or there are too many.
    pub(super) fn surplus(&self, now: Timestamp, hold: Duration) -> Option<IpAddr> {
        let &(at, vip) = self.by_time.get_min()?;
        (now.since(at) >= hold || self.by_vip.len() > Self::MAX).then_some(vip)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &HeldVip> {
        self.by_vip.values()
    }
}

/// All sessions that ended before their time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EndedSessions {
    by_session: OrdMap<SessionId, EndedSession>,
    by_user: OrdSet<(UserId, SessionId)>,
    by_expiry: OrdSet<(Timestamp, SessionId)>,
}

impl EndedSessions {
    pub(super) fn get(&self, session: SessionId) -> Option<&EndedSession> {
        self.by_session.get(&session)
    }

    pub(super) fn put(&mut self, ended: EndedSession) {
        self.remove(ended.session);
        self.by_session.insert(ended.session, ended);
        self.by_user.insert((ended.user, ended.session));
        self.by_expiry.insert((ended.expires_at, ended.session));
    }

    pub(super) fn remove(&mut self, session: SessionId) {
        if let Some(ended) = self.by_session.remove(&session) {
            self.by_user.remove(&(ended.user, session));
            self.by_expiry.remove(&(ended.expires_at, session));
        }
    }

    /// Those of one user.
    pub(super) fn of(&self, user: UserId) -> impl Iterator<Item = SessionId> + '_ {
        let range = (user, Uuid::nil().into())..=(user, Uuid::max().into());
        self.by_user.range(range).map(|(_, session)| *session)
    }

    /// One that would be over by itself at `now`.
    pub(super) fn surplus(&self, now: Timestamp) -> Option<SessionId> {
        let &(expires_at, session) = self.by_expiry.get_min()?;
        (expires_at <= now).then_some(session)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.by_session.keys().copied().map(Key::EndedSession)
    }
}

/// All requests that are remembered, first in, first out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Requests {
    by_sequence: OrdMap<u64, Arc<RememberedRequest>>,
    by_key: OrdMap<(Option<UserId>, Arc<str>), u64>,
}

impl Requests {
    /// The most that are remembered.
    pub(super) const MAX: usize = 10_000;
    /// How long one is remembered.
    pub(super) const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

    pub(super) fn get(&self, sequence: u64) -> Option<&Arc<RememberedRequest>> {
        self.by_sequence.get(&sequence)
    }

    /// The request of `author` with this key, unless it was too long ago.
    pub(super) fn find(
        &self,
        author: &Author,
        key: &str,
        now: Timestamp,
    ) -> Option<&RememberedRequest> {
        let sequence = self.by_key.get(&(author.user(), Arc::from(key)))?;
        let request = self.by_sequence.get(sequence)?;
        (now.since(request.at) < Self::KEPT).then_some(&**request)
    }

    /// Remembers a request that is being carried out; returns its sequence number.
    pub(super) fn remember(&mut self, author: &Author, mark: &RequestMark, at: Timestamp) -> u64 {
        let sequence = self.by_sequence.get_max().map_or(0, |(last, _)| last.saturating_add(1));
        self.put(Arc::new(RememberedRequest {
            sequence,
            user: author.user(),
            key: Arc::from(mark.key.as_str()),
            digest: mark.digest.clone(),
            creates: mark.creates,
            at,
        }));
        sequence
    }

    pub(super) fn put(&mut self, request: Arc<RememberedRequest>) {
        let key = (request.user, Arc::clone(&request.key));
        // The later one of two with the same key counts; the earlier is only waiting to be dropped.
        let newest = self.by_key.get(&key).is_none_or(|&there| there < request.sequence);
        if newest {
            self.by_key.insert(key, request.sequence);
        }
        self.by_sequence.insert(request.sequence, request);
    }

    /// Drops the oldest one, if it was too long ago or there are too many; returns its sequence.
    pub(super) fn drop_surplus(&mut self, now: Timestamp) -> Option<u64> {
        let (sequence, request) = self.by_sequence.get_min()?;
        if now.since(request.at) < Self::KEPT && self.by_sequence.len() <= Self::MAX {
            return None;
        }
        let (sequence, key) = (*sequence, (request.user, Arc::clone(&request.key)));
        self.by_sequence.remove(&sequence);
        if self.by_key.get(&key) == Some(&sequence) {
            self.by_key.remove(&key);
        }
        Some(sequence)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.by_sequence.keys().map(|sequence| Key::Request(*sequence))
    }
}
