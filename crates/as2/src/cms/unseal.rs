//! Decrypting a content that is not held: AES in CBC and GCM, 3DES.
//!
//! What this gives is not yet known to be whole: only [`Unsealing::finish`] knows padding and tag.
use std::io::{self, Read};

use aws_lc_rs::cipher::{DecryptingKey, DecryptionContext};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Kind;
use super::algorithm::Weak;
use super::encrypt::BLOCK_OCTETS;
use super::gcm::Gcm;
use super::open::{Envelope, Method, TRIPLE_DES_BLOCK_OCTETS, find, padding};
use super::shell::Shell;
use crate::certificate::Certificate;
use crate::error::{Error, Feature};
use crate::key::Recipient;
use crate::octets::{Octets, Stop, drain, outside};

/// Decrypted at once; blocks of every cipher fit into it.
const STEP_OCTETS: usize = 64 * 1024;

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
    /// As [`open_of`](super::open_of): which of `keys` it is for, and its content key or one that was drawn.
    pub(crate) fn open(
        octets: Octets<'r>,
        keys: &[&Recipient],
        not_valid: &[Certificate],
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
        let (recipient, transport, wrapped) = find(&envelope.recipient_infos, keys, not_valid)?;
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
            // They stand after the content and are hashed before it.
            (Method::Gcm { attributes: Some(_), .. }, _) => {
                Err(Error::Unsupported(Feature::AuthenticatedAttributes).into())
            }
            (Method::Gcm { tag, .. }, Engine::Gcm(gcm)) => {
                verify_slices_are_equal(&gcm.tag(), tag).map_err(|_| Error::Decryption.into())
            }
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
            Method::Gcm { cipher, nonce, .. } => {
                Self::Gcm(Box::new(Gcm::new(*cipher, key, *nonce).ok_or(Error::Decryption)?))
            }
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
            Self::Gcm(gcm) => gcm.decrypt(octets).ok_or(Error::Decryption),
        }
    }
}
