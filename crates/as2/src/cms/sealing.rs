//! Encrypting a content that is not held: AES in CBC and GCM.
use std::io::{self, Write};

use aws_lc_rs::cipher::{EncryptingKey, EncryptionContext};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::encrypt::{BLOCK_OCTETS, ContentKey};
use super::frame::{Frame, PIECE_OCTETS};
use super::gcm::Gcm;
use super::{ID_AUTH_ENVELOPED_DATA, ID_ENVELOPED_DATA};
use crate::error::Error;
use crate::octets::wrong;
use crate::tlv::{self, Node};

/// Encrypts what is written to it, a piece at a time. It is a message once [`Sealing::finish`] has returned.
pub(crate) struct Sealing<'w> {
    frame: Frame<'w>,
    engine: Engine,
    /// At most a piece, which is encrypted in place.
    clear: Zeroizing<Vec<u8>>,
}

impl<'w> Sealing<'w> {
    /// Under a key that encrypts nothing else.
    pub(crate) fn begin(key: ContentKey, sink: &'w mut dyn Write) -> io::Result<Self> {
        let engine = Engine::new(&key).map_err(wrong)?;
        let kind = if matches!(engine, Engine::Gcm(_)) { ID_AUTH_ENVELOPED_DATA } else { ID_ENVELOPED_DATA };
        let frame = Frame::implicit(sink, kind, &key.before(), &key.describing())?;
        Ok(Self { frame, engine, clear: Zeroizing::new(Vec::with_capacity(PIECE_OCTETS + BLOCK_OCTETS)) })
    }

    /// Encrypts the rest, and ends the message.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if let Engine::Cbc(..) = self.engine {
            // RFC 5652, 6.3.
            let padding = BLOCK_OCTETS - self.clear.len() % BLOCK_OCTETS;
            let octets = self.clear.len() + padding;
            self.clear.resize(octets, padding as u8);
        }
        self.step()?;
        let after = match self.engine {
            Engine::Cbc(..) => Vec::new(),
            Engine::Gcm(gcm) => Node::Value(tlv::OCTET_STRING, &gcm.tag()).to_der(),
        };
        self.frame.finish(&after)
    }

    fn step(&mut self) -> io::Result<()> {
        self.engine.encrypt(&mut self.clear).map_err(wrong)?;
        self.frame.piece(&self.clear)?;
        self.clear.clear();
        Ok(())
    }
}

impl Write for Sealing<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.clear.len() == PIECE_OCTETS {
            self.step()?;
        }
        let taken = octets.len().min(PIECE_OCTETS - self.clear.len());
        self.clear.extend_from_slice(&octets[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Engine {
    Cbc(Box<EncryptingKey>, [u8; BLOCK_OCTETS]),
    Gcm(Box<Gcm>),
}

impl Engine {
    fn new(key: &ContentKey) -> Result<Self, Error> {
        if key.cipher.is_authenticated() {
            let gcm = Gcm::new(key.cipher, &key.key, key.short_nonce()).ok_or(Error::Encryption)?;
            return Ok(Self::Gcm(Box::new(gcm)));
        }
        let cbc = EncryptingKey::cbc(key.cipher.aes_key(&key.key)?).map_err(|_| Error::Encryption)?;
        Ok(Self::Cbc(Box::new(cbc), key.nonce))
    }

    /// In place; whole blocks, but for the end of GCM.
    fn encrypt(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        match self {
            Self::Cbc(key, iv) => {
                let context = EncryptionContext::Iv128(FixedLength::from(&*iv));
                key.less_safe_encrypt(octets, context).map_err(|_| Error::Encryption)?;
                *iv = octets.last_chunk().copied().unwrap_or(*iv);
                Ok(())
            }
            Self::Gcm(gcm) => gcm.encrypt(octets).ok_or(Error::Encryption),
        }
    }
}
