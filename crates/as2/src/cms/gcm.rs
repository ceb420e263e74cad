//! GCM in pieces (NIST SP 800-38D, 7), which AWS-LC's AEAD does not have: its counter mode, and GHASH.
use aws_lc_rs::cipher::{DecryptingKey, DecryptionContext};
use aws_lc_rs::iv::FixedLength;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use zeroize::Zeroizing;

use super::encrypt::{BLOCK_OCTETS, Cipher, NONCE_OCTETS, TAG_OCTETS};

/// Most blocks under one nonce (NIST SP 800-38D, 5.2.1.1).
const BLOCKS_MAX: u32 = u32::MAX - 2;

/// One content, encrypted or decrypted step by step; each step but the last has whole blocks.
pub(super) struct Gcm {
    /// Counter mode is its own inverse.
    key: DecryptingKey,
    hash: GHash,
    nonce: [u8; NONCE_OCTETS],
    /// Of the next block; the first is the tag's.
    counter: u32,
    mask: [u8; TAG_OCTETS],
    octets: u64,
}

impl Gcm {
    /// `None` for a key that is not the cipher's.
    pub(super) fn new(cipher: Cipher, key: &[u8], nonce: [u8; NONCE_OCTETS]) -> Option<Self> {
        let key = DecryptingKey::ctr(cipher.aes_key(key).ok()?).ok()?;
        // Counter mode over zeros is the block cipher of its counter.
        let mut subkey = Zeroizing::new([0; BLOCK_OCTETS]);
        count(&key, [0; BLOCK_OCTETS], &mut *subkey)?;
        let hash = GHash::new(&(*subkey).into());
        let mut made = Self { key, hash, nonce, counter: 1, mask: [0; TAG_OCTETS], octets: 0 };
        count(&made.key, made.block(), &mut made.mask)?;
        made.counter = 2;
        Some(made)
    }

    /// In place; `None` beyond what one nonce is good for.
    pub(super) fn encrypt(&mut self, octets: &mut [u8]) -> Option<()> {
        let block = self.advance(octets.len())?;
        count(&self.key, block, octets)?;
        self.hash.update_padded(octets);
        Some(())
    }

    /// As [`Gcm::encrypt`], back.
    pub(super) fn decrypt(&mut self, octets: &mut [u8]) -> Option<()> {
        let block = self.advance(octets.len())?;
        self.hash.update_padded(octets);
        count(&self.key, block, octets)
    }

    /// Of all that went through, without associated data.
    pub(super) fn tag(mut self) -> [u8; TAG_OCTETS] {
        let mut lengths = [0; BLOCK_OCTETS];
        lengths[8..].copy_from_slice(&(self.octets * 8).to_be_bytes());
        self.hash.update(&[lengths.into()]);
        let mut tag: [u8; TAG_OCTETS] = self.hash.finalize().into();
        tag.iter_mut().zip(self.mask).for_each(|(octet, mask)| *octet ^= mask);
        tag
    }

    fn block(&self) -> [u8; BLOCK_OCTETS] {
        let mut block = [0; BLOCK_OCTETS];
        block[..NONCE_OCTETS].copy_from_slice(&self.nonce);
        block[NONCE_OCTETS..].copy_from_slice(&self.counter.to_be_bytes());
        block
    }

    /// The counter's block for so many octets; then it stands behind them.
    fn advance(&mut self, octets: usize) -> Option<[u8; BLOCK_OCTETS]> {
        let block = self.block();
        let blocks = u32::try_from(octets.div_ceil(BLOCK_OCTETS)).ok()?;
        self.counter = self.counter.checked_add(blocks).filter(|next| *next <= BLOCKS_MAX)?;
        self.octets += octets as u64;
        Some(block)
    }
}

fn count(key: &DecryptingKey, block: [u8; BLOCK_OCTETS], octets: &mut [u8]) -> Option<()> {
    let context = DecryptionContext::Iv128(FixedLength::from(&block));
    key.decrypt(octets, context).map(drop).ok()
}
