//! The choice among the members that may get work now, by the pool's method.

use std::net::IpAddr;

use elbow_model::pool::{Method, SessionPersistence};
use elbow_model::value::{Id, MemberId};

use super::hash::{HashKey, keyed_hash, mix};
use super::least_connections::{self, Load};
use super::persistence::Token;
use super::round_robin::Turns;
use super::source_ip::Rendezvous;

/// A member that may get work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the pool.
    pub member: u32,
    pub id: MemberId,
    /// Its weight, or its share while some member ramps; see [`slow_start`](super::slow_start).
    pub share: u32,
    /// Whether it only serves while no other can.
    pub is_backup: bool,
}

/// What is asked for one request.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The next number of the pool's one sequence.
    pub turn: u64,
    pub source: IpAddr,
    /// Members that this request was tried on already.
    pub tried: &'a [u32],
}

/// The members that may get work, ready to be chosen from.
#[derive(Debug)]
pub struct Picker {
    turns: Turns,
    method: By,
    /// What the cookie of a client says about its member, sorted; empty without such cookies.
    tokens: Box<[(Token, u32)]>,
}

#[derive(Debug)]
enum By {
    Turns,
    /// Shares, sorted by member.
    Load(Box<[(u32, u32)]>),
    Source(Rendezvous),
}

impl Picker {
    /// Builds the choice. Backup members count only if there is no other candidate with a share.
    #[must_use]
    pub fn new(
        method: Method,
        persistence: Option<&SessionPersistence>,
        key: HashKey,
        candidates: &[Candidate],
    ) -> Self {
        let has_primary = candidates.iter().any(|member| !member.is_backup && member.share > 0);
        let chosen = || {
            candidates
                .iter()
                .filter(move |member| member.share > 0 && member.is_backup != has_primary)
        };
        let hash = |id: MemberId| keyed_hash(key, id.uuid().as_u64_pair());
        let method = match (persistence, method) {
            (Some(SessionPersistence::SourceIp { .. }), _) | (_, Method::SourceIp) => {
                let members = chosen().map(|member| (member.member, hash(member.id), member.share));
                By::Source(Rendezvous::new(key, members))
            }
            (_, Method::RoundRobin) => By::Turns,
            (_, Method::LeastConnections) => {
                let mut shares: Box<[_]> =
                    chosen().map(|member| (member.member, member.share)).collect();
                shares.sort_unstable();
                By::Load(shares)
            }
        };
        let mut tokens: Box<[_]> = match persistence {
            Some(SessionPersistence::HttpCookie { .. } | SessionPersistence::AppCookie { .. }) => {
                chosen().map(|member| (Token::of(key, member.id), member.member)).collect()
            }
            Some(SessionPersistence::SourceIp { .. }) | None => Box::default(),
        };
        tokens.sort_unstable();
        let turns = Turns::new(chosen().map(|member| (member.member, member.share)));
        Self { turns, method, tokens }
    }

    /// Whether nobody may get work.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.turns.members().is_empty()
    }

    /// The members that may get work, as places in the pool.
    #[must_use]
    pub fn members(&self) -> &[u32] {
        self.turns.members()
    }

    /// Picks a member that was not tried; `in_flight` tells a member's requests in flight.
    pub fn pick(&self, ask: &Ask<'_>, in_flight: impl Fn(u32) -> u32) -> Option<u32> {
        match &self.method {
            By::Turns => self.next_turn(ask),
            By::Load(shares) => least_connections::pick(&Load {
                turns: &self.turns,
                shares,
                turn: ask.turn,
                tried: ask.tried,
                in_flight,
            }),
            By::Source(rendezvous) => rendezvous.pick(ask.source, ask.tried),
        }
    }

    /// The member that a client's cookie names, while it may get work.
    #[must_use]
    pub fn member_of(&self, token: Token, tried: &[u32]) -> Option<u32> {
        let at = self.tokens.binary_search_by_key(&token, |(known, _)| *known).ok()?;
        self.tokens.get(at).map(|(_, member)| *member).filter(|member| !tried.contains(member))
    }

    /// The token of a member for a cookie, while it may get work.
    #[must_use]
    pub fn token_of(&self, member: u32) -> Option<Token> {
        self.tokens.iter().find(|(_, known)| *known == member).map(|(token, _)| *token)
    }

    fn next_turn(&self, ask: &Ask<'_>) -> Option<u32> {
        /// Draws before the first untried member is taken as it comes.
        const DRAWS: u64 = 8;
        let untried = |member: &u32| !ask.tried.contains(member);
        if let Some(member) = self.turns.pick(ask.turn).filter(untried) {
            return Some(member);
        }
        // Another try goes anywhere, not to the next in turn: the neighbour of a broken member
        // would get all of its work.
        (1..=DRAWS)
            .filter_map(|draw| self.turns.pick(mix(ask.turn ^ draw << 56)))
            .find(untried)
            .or_else(|| self.turns.members().iter().copied().find(untried))
    }
}
