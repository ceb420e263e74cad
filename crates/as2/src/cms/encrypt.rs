//! Encrypting for AS2 partners: AES in GCM (RFC 5083, 5084) or CBC (RFC 3565).
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::algorithm::transport_identifier;
use super::enveloped::RECIPIENTS_MAX;
use super::{ID_AUTH_ENVELOPED_DATA, ID_DATA, ID_ENVELOPED_DATA, issuer_and_serial, write_content_info};
use crate::certificate::Certificate;
use crate::error::{Error, Part};
use crate::key::{KeyTransport, oaep};
use crate::tlv::{self, Node};

/// The arc of NIST's AES; one octet follows.
pub(super) const AES_ARC: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01";
pub(super) const BLOCK_OCTETS: usize = 16;
pub(super) const TAG_OCTETS: usize = 16;
pub(super) const NONCE_OCTETS: usize = 12;
const VERSION_0: &[u8] = &[tlv::INTEGER, 1, 0];
const TAG_LENGTH: &[u8] = &[tlv::INTEGER, 1, TAG_OCTETS as u8];

/// How a partner's message is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cipher {
    /// AES-128 in CBC.
    Aes128Cbc,
    /// AES-192 in CBC.
    Aes192Cbc,
    /// AES-256 in CBC, which every partner reads.
    #[default]
    Aes256Cbc,
    /// AES-128 in GCM.
    Aes128Gcm,
    /// AES-192 in GCM.
    Aes192Gcm,
    /// AES-256 in GCM.
    Aes256Gcm,
}

impl Cipher {
    pub(super) const ALL: [Self; 6] =
        [Self::Aes128Cbc, Self::Aes192Cbc, Self::Aes256Cbc, Self::Aes128Gcm, Self::Aes192Gcm, Self::Aes256Gcm];

    /// Whether a changed message is noticed.
    pub fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    pub(super) fn key_octets(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes192Cbc | Self::Aes192Gcm => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }

    /// The last octet of its object identifier.
    pub(super) fn last_arc(self) -> &'static [u8] {
        match self {
            Self::Aes128Cbc => &[2],
            Self::Aes128Gcm => &[6],
            Self::Aes192Cbc => &[22],
            Self::Aes192Gcm => &[26],
            Self::Aes256Cbc => &[42],
            Self::Aes256Gcm => &[46],
        }
    }

    /// A key of AES alone, of [`Cipher::key_octets`].
    pub(super) fn aes_key(self, key: &[u8]) -> Result<UnboundCipherKey, Error> {
        let algorithm = match self.key_octets() {
            16 => &AES_128,
            24 => &AES_192,
            _ => &AES_256,
        };
        UnboundCipherKey::new(algorithm, key).map_err(|_| Error::Encryption)
    }

    /// A key of AES in GCM, of [`Cipher::key_octets`].
    pub(super) fn gcm_key(self, key: &[u8]) -> Result<LessSafeKey, Error> {
        let algorithm = match self.key_octets() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            _ => &AES_256_GCM,
        };
        UnboundKey::new(algorithm, key).map(LessSafeKey::new).map_err(|_| Error::Encryption)
    }
}

/// Encrypts `content` to every recipient: the DER of a ContentInfo with EnvelopedData or, in GCM,
/// AuthEnvelopedData. `rng` gives the content key and the nonce; padding is AWS-LC's own.
///
/// # Errors
/// [`Error::NoRecipient`], [`Error::TooMany`], [`Error::TooLong`], [`Error::Encryption`] (also for a
/// recipient whose key is not RSA).
pub fn encrypt_as(
    content: &[u8],
    recipients: &[Certificate],
    cipher: Cipher,
    transport: KeyTransport,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    let key = ContentKey::draw(recipients, cipher, transport, rng)?;
    let (before, describing) = (key.before(), key.describing());
    let encrypted = |sealed| vec![Node::Encoded(&describing), Node::Value(tlv::context_primitive(0), sealed)];
    if cipher.is_authenticated() {
        let (sealed, tag) = seal_gcm(content, &key)?;
        let fields = vec![
            Node::Encoded(&before),
            Node::Around(tlv::SEQUENCE, encrypted(&sealed)),
            Node::Value(tlv::OCTET_STRING, &tag),
        ];
        return write_content_info(ID_AUTH_ENVELOPED_DATA, fields);
    }
    let sealed = seal_cbc(content, &key)?;
    let fields = vec![Node::Encoded(&before), Node::Around(tlv::SEQUENCE, encrypted(&sealed))];
    write_content_info(ID_ENVELOPED_DATA, fields)
}

/// What one content is encrypted with, and to whom.
pub(crate) struct ContentKey {
    pub(super) cipher: Cipher,
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) nonce: [u8; BLOCK_OCTETS],
    /// RecipientInfos, in DER's order.
    infos: Vec<u8>,
}

impl ContentKey {
    /// Drawn, and wrapped for every recipient.
    pub(crate) fn draw(
        recipients: &[Certificate],
        cipher: Cipher,
        transport: KeyTransport,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        if recipients.is_empty() {
            return Err(Error::NoRecipient);
        }
        if recipients.len() > RECIPIENTS_MAX {
            return Err(Error::TooMany { part: Part::RecipientInfo, limit: RECIPIENTS_MAX });
        }
        let mut key = Zeroizing::new(vec![0; cipher.key_octets()]);
        rng.fill_bytes(&mut key);
        let mut nonce = [0; BLOCK_OCTETS];
        rng.fill_bytes(&mut nonce);
        let mut infos =
            recipients.iter().map(|to| recipient_info(to, &key, transport)).collect::<Result<Vec<_>, _>>()?;
        infos.sort(); // DER of SET OF
        Ok(Self { cipher, key, nonce, infos: infos.concat() })
    }

    /// GCM's.
    pub(super) fn short_nonce(&self) -> [u8; NONCE_OCTETS] {
        std::array::from_fn(|at| self.nonce[at])
    }

    /// The fields before the SEQUENCE with the content.
    pub(super) fn before(&self) -> Vec<u8> {
        [VERSION_0, &Node::Value(tlv::SET, &self.infos).to_der()].concat()
    }

    /// The fields of that SEQUENCE before the content.
    pub(super) fn describing(&self) -> Vec<u8> {
        let nonce = self.short_nonce();
        let parameters = if self.cipher.is_authenticated() {
            Node::Around(tlv::SEQUENCE, vec![Node::Value(tlv::OCTET_STRING, &nonce), Node::Encoded(TAG_LENGTH)])
        } else {
            Node::Value(tlv::OCTET_STRING, &self.nonce)
        };
        let identifier = Node::Joined(tlv::OBJECT_IDENTIFIER, vec![&AES_ARC[2..], self.cipher.last_arc()]);
        [ID_DATA, &Node::Around(tlv::SEQUENCE, vec![identifier, parameters]).to_der()].concat()
    }
}

fn seal_gcm(content: &[u8], key: &ContentKey) -> Result<(Vec<u8>, [u8; TAG_OCTETS]), Error> {
    let (mut sealed, mut tag) = (vec![0; content.len()], [0; TAG_OCTETS]);
    let nonce = Nonce::assume_unique_for_key(key.short_nonce());
    key.cipher
        .gcm_key(&key.key)?
        .seal_out_of_place_scatter(nonce, Aad::empty(), content, &mut sealed, &[], &mut tag)
        .map_err(|_| Error::Encryption)?;
    Ok((sealed, tag))
}

/// With the padding of RFC 5652, 6.3. What is encrypted in place leaves no clear copy.
fn seal_cbc(content: &[u8], key: &ContentKey) -> Result<Vec<u8>, Error> {
    let padding = BLOCK_OCTETS - content.len() % BLOCK_OCTETS;
    let mut sealed = Vec::with_capacity(content.len() + padding);
    sealed.extend_from_slice(content);
    sealed.resize(content.len() + padding, padding as u8);
    let context = EncryptionContext::Iv128(FixedLength::from(&key.nonce));
    let cbc = EncryptingKey::cbc(key.cipher.aes_key(&key.key)?).map_err(|_| Error::Encryption)?;
    cbc.less_safe_encrypt(&mut sealed, context).map_err(|_| Error::Encryption)?;
    Ok(sealed)
}

/// KeyTransRecipientInfo (RFC 5652, 6.2.1).
fn recipient_info(recipient: &Certificate, key: &[u8], transport: KeyTransport) -> Result<Vec<u8>, Error> {
    let wrapped = match transport {
        KeyTransport::Pkcs1 => {
            let public = recipient.pkcs1_encrypting_key()?;
            let mut room = vec![0; public.ciphertext_size()];
            let octets = public.encrypt(key, &mut room).map_err(|_| Error::Encryption)?.len();
            room.truncate(octets);
            room
        }
        KeyTransport::Oaep(digest) => {
            let public = recipient.encrypting_key()?;
            let mut room = vec![0; public.ciphertext_size()];
            let octets = public.encrypt(oaep(digest), key, &mut room, None).map_err(|_| Error::Encryption)?.len();
            room.truncate(octets);
            room
        }
    };
    let identifier = transport_identifier(transport);
    let fields = vec![
        Node::Encoded(VERSION_0),
        issuer_and_serial(recipient),
        Node::Encoded(&identifier),
        Node::Value(tlv::OCTET_STRING, &wrapped),
    ];
    Ok(Node::Around(tlv::SEQUENCE, fields).to_der())
}
