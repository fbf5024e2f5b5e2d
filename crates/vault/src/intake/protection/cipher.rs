//! The ciphers that files are encrypted with, all in CBC mode with padding (RFC 8018 §B.2). Only decryption: nothing is
//! written with them.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use des::cipher::{Array, BlockCipherDecrypt, BlockSizeUser, KeyInit, consts::U8};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

/// A cipher with what there is to choose about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cipher {
    Des,
    TwoKeyTripleDes,
    TripleDes,
    /// With a key of so many bytes, of which so many bits count (RFC 2268 §2).
    Rc2 {
        bytes: usize,
        bits: usize,
    },
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    /// Bytes of its key.
    pub(crate) fn key_length(self) -> usize {
        match self {
            Self::Des => 8,
            Self::TwoKeyTripleDes | Self::Aes128 => 16,
            Self::TripleDes | Self::Aes192 => 24,
            Self::Aes256 => 32,
            Self::Rc2 { bytes, .. } => bytes,
        }
    }

    /// Bytes of its blocks and of the initial vector.
    pub(crate) fn block(self) -> usize {
        match self {
            Self::Des | Self::TwoKeyTripleDes | Self::TripleDes | Self::Rc2 { .. } => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// The plain text, or nothing if key, vector or padding do not fit.
    pub(crate) fn decrypt(
        self,
        key: &[u8],
        vector: &[u8],
        text: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        if key.len() != self.key_length() || vector.len() != self.block() {
            return None;
        }
        match self {
            Self::Des => cbc(&Des::new_from_slice(key).ok()?, vector, text),
            Self::TwoKeyTripleDes => cbc(&TdesEde2::new_from_slice(key).ok()?, vector, text),
            Self::TripleDes => cbc(&TdesEde3::new_from_slice(key).ok()?, vector, text),
            Self::Rc2 { bits, .. } => cbc(&Rc2::new_with_eff_key_len(key, bits), vector, text),
            Self::Aes128 => aes(UnboundCipherKey::new(&AES_128, key).ok()?, vector, text),
            Self::Aes192 => aes(UnboundCipherKey::new(&AES_192, key).ok()?, vector, text),
            Self::Aes256 => aes(UnboundCipherKey::new(&AES_256, key).ok()?, vector, text),
        }
    }
}

fn aes(key: UnboundCipherKey, vector: &[u8], text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
    let vector: [u8; 16] = vector.try_into().ok()?;
    let mut plain = Zeroizing::new(text.to_vec());
    let length = key.decrypt(&mut plain, DecryptionContext::Iv128((&vector).into())).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

fn cbc<C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U8>>(
    cipher: &C,
    vector: &[u8],
    text: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (blocks, rest) = text.as_chunks::<8>();
    if blocks.is_empty() || !rest.is_empty() {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut before: [u8; 8] = vector.try_into().ok()?;
    for block in blocks {
        let mut clear: Array<u8, U8> = (*block).into();
        cipher.decrypt_block(&mut clear);
        plain.extend(clear.iter().zip(before).map(|(clear, before)| clear ^ before));
        before = *block;
    }
    let padding = usize::from(*plain.last()?);
    let length = plain.len().checked_sub(padding).filter(|_| (1..=8).contains(&padding))?;
    plain[length..].iter().all(|byte| usize::from(*byte) == padding).then_some(())?;
    plain.truncate(length);
    Some(plain)
}
