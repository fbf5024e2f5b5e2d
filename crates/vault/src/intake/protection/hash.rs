//! The hash functions that files are protected with. Those that TLS uses come from its library; the old and the rare ones
//! are computed by small crates.

use ::hmac::digest::block_api::EagerHash;
use ::hmac::{Hmac, KeyInit, Mac};
use aws_lc_rs::{digest, hmac, pbkdf2};
use const_oid::ObjectIdentifier;
use md5::{Digest, Md5};
use sha2::{Sha224, Sha512_224, Sha512_256};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

use crate::intake::oid;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512Cut224,
    Sha512Cut256,
}

impl Hash {
    /// By its own number.
    pub(crate) fn from_oid(number: ObjectIdentifier) -> Option<Self> {
        Some(match number {
            oid::MD5 => Self::Md5,
            oid::SHA1 => Self::Sha1,
            oid::SHA224 => Self::Sha224,
            oid::SHA256 => Self::Sha256,
            oid::SHA384 => Self::Sha384,
            oid::SHA512 => Self::Sha512,
            oid::SHA512_224 => Self::Sha512Cut224,
            oid::SHA512_256 => Self::Sha512Cut256,
            _ => return None,
        })
    }

    /// By the number of the HMAC made of it.
    pub(crate) fn from_hmac_oid(number: ObjectIdentifier) -> Option<Self> {
        Some(match number {
            oid::HMAC_MD5 => Self::Md5,
            oid::HMAC_SHA1 => Self::Sha1,
            oid::HMAC_SHA224 => Self::Sha224,
            oid::HMAC_SHA256 => Self::Sha256,
            oid::HMAC_SHA384 => Self::Sha384,
            oid::HMAC_SHA512 => Self::Sha512,
            oid::HMAC_SHA512_224 => Self::Sha512Cut224,
            oid::HMAC_SHA512_256 => Self::Sha512Cut256,
            _ => return None,
        })
    }

    /// Bytes of its result.
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 | Self::Sha512Cut224 => 28,
            Self::Sha256 | Self::Sha512Cut256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Bytes that it takes at once.
    pub(crate) fn block(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 | Self::Sha512Cut224 | Self::Sha512Cut256 => 128,
        }
    }

    pub(crate) fn digest(self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        let library = |algorithm| digest::digest(algorithm, bytes).as_ref().to_vec();
        Zeroizing::new(match self {
            Self::Md5 => Md5::digest(bytes).to_vec(),
            Self::Sha1 => library(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => library(&digest::SHA224),
            Self::Sha256 => library(&digest::SHA256),
            Self::Sha384 => library(&digest::SHA384),
            Self::Sha512 => library(&digest::SHA512),
            Self::Sha512Cut224 => Sha512_224::digest(bytes).to_vec(),
            Self::Sha512Cut256 => Sha512_256::digest(bytes).to_vec(),
        })
    }

    /// Whether `tag` is the HMAC (RFC 2104) over `bytes`. Takes the same time wherever the first difference is.
    pub(crate) fn is_hmac(self, key: &[u8], bytes: &[u8], tag: &[u8]) -> bool {
        let library = |algorithm| hmac::verify(&hmac::Key::new(algorithm, key), bytes, tag).is_ok();
        match self {
            Self::Md5 => is_hmac::<Md5>(key, bytes, tag),
            Self::Sha1 => library(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => library(hmac::HMAC_SHA224),
            Self::Sha256 => library(hmac::HMAC_SHA256),
            Self::Sha384 => library(hmac::HMAC_SHA384),
            Self::Sha512 => library(hmac::HMAC_SHA512),
            Self::Sha512Cut224 => is_hmac::<Sha512_224>(key, bytes, tag),
            Self::Sha512Cut256 => is_hmac::<Sha512_256>(key, bytes, tag),
        }
    }

    /// PBKDF2 (RFC 8018 §5.2) with the HMAC made of it.
    pub(crate) fn pbkdf2(self, secret: &[u8], salt: &[u8], rounds: NonZeroU32, key: &mut [u8]) {
        let library = match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            Self::Md5 => return pbkdf2_of::<Md5>(secret, salt, rounds, key),
            Self::Sha224 => return pbkdf2_of::<Sha224>(secret, salt, rounds, key),
            Self::Sha512Cut224 => return pbkdf2_of::<Sha512_224>(secret, salt, rounds, key),
            Self::Sha512Cut256 => return pbkdf2_of::<Sha512_256>(secret, salt, rounds, key),
        };
        pbkdf2::derive(library, rounds, salt, secret, key);
    }
}

fn keyed<H: EagerHash>(key: &[u8]) -> Hmac<H> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn is_hmac<H: EagerHash>(key: &[u8], bytes: &[u8], tag: &[u8]) -> bool {
    keyed::<H>(key).chain_update(bytes).verify_slice(tag).is_ok()
}

fn pbkdf2_of<H: EagerHash>(secret: &[u8], salt: &[u8], rounds: NonZeroU32, key: &mut [u8])
where
    Hmac<H>: Clone,
{
    let keyed = keyed::<H>(secret);
    for (number, block) in
        (1_u32..).zip(key.chunks_mut(<Hmac<H> as ::hmac::digest::OutputSizeUser>::output_size()))
    {
        let first = keyed.clone().chain_update(salt).chain_update(number.to_be_bytes());
        let mut last = first.finalize().into_bytes();
        let mut sum = last.clone();
        for _ in 1..rounds.get() {
            last = keyed.clone().chain_update(&last).finalize().into_bytes();
            sum.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
        }
        block.copy_from_slice(&sum[..block.len()]);
    }
}
