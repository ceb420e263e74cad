//! Decrypting a content that is not held: AES in CBC and GCM, 3DES.
//!
//! What this gives is not yet known to be whole: only [`Unsealing::finish`] knows padding and tag.
use std::io::{self, Read};

use aws_lc_rs::cipher::{DecryptingKey, DecryptionContext};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::algorithm::Weak;
use super::encrypt::{BLOCK_OCTETS, Cipher, TAG_OCTETS};
use super::open::{Envelope, Method, TRIPLE_DES_BLOCK_OCTETS, find, padding};
use super::shell::Shell;
use super::{Kind, Tlv};
use crate::error::{Error, Feature};
use crate::key::Recipient;
use crate::octets::{Octets, Stop, drain, outside};

/// Decrypted at once; blocks of every cipher fit into it.
const STEP_OCTETS: usize = 64 * 1024;
/// Most blocks under one nonce (NIST SP 800-38D, 5.2.1.1).
const GCM_BLOCKS_MAX: u32 = u32::MAX - 2;

/// The content of a message that is encrypted to one of our keys.
pub(crate) struct Unsealing<'r> {
    shell: Option<Shell<'r>>,
    engine: Engine,
    /// Sealed octets that were read, of which the last block waits: it may be the padding.
    sealed: Vec<u8>,
    clear: Zeroizing<Vec<u8>>,
    taken: usize,
    ended: bool,
    failed: Option<Stop>,
    recipient: [u8; 32],
}

impl<'r> Unsealing<'r> {
    /// As [`open`](super::open): which of `keys` it is for, and its content key or one that was drawn.
    pub(crate) fn open(
        octets: Octets<'r>,
        keys: &[&Recipient],
        weak: Weak,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Stop> {
        let shell = Shell::open(octets, Kind::Encrypted)?;
        let before = shell.before();
        let envelope = Envelope::read(&before)?;
        if matches!(envelope.method, Method::TripleDes(_)) && !weak.triple_des {
            // That is told only of what is well-formed to its end.
            Envelope::read(&shell.finish()?)?;
            return Err(Error::Unsupported(Feature::TripleDes).into());
        }
        let (recipient, transport, wrapped) = find(envelope.recipient_infos.clone(), keys)?;
        let mut key = Zeroizing::new(vec![0; envelope.method.key_octets()]);
        rng.fill_bytes(&mut key);
        recipient.unwrap_over(&mut key, wrapped, transport);
        Ok(Self {
            shell: Some(shell),
            engine: Engine::new(&envelope.method, &key)?,
            sealed: Vec::with_capacity(STEP_OCTETS + BLOCK_OCTETS),
            clear: Zeroizing::default(),
            taken: 0,
            ended: false,
            failed: None,
            recipient: recipient.certificate().fingerprint(),
        })
    }

    /// SHA-256 of the certificate whose key decrypts.
    pub(crate) fn recipient(&self) -> [u8; 32] {
        self.recipient
    }

    /// Whether [`Self::finish`] checks a tag.
    pub(crate) fn authenticated(&self) -> bool {
        matches!(self.engine, Engine::Gcm(_))
    }

    /// Reads to the end: whether all of it is well-formed, padded, and has the right tag.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        let _ = drain(&mut self);
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let Some(shell) = self.shell.take() else { return Ok(()) };
        let whole = shell.finish()?;
        match (Envelope::read(&whole)?.method, self.engine) {
            (Method::Gcm { attributes, tag, .. }, Engine::Gcm(gcm)) => gcm.check(attributes, tag).map_err(Stop::Wrong),
            _ => Ok(()),
        }
    }

    fn step(&mut self) -> Result<(), Stop> {
        let shell = self.shell.as_mut().ok_or(Stop::Outside)?;
        let (most, mut read) = (STEP_OCTETS + BLOCK_OCTETS, self.sealed.len());
        self.sealed.resize(most, 0);
        while read < most && !self.ended {
            let octets = shell.read(&mut self.sealed[read..])?;
            read += octets;
            self.ended = octets == 0;
        }
        let now = if self.ended { read } else { STEP_OCTETS };
        self.clear = Zeroizing::new(self.sealed[..now].to_vec());
        self.taken = 0;
        self.sealed.copy_within(now..read, 0);
        self.sealed.truncate(read - now);
        self.engine.decrypt(&mut self.clear)?;
        if self.ended
            && let Some(block) = self.engine.padded_to()
        {
            let octets = self.clear.len() - padding(&self.clear, block)?;
            self.clear.truncate(octets);
        }
        Ok(())
    }
}

impl Read for Unsealing<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.clear.len() && !self.ended && self.failed.is_none() {
            self.failed = self.step().err();
        }
        if self.failed.is_some() {
            return Err(outside());
        }
        let octets = room.len().min(self.clear.len() - self.taken);
        room[..octets].copy_from_slice(&self.clear[self.taken..self.taken + octets]);
        self.taken += octets;
        Ok(octets)
    }
}

enum Engine {
    Cbc(Box<DecryptingKey>, [u8; BLOCK_OCTETS]),
    TripleDes(Box<cbc::Decryptor<des::TdesEde3>>),
    Gcm(Box<Gcm>),
}

impl Engine {
    fn new(method: &Method<'_>, key: &[u8]) -> Result<Self, Error> {
        Ok(match method {
            Method::Cbc(cipher, iv) => {
                let key = DecryptingKey::cbc(cipher.aes_key(key)?).map_err(|_| Error::Decryption)?;
                Self::Cbc(Box::new(key), *iv)
            }
            Method::TripleDes(iv) => {
                Self::TripleDes(Box::new(KeyIvInit::new_from_slices(key, iv).map_err(|_| Error::Decryption)?))
            }
            Method::Gcm { cipher, nonce, .. } => Self::Gcm(Box::new(Gcm::new(*cipher, key, nonce)?)),
        })
    }

    fn padded_to(&self) -> Option<usize> {
        match self {
            Self::Cbc(..) => Some(BLOCK_OCTETS),
            Self::TripleDes(_) => Some(TRIPLE_DES_BLOCK_OCTETS),
            Self::Gcm(_) => None,
        }
    }

    /// In place; whole blocks, but for the end of GCM.
    fn decrypt(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Cbc(key, iv) => {
                let next = octets.last_chunk().copied();
                let context = DecryptionContext::Iv128(FixedLength::from(&*iv));
                key.decrypt(octets, context).map_err(|_| Error::Decryption)?;
                *iv = next.unwrap_or(*iv);
                Ok(())
            }
            Self::TripleDes(decryptor) => {
                let (blocks, rest) = cbc::cipher::Array::slice_as_chunks_mut(octets);
                decryptor.decrypt_blocks(blocks);
                if rest.is_empty() { Ok(()) } else { Err(Error::Decryption) }
            }
            Self::Gcm(gcm) => gcm.decrypt(octets),
        }
    }
}

/// GCM in pieces (NIST SP 800-38D, 7.2), which AWS-LC's AEAD does not have: its counter mode, and GHASH.
struct Gcm {
    key: DecryptingKey,
    hash: GHash,
    nonce: [u8; 12],
    /// Of the next block; the first is the tag's.
    counter: u32,
    mask: [u8; TAG_OCTETS],
    octets: u64,
}

impl Gcm {
    fn new(cipher: Cipher, key: &[u8], nonce: &[u8; 12]) -> Result<Self, Error> {
        let key = DecryptingKey::ctr(cipher.aes_key(key)?).map_err(|_| Error::Decryption)?;
        // Counter mode over zeros is the block cipher of its counter.
        let mut subkey = Zeroizing::new([0; BLOCK_OCTETS]);
        count(&key, [0; BLOCK_OCTETS], &mut *subkey)?;
        let hash = GHash::new(&(*subkey).into());
        let mut made = Self { key, hash, nonce: *nonce, counter: 1, mask: [0; TAG_OCTETS], octets: 0 };
        count(&made.key, made.block(), &mut made.mask)?;
        made.counter = 2;
        Ok(made)
    }

    fn block(&self) -> [u8; BLOCK_OCTETS] {
        let mut block = [0; BLOCK_OCTETS];
        block[..12].copy_from_slice(&self.nonce);
        block[12..].copy_from_slice(&self.counter.to_be_bytes());
        block
    }

    fn decrypt(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        let block = self.block();
        let blocks = u32::try_from(octets.len().div_ceil(BLOCK_OCTETS)).map_err(|_| Error::Decryption)?;
        self.counter =
            self.counter.checked_add(blocks).filter(|next| *next <= GCM_BLOCKS_MAX).ok_or(Error::Decryption)?;
        self.octets += octets.len() as u64;
        self.hash.update_padded(octets);
        count(&self.key, block, octets)
    }

    fn check(mut self, attributes: Option<Tlv<'_>>, tag: &[u8]) -> Result<(), Error> {
        // They stand after the content and are hashed before it.
        if attributes.is_some() {
            return Err(Error::Unsupported(Feature::AuthenticatedAttributes));
        }
        let mut lengths = [0; BLOCK_OCTETS];
        lengths[8..].copy_from_slice(&(self.octets * 8).to_be_bytes());
        self.hash.update(&[lengths.into()]);
        let mut expected = self.hash.finalize();
        expected.iter_mut().zip(self.mask).for_each(|(octet, mask)| *octet ^= mask);
        verify_slices_are_equal(&expected, tag).map_err(|_| Error::Decryption)
    }
}

fn count(key: &DecryptingKey, block: [u8; BLOCK_OCTETS], octets: &mut [u8]) -> Result<(), Error> {
    let context = DecryptionContext::Iv128(FixedLength::from(&block));
    key.decrypt(octets, context).map(drop).map_err(|_| Error::Decryption)
}
