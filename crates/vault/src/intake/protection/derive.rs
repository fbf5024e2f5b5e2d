//! Keys made of passphrases, and the bound on how much work a file may ask for it.

use std::num::NonZeroU32;

use zeroize::Zeroizing;

use super::hash::Hash;

/// Rounds of key derivation for one file in all: a second or two of one core. Most files of today ask for 2,048 to 100,000
/// each for the checksum, the certificates and the key; those of GnuTLS, with 600,000, for some six million in all.
pub(crate) const MAX_ROUNDS: u64 = 8_000_000;

/// How many more rounds are run for one file.
pub(crate) struct Work {
    spent: u64,
}

/// The file asks for more rounds than are run: so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMuchWork(pub(crate) u64);

/// What a key made by PKCS#12's derivation is for (RFC 7292 §B.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Encryption = 1,
    InitialVector = 2,
    Checksum = 3,
}

impl Work {
    pub(crate) fn new() -> Self {
        Self { spent: 0 }
    }

    fn spend(&mut self, rounds: u64, length: usize, hash: Hash) -> Result<NonZeroU32, TooMuchWork> {
        let blocks = length.div_ceil(hash.length()) as u64;
        self.spent = self.spent.saturating_add(rounds.saturating_mul(blocks));
        let rounds = u32::try_from(rounds.max(1)).ok().and_then(NonZeroU32::new);
        rounds.filter(|_| self.spent <= MAX_ROUNDS).ok_or(TooMuchWork(self.spent))
    }
}

/// PKCS#12's own derivation (RFC 7292 §B.2).
pub(crate) fn pkcs12(
    (hash, purpose): (Hash, Purpose),
    secret: &[u8],
    salt: &[u8],
    rounds: u64,
    length: usize,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, TooMuchWork> {
    let rounds = work.spend(rounds, length, hash)?;
    let block = hash.block();
    // Repeated to fill whole blocks; nothing stays nothing.
    let filled = |bytes: &[u8]| -> Zeroizing<Vec<u8>> {
        let length = bytes.len().div_ceil(block) * block;
        Zeroizing::new(bytes.iter().copied().cycle().take(length).collect())
    };
    let mut input = Zeroizing::new([filled(salt).as_slice(), filled(secret).as_slice()].concat());
    let mut key = Zeroizing::new(Vec::with_capacity(length + hash.length()));
    while key.len() < length {
        let diversified = Zeroizing::new([vec![purpose as u8; block].as_slice(), &input].concat());
        let mut part = hash.digest(&diversified);
        for _ in 1..rounds.get() {
            part = hash.digest(&part);
        }
        key.extend_from_slice(&part);
        for chunk in input.chunks_exact_mut(block) {
            add_and_one(chunk, &part);
        }
    }
    key.truncate(length);
    Ok(key)
}

/// Adds `part`, repeated to the length of `number`, and one; both are big-endian, and what overflows is dropped.
fn add_and_one(number: &mut [u8], part: &[u8]) {
    let mut carry = 1_u16;
    let length = number.len();
    for (place, byte) in number.iter_mut().enumerate().rev() {
        debug_assert!(place < length);
        carry += u16::from(*byte) + u16::from(part[place % part.len()]);
        *byte = carry as u8;
        carry >>= 8;
    }
}

/// PBKDF2 (RFC 8018 §5.2).
pub(crate) fn pbkdf2(
    hash: Hash,
    secret: &[u8],
    salt: &[u8],
    rounds: u64,
    length: usize,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, TooMuchWork> {
    let rounds = work.spend(rounds, length, hash)?;
    let mut key = Zeroizing::new(vec![0; length]);
    hash.pbkdf2(secret, salt, rounds, &mut key);
    Ok(key)
}

/// PBKDF1 (RFC 8018 §5.1): 16 bytes, a DES or RC2 key and an initial vector.
pub(crate) fn pbkdf1(
    hash: Hash,
    secret: &[u8],
    salt: &[u8],
    rounds: u64,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, TooMuchWork> {
    const BYTES: usize = 16;
    let rounds = work.spend(rounds, BYTES, hash)?;
    let mut key = Zeroizing::new([secret, salt].concat());
    for _ in 0..rounds.get() {
        key = hash.digest(&key);
    }
    key.truncate(BYTES);
    Ok(key)
}

/// What OpenSSL's old key format derives with: MD5 over and over (`EVP_BytesToKey` with one round).
pub(crate) fn openssl(secret: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + Hash::Md5.length()));
    let mut last = Zeroizing::new(Vec::new());
    while key.len() < length {
        let input = Zeroizing::new([last.as_slice(), secret, salt].concat());
        last = Hash::Md5.digest(&input);
        key.extend_from_slice(&last);
    }
    key.truncate(length);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn work_ends_before_it_begins_if_it_is_too_much() {
        let mut work = Work::new();
        let rounds = u64::from(u32::MAX);
        let made = pbkdf2(Hash::Sha256, b"x", b"salt", rounds, 32, &mut work);
        assert_eq!(made.err(), Some(TooMuchWork(rounds)));
        let made =
            pkcs12((Hash::Sha1, Purpose::Checksum), b"x", b"s", u64::MAX, 64, &mut Work::new());
        assert_eq!(made.err(), Some(TooMuchWork(u64::MAX)));
        let made = pbkdf1(Hash::Md5, b"x", b"salt", MAX_ROUNDS + 1, &mut Work::new());
        assert_eq!(made.err(), Some(TooMuchWork(MAX_ROUNDS + 1)));
    }

    #[test]
    fn work_is_counted_over_the_whole_file_and_by_the_length_of_keys() {
        let mut work = Work::new();
        // 32 bytes of SHA-1's 20 are two blocks.
        pbkdf2(Hash::Sha1, b"x", b"salt", 10, 32, &mut work).unwrap();
        pbkdf2(Hash::Sha256, b"x", b"salt", 10, 32, &mut work).unwrap();
        assert_eq!(work.spent, 30);
        let made = pbkdf2(Hash::Sha256, b"x", b"salt", MAX_ROUNDS - 29, 32, &mut work);
        assert_eq!(made.err(), Some(TooMuchWork(MAX_ROUNDS + 1)));
    }

    #[test]
    fn pbkdf2_gives_the_same_by_the_library_and_by_our_own_loop() {
        let made = |hash, length| {
            let key = pbkdf2(hash, b"password", b"salt", 2, length, &mut Work::new());
            hex(&key.unwrap())
        };
        // RFC 6070; the others as Python's hashlib makes them.
        assert_eq!(made(Hash::Sha1, 20), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
        let sha224 =
            "93200ffa96c5776d38fa10abdf8f5bfc0054b9718513df472d2331d2d1e66a3f97b510224f700ce7";
        assert_eq!(made(Hash::Sha224, 40), sha224);
        assert_eq!(made(Hash::Md5, 20), "042407b552be345ad6eee2cf2f7ed01dd9662d8f");
    }
}
