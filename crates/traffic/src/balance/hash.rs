//! A keyed hash (SipHash-1-3), so that a client that chooses its address or cookie can't choose
//! its member, and the mixing of hashes. Not for secrets.

/// The key of a pool's hashes: the pool's id, so that every worker and every proxy agrees, also
/// after a restart. Clients never see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKey(pub u64, pub u64);

/// The hash of two words: enough for an id or an address.
#[must_use]
pub fn keyed_hash(key: HashKey, words: (u64, u64)) -> u64 {
    let mut state = State::new(key);
    state.take(words.0);
    state.take(words.1);
    // The last word holds the length in bytes in its highest byte.
    state.take(16 << 56);
    state.finish()
}

/// The hash of a text.
#[must_use]
pub(super) fn keyed_hash_of(key: HashKey, text: &[u8]) -> u64 {
    let mut state = State::new(key);
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        state.take(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    last[7] = text.len().to_le_bytes()[0];
    state.take(u64::from_le_bytes(last));
    state.finish()
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
pub(super) fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

struct State(u64, u64, u64, u64);

impl State {
    fn new(HashKey(k0, k1): HashKey) -> Self {
        Self(
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        )
    }

    fn take(&mut self, word: u64) {
        self.3 ^= word;
        self.round();
        self.0 ^= word;
    }

    fn finish(mut self) -> u64 {
        self.2 ^= 0xff;
        for _ in 0..3 {
            self.round();
        }
        self.0 ^ self.1 ^ self.2 ^ self.3
    }

    fn round(&mut self) {
        let Self(v0, v1, v2, v3) = self;
        *v0 = v0.wrapping_add(*v1);
        *v1 = v1.rotate_left(13) ^ *v0;
        *v0 = v0.rotate_left(32);
        *v2 = v2.wrapping_add(*v3);
        *v3 = v3.rotate_left(16) ^ *v2;
        *v0 = v0.wrapping_add(*v3);
        *v3 = v3.rotate_left(21) ^ *v0;
        *v2 = v2.wrapping_add(*v1);
        *v1 = v1.rotate_left(17) ^ *v2;
        *v2 = v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher as _};

    use super::*;

    #[test]
    fn it_is_siphash_1_3() {
        let key = HashKey(0, 0);
        for length in 0..40_u8 {
            let text: Vec<u8> = (0..length).collect();
            let mut reference = DefaultHasher::new();
            reference.write(&text);
            assert_eq!(keyed_hash_of(key, &text), reference.finish(), "{length}");
        }
        let mut reference = DefaultHasher::new();
        reference.write_u64(3);
        reference.write_u64(9);
        assert_eq!(keyed_hash(key, (3, 9)), reference.finish());
    }

    #[test]
    fn another_key_gives_another_hash() {
        assert_ne!(keyed_hash(HashKey(1, 2), (3, 4)), keyed_hash(HashKey(1, 3), (3, 4)));
    }
}
