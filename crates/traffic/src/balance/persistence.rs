//! How a client keeps its member: the token in Elbow's own cookie, and the memory of the values of
//! an application's cookie. It must tell a client nothing about the pool, and must not grow beyond
//! its bounds whatever clients send.

use std::collections::HashMap;
use std::fmt;

use elbow_model::value::{Id, MemberId};

use super::hash::{HashKey, keyed_hash, keyed_hash_of};
pub use crate::route::cookies;

/// A member's name in a cookie: opaque, the same in every proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(u64);

impl Token {
    /// The token of a member in the pool with this key.
    #[must_use]
    pub fn of(key: HashKey, member: MemberId) -> Self {
        let (high, low) = member.uuid().as_u64_pair();
        // Another hash than the one that members are drawn by.
        Self(keyed_hash(key, (!high, low)))
    }

    /// Reads what [`Display`](fmt::Display) writes: 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        if text.len() != 16 || !text.iter().all(is_digit) {
            return None;
        }
        u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok().map(Self)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A hash that stands for a cookie's value: the value itself is never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of a value shown to the pool with this key.
    #[must_use]
    pub fn of(key: HashKey, value: &[u8]) -> Self {
        Self(keyed_hash_of(key, value))
    }

    /// Which of `shards` equal parts it belongs to.
    #[must_use]
    pub fn shard(self, shards: usize) -> usize {
        usize::try_from(self.0 >> 32).unwrap_or_default() % shards.max(1)
    }
}

/// The members of clients by the value of an application's cookie. Two generations: what is asked
/// for moves to the young one; when that is half the bound or as old as the timeout, it becomes the
/// old one and what was old is forgotten. So all is O(1) and bounded without a list.
#[derive(Debug)]
pub struct AppSessions {
    timeout_ms: u64,
    most: usize,
    young: HashMap<Fingerprint, Session>,
    old: HashMap<Fingerprint, Session>,
    turned_at_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    member: Token,
    used_at_ms: u64,
}

impl AppSessions {
    /// Sessions kept at most, per pool.
    pub const MOST: usize = 100_000;

    /// A memory of at most `most` values, each for `timeout_ms` after its last use.
    #[must_use]
    pub fn new(timeout_ms: u64, most: usize) -> Self {
        Self {
            timeout_ms,
            most: most.max(2),
            young: HashMap::new(),
            old: HashMap::new(),
            turned_at_ms: 0,
        }
    }

    /// The member of the client that shows this value.
    pub fn recall(&mut self, value: Fingerprint, now_ms: u64) -> Option<Token> {
        let session = *self.young.get(&value).or_else(|| self.old.get(&value))?;
        if now_ms.saturating_sub(session.used_at_ms) > self.timeout_ms {
            return None;
        }
        self.learn(value, session.member, now_ms);
        Some(session.member)
    }

    /// Takes note that a member gave its client this value, or answered one that shows it.
    pub fn learn(&mut self, value: Fingerprint, member: Token, now_ms: u64) {
        let is_full = self.young.len() >= self.most / 2 && !self.young.contains_key(&value);
        if is_full || now_ms.saturating_sub(self.turned_at_ms) > self.timeout_ms {
            self.old = std::mem::take(&mut self.young);
            self.turned_at_ms = now_ms;
        }
        self.young.insert(value, Session { member, used_at_ms: now_ms });
    }

    /// Values kept now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const KEY: HashKey = HashKey(1, 2);

    fn shown(value: &[u8]) -> Fingerprint {
        Fingerprint::of(KEY, value)
    }

    fn token(member: u128) -> Token {
        Token::of(KEY, MemberId::from(Uuid::from_u128(member)))
    }

    #[test]
    fn a_token_survives_its_text_and_shows_no_id() {
        let text = token(7).to_string();
        assert_eq!(Token::parse(text.as_bytes()), Some(token(7)));
        for wrong in [
            "",
            "12",
            "000000000000000G",
            "00000000000000000",
            "00000000000000AA",
            "+000000000000001",
        ] {
            assert_eq!(Token::parse(wrong.as_bytes()), None, "{wrong}");
        }
        assert_ne!(Token::of(HashKey(1, 3), MemberId::from(Uuid::from_u128(7))), token(7));
    }

    #[test]
    fn a_session_lasts_until_its_timeout_after_the_last_use() {
        let mut sessions = AppSessions::new(1_000, 100);
        sessions.learn(shown(b"a"), token(1), 5_000);
        assert_eq!(sessions.recall(shown(b"a"), 6_000), Some(token(1)));
        assert_eq!(sessions.recall(shown(b"a"), 7_000), Some(token(1)));
        assert_eq!(sessions.recall(shown(b"a"), 8_001), None);
        assert_eq!(sessions.recall(shown(b"b"), 5_000), None);
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_used() {
        let mut sessions = AppSessions::new(1_000_000, 100);
        for n in 0..10_000_u32 {
            sessions.learn(shown(&n.to_le_bytes()), token(2), 1);
            sessions.learn(shown(b"busy"), token(1), 1);
            assert!(sessions.len() <= 100);
        }
        assert_eq!(sessions.recall(shown(b"busy"), 2), Some(token(1)));
    }
}
