//! Decrypting what AS2 partners send: EnvelopedData and AuthEnvelopedData, for one of several keys of ours.
//!
//! RSAES-PKCS1-v1_5 and CBC tell whoever asks often enough what a message says, if failures can be told
//! apart. So a content key drawn beforehand takes the place of any that does not unwrap (RFC 3218, 2.3.2),
//! and padding and keys fail in one form. What decrypts in CBC may still be made up: the caller tells
//! nobody anything of it before its signature holds.
use aws_lc_rs::aead::{Aad, Nonce};
use aws_lc_rs::cipher::{DecryptingKey, DecryptionContext};
use aws_lc_rs::iv::FixedLength;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::algorithm::{Weak, transport};
use super::encrypt::{AES_ARC, BLOCK_OCTETS, Cipher, TAG_OCTETS};
use super::enveloped::RECIPIENTS_MAX;
use super::{
    ID_AUTH_ENVELOPED_DATA, ID_DATA, ID_ENVELOPED_DATA, Tlv, algorithm_fields, check_message_length, names,
    read_content_info,
};
use crate::ber;
use crate::certificate::Certificate;
use crate::error::{Error, Feature, Part};
use crate::key::{KeyTransport, Recipient};
use crate::tlv::{self, Node, Reader};

const ID_DES_EDE3_CBC: &[u8] = b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07";
const TRIPLE_DES_KEY_OCTETS: usize = 24;
pub(super) const TRIPLE_DES_BLOCK_OCTETS: usize = 8;

/// What was decrypted.
pub struct Opened {
    /// The content.
    pub content: Zeroizing<Vec<u8>>,
    /// SHA-256 of the certificate whose key decrypted.
    pub recipient: [u8; 32],
    /// Whether a tag was checked. Without one (CBC) anybody may have changed the content.
    pub authenticated: bool,
}

/// The content of a message that is encrypted to one of `keys`. `rng` gives the content key that stands in
/// for one that does not unwrap.
///
/// # Errors
/// [`Error::NotRecipient`]; [`Error::Decryption`] for every way not to decrypt; [`Error::TooLong`],
/// [`Error::TooMany`], [`Error::Malformed`], [`Error::Unsupported`] for what is not such a message. Only
/// [`Error::Decryption`] depends on the key.
pub fn open(message: &[u8], keys: &[&Recipient], weak: Weak, rng: &mut impl CryptoRng) -> Result<Opened, Error> {
    open_of(message, keys, &[], weak, rng)
}

/// As [`open`]; a message to none of `keys` and to one of `not_valid` is [`Error::RecipientNotValid`].
pub(crate) fn open_of(
    message: &[u8],
    keys: &[&Recipient],
    not_valid: &[Certificate],
    weak: Weak,
    rng: &mut impl CryptoRng,
) -> Result<Opened, Error> {
    check_message_length(message.len())?;
    let made = ber::definite(message)?;
    let envelope = Envelope::read(made.as_deref().map_or(message, |made| made))?;
    if matches!(envelope.method, Method::TripleDes(_)) && !weak.triple_des {
        return Err(Error::Unsupported(Feature::TripleDes));
    }
    let (recipient, transport, wrapped) = find(&envelope.recipient_infos, keys, not_valid)?;
    let mut key = Zeroizing::new(vec![0; envelope.method.key_octets()]);
    rng.fill_bytes(&mut key);
    recipient.unwrap_over(&mut key, wrapped, transport);
    let content = envelope.decrypt(&key)?;
    let authenticated = matches!(envelope.method, Method::Gcm { .. });
    Ok(Opened { content, recipient: recipient.certificate().fingerprint(), authenticated })
}

pub(super) enum Method<'a> {
    Cbc(Cipher, [u8; BLOCK_OCTETS]),
    Gcm { cipher: Cipher, nonce: [u8; 12], attributes: Option<Tlv<'a>>, tag: &'a [u8] },
    TripleDes([u8; TRIPLE_DES_BLOCK_OCTETS]),
}

impl Method<'_> {
    pub(super) fn key_octets(&self) -> usize {
        match self {
            Self::Cbc(cipher, _) | Self::Gcm { cipher, .. } => cipher.key_octets(),
            Self::TripleDes(_) => TRIPLE_DES_KEY_OCTETS,
        }
    }
}

pub(super) struct Envelope<'a> {
    pub(super) recipient_infos: Reader<'a>,
    pub(super) method: Method<'a>,
    /// In one piece or several (BER's constructed octet string under an implicit tag).
    sealed: Vec<&'a [u8]>,
}

impl<'a> Envelope<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Error> {
        match read_content_info(der, ID_ENVELOPED_DATA, Part::EnvelopedData) {
            Ok(fields) => Self::read_fields(fields, false),
            Err(Error::Unsupported(Feature::ContentType)) => {
                Self::read_fields(read_content_info(der, ID_AUTH_ENVELOPED_DATA, Part::AuthEnvelopedData)?, true)
            }
            Err(error) => Err(error),
        }
    }

    fn read_fields(mut fields: Reader<'a>, authenticated: bool) -> Result<Self, Error> {
        fields.expect(tlv::INTEGER)?; // version: follows from the rest
        fields.optional(tlv::context(0))?; // the originator's certificates
        let recipient_infos = Reader::new(fields.expect(tlv::SET)?.contents, Part::RecipientInfo);
        let mut encrypted = fields.enter(tlv::SEQUENCE)?;
        if encrypted.expect(tlv::OBJECT_IDENTIFIER)?.whole != ID_DATA {
            return Err(Error::Unsupported(Feature::ContentType));
        }
        let identifier = encrypted.expect(tlv::SEQUENCE)?;
        let sealed = pieces(encrypted.any()?)?;
        encrypted.finish()?;
        let attributes = fields.optional(tlv::context(1))?;
        let method = if authenticated {
            let tag = fields.expect(tlv::OCTET_STRING)?.contents;
            fields.optional(tlv::context(2))?; // attributes that nobody authenticates
            gcm(identifier, attributes, tag)?
        } else {
            cbc(identifier)?
        };
        fields.finish()?;
        Ok(Self { recipient_infos, method, sealed })
    }

    fn decrypt(&self, key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match &self.method {
            Method::Gcm { cipher, nonce, attributes, tag } => {
                // What is authenticated has SET's tag, what is sent has [1] in its place (RFC 5083, 2.2).
                let aad = attributes.map(|value| Node::Value(tlv::SET, value.contents).to_der()).unwrap_or_default();
                let joined;
                let sealed = if let [whole] = self.sealed[..] {
                    whole
                } else {
                    joined = self.sealed.concat();
                    &joined[..]
                };
                let mut content = Zeroizing::new(vec![0; sealed.len()]);
                cipher
                    .gcm_key(key)?
                    .open_separate_gather(
                        Nonce::assume_unique_for_key(*nonce),
                        Aad::from(&aad),
                        sealed,
                        tag,
                        &mut content,
                    )
                    .map_err(|_| Error::Decryption)?;
                Ok(content)
            }
            Method::Cbc(cipher, iv) => {
                let mut content = Zeroizing::new(self.sealed.concat());
                let key = DecryptingKey::cbc(cipher.aes_key(key)?).map_err(|_| Error::Decryption)?;
                let context = DecryptionContext::Iv128(FixedLength::from(iv));
                key.decrypt(&mut content, context).map_err(|_| Error::Decryption)?;
                unpad(content, BLOCK_OCTETS)
            }
            Method::TripleDes(iv) => {
                let mut content = Zeroizing::new(self.sealed.concat());
                let mut decryptor =
                    cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, iv).map_err(|_| Error::Decryption)?;
                let (blocks, rest) = cbc::cipher::Array::slice_as_chunks_mut(&mut content);
                if !rest.is_empty() {
                    return Err(Error::Decryption);
                }
                decryptor.decrypt_blocks(blocks);
                unpad(content, TRIPLE_DES_BLOCK_OCTETS)
            }
        }
    }
}

fn unpad(mut content: Zeroizing<Vec<u8>>, block: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let octets = content.len() - padding(&content, block)?;
    content.truncate(octets);
    Ok(content)
}

/// Octets of the padding (RFC 5652, 6.3). All of it is looked at, whatever it says.
pub(super) fn padding(content: &[u8], block: usize) -> Result<usize, Error> {
    let last = content.len().checked_sub(block).ok_or(Error::Decryption)?;
    let length = usize::from(content[content.len() - 1]);
    let mut wrong = u8::from(length == 0) | u8::from(length > block);
    for (at, octet) in content[last..].iter().enumerate() {
        wrong |= u8::from(at + length >= block) & u8::from(usize::from(*octet) != length);
    }
    if wrong == 0 { Ok(length) } else { Err(Error::Decryption) }
}

fn pieces(value: Tlv<'_>) -> Result<Vec<&[u8]>, Error> {
    if value.tag == tlv::context_primitive(0) {
        return Ok(vec![value.contents]);
    }
    if value.tag != tlv::context(0) {
        return Err(Error::Malformed(Part::EnvelopedData));
    }
    let mut inside = Reader::new(value.contents, Part::EnvelopedData);
    let mut found = Vec::new();
    while !inside.is_empty() {
        found.push(inside.expect(tlv::OCTET_STRING)?.contents);
    }
    Ok(found)
}

fn aes(identifier: &[u8]) -> Option<Cipher> {
    let last = identifier.strip_prefix(AES_ARC)?;
    Cipher::ALL.into_iter().find(|cipher| cipher.last_arc() == last)
}

fn cbc<'a>(identifier: Tlv<'_>) -> Result<Method<'a>, Error> {
    const UNSUPPORTED: Error = Error::Unsupported(Feature::ContentEncryption);
    let (found, mut parameters) = algorithm_fields(identifier)?;
    if found == ID_DES_EDE3_CBC {
        let iv = parameters.expect(tlv::OCTET_STRING)?.contents;
        return iv.try_into().map(Method::TripleDes).map_err(|_| UNSUPPORTED);
    }
    let cipher = aes(found).filter(|cipher| !cipher.is_authenticated()).ok_or(UNSUPPORTED)?;
    let iv = parameters.expect(tlv::OCTET_STRING)?.contents;
    parameters.finish()?;
    iv.try_into().map(|iv| Method::Cbc(cipher, iv)).map_err(|_| UNSUPPORTED)
}

/// RFC 5084, 3.2: nonces of 12 octets and whole tags only.
fn gcm<'a>(identifier: Tlv<'a>, attributes: Option<Tlv<'a>>, tag: &'a [u8]) -> Result<Method<'a>, Error> {
    const UNSUPPORTED: Error = Error::Unsupported(Feature::ContentEncryption);
    let (found, mut after) = algorithm_fields(identifier)?;
    let cipher = aes(found).filter(|cipher| cipher.is_authenticated()).ok_or(UNSUPPORTED)?;
    let mut parameters = after.enter(tlv::SEQUENCE)?;
    let nonce = parameters.expect(tlv::OCTET_STRING)?.contents;
    let stated = parameters.optional(tlv::INTEGER)?.map(|length| length.contents);
    if stated != Some(&[TAG_OCTETS as u8]) || tag.len() != TAG_OCTETS {
        return Err(UNSUPPORTED);
    }
    let nonce = nonce.try_into().map_err(|_| UNSUPPORTED)?;
    Ok(Method::Gcm { cipher, nonce, attributes, tag })
}

/// The first of `keys` that the message is encrypted to, and the content key as wrapped for it. Where it is to none of them, one of
/// `not_valid` that it names.
pub(super) fn find<'a, 'k>(
    infos: &Reader<'a>,
    keys: &[&'k Recipient],
    not_valid: &[Certificate],
) -> Result<(&'k Recipient, KeyTransport, &'a [u8]), Error> {
    let certificates: Vec<_> = keys.iter().map(|key| key.certificate()).collect();
    if let Some(Named { at, method, wrapped }) = named(infos.clone(), &certificates)? {
        return Ok((keys[at], transport(method)?, wrapped));
    }
    let not_valid: Vec<_> = not_valid.iter().collect();
    let other = named(infos.clone(), &not_valid)?.map(|other| not_valid[other.at].fingerprint());
    Err(other.map_or(Error::NotRecipient, |certificate| Error::RecipientNotValid { certificate }))
}

/// Which of several a message is encrypted to, with how and what.
struct Named<'a> {
    at: usize,
    method: Tlv<'a>,
    wrapped: &'a [u8],
}

/// The first of `certificates` that a message is encrypted to.
fn named<'a>(mut infos: Reader<'a>, certificates: &[&Certificate]) -> Result<Option<Named<'a>>, Error> {
    let mut best: Option<Named<'a>> = None;
    for _ in 0..RECIPIENTS_MAX {
        if infos.is_empty() {
            break;
        }
        let info = infos.any()?;
        // Key agreement, shared secrets and passwords have tags of their own, [1] to [4].
        if info.tag != tlv::SEQUENCE {
            continue;
        }
        let mut fields = Reader::new(info.contents, Part::RecipientInfo);
        fields.expect(tlv::INTEGER)?; // version: follows from the identifier
        let identifier = fields.any()?;
        let method = fields.expect(tlv::SEQUENCE)?;
        let wrapped = fields.expect(tlv::OCTET_STRING)?.contents;
        fields.finish()?;
        let before = best.as_ref().map_or(certificates.len(), |best| best.at);
        for (at, certificate) in certificates[..before].iter().enumerate() {
            if names(identifier, certificate, Part::RecipientInfo)? {
                best = Some(Named { at, method, wrapped });
                break;
            }
        }
    }
    if !infos.is_empty() {
        return Err(Error::TooMany { part: Part::RecipientInfo, limit: RECIPIENTS_MAX });
    }
    Ok(best)
}
