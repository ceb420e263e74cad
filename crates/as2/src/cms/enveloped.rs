//! AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084) and RSAES-OAEP (RFC 3560).
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::OAEP_SHA256_MGF1SHA256;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::algorithm::{transport, transport_identifier};
use super::{
    ID_AUTH_ENVELOPED_DATA, ID_DATA, algorithm_fields, issuer_and_serial, names, read_content_info, write_content_info,
};
use crate::certificate::Certificate;
use crate::digest::Digest;
use crate::error::{Error, Feature, Part};
use crate::key::{KeyTransport, Recipient};
use crate::tlv::{self, Node, Reader, Tlv};

/// Most recipients read or written in one message.
pub const RECIPIENTS_MAX: usize = 64;

const NONCE_OCTETS: usize = 12;
const TAG_OCTETS: usize = 16;
/// A tag's length in DER: one octet of tag, one of length.
const SHORT_HEADER_OCTETS: usize = 2;

const ID_AES256_GCM: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e";

const VERSION_0: &[u8] = &[tlv::INTEGER, 1, 0];
const TAG_LENGTH: &[u8] = &[tlv::INTEGER, 1, TAG_OCTETS as u8];

/// Encrypts `content` to every recipient: the DER of a ContentInfo with AuthEnvelopedData.
///
/// `rng` gives the content key and the nonce; OAEP's seed is AWS-LC's own. The clear content is read
/// where it is and not copied.
///
/// # Errors
/// [`Error::NoRecipient`], [`Error::TooMany`], [`Error::TooLong`], [`Error::Encryption`].
pub fn encrypt(content: &[u8], recipients: &[Certificate], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
    if recipients.is_empty() {
        return Err(Error::NoRecipient);
    }
    if recipients.len() > RECIPIENTS_MAX {
        return Err(Error::TooMany { part: Part::RecipientInfo, limit: RECIPIENTS_MAX });
    }
    let mut key = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *key);
    let mut nonce = [0; NONCE_OCTETS];
    rng.fill_bytes(&mut nonce);

    let mut infos = recipients.iter().map(|to| recipient_info(to, &key)).collect::<Result<Vec<_>, _>>()?;
    infos.sort(); // DER of SET OF
    let infos = infos.concat();
    let parameters =
        Node::Around(tlv::SEQUENCE, vec![Node::Value(tlv::OCTET_STRING, &nonce), Node::Encoded(TAG_LENGTH)]);
    let fields = vec![
        Node::Encoded(VERSION_0),
        Node::Value(tlv::SET, &infos),
        Node::Around(
            tlv::SEQUENCE,
            vec![
                Node::Encoded(ID_DATA),
                Node::Around(tlv::SEQUENCE, vec![Node::Encoded(ID_AES256_GCM), parameters]),
                Node::Blank(tlv::context_primitive(0), content.len()),
            ],
        ),
        Node::Blank(tlv::OCTET_STRING, TAG_OCTETS),
    ];
    let mut message = write_content_info(ID_AUTH_ENVELOPED_DATA, fields)?;
    let end = message.len() - TAG_OCTETS; // the last field is the tag
    let (before, tag) = message.split_at_mut(end);
    let start = end - SHORT_HEADER_OCTETS - content.len(); // the one before it is the content
    let sealed = &mut before[start..end - SHORT_HEADER_OCTETS];
    let nonce = Nonce::assume_unique_for_key(nonce);
    content_key(&key)
        .seal_out_of_place_scatter(nonce, Aad::empty(), content, sealed, &[], tag)
        .map_err(|_| Error::Encryption)?;
    Ok(message)
}

/// KeyTransRecipientInfo (RFC 5652, 6.2.1).
fn recipient_info(recipient: &Certificate, key: &[u8; 32]) -> Result<Vec<u8>, Error> {
    let public = recipient.encrypting_key()?;
    let mut room = vec![0; public.ciphertext_size()];
    let wrapped = public.encrypt(&OAEP_SHA256_MGF1SHA256, key, &mut room, None).map_err(|_| Error::Encryption)?;
    let oaep = transport_identifier(KeyTransport::Oaep(Digest::Sha256));
    let fields = vec![
        Node::Encoded(VERSION_0),
        issuer_and_serial(recipient),
        Node::Encoded(&oaep),
        Node::Value(tlv::OCTET_STRING, wrapped),
    ];
    Ok(Node::Around(tlv::SEQUENCE, fields).to_der())
}

fn content_key(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("a key of AES-256 has 32 octets");
    LessSafeKey::new(key)
}

/// The content of a message that is encrypted to `recipient`. All of it or nothing: the tag is checked.
///
/// # Errors
/// [`Error::NotRecipient`]; [`Error::Decryption`] for every way not to decrypt; [`Error::TooLong`],
/// [`Error::TooMany`], [`Error::Malformed`], [`Error::Unsupported`] for what is not such a message. Only
/// [`Error::Decryption`] depends on the key.
pub fn decrypt(der: &[u8], recipient: &Recipient) -> Result<Zeroizing<Vec<u8>>, Error> {
    let message = AuthEnvelopedData::read(der)?;
    let wrapped = find_wrapped_key(message.recipient_infos, recipient.certificate())?;

    // In place of a key that does not unwrap, a decoy decrypts the content: the time does not tell which
    // of both failed.
    let unwrapped = recipient.unwrap(wrapped);
    let decoy = Zeroizing::new([0; 32]);
    let key = content_key(unwrapped.as_ref().unwrap_or(&decoy));
    let mut content = Zeroizing::new(vec![0; message.sealed.len()]);
    let nonce = Nonce::assume_unique_for_key(message.nonce);
    let opened = key.open_separate_gather(nonce, Aad::empty(), message.sealed, message.tag, &mut content);
    // The decoy is known to everybody: what opens with it is refused too.
    if opened.is_err() || unwrapped.is_none() {
        return Err(Error::Decryption);
    }
    Ok(content)
}

/// RFC 5083, 2.1, as far as it is written; `mac` stands last, outside of the content.
struct AuthEnvelopedData<'a> {
    recipient_infos: Reader<'a>,
    nonce: [u8; NONCE_OCTETS],
    sealed: &'a [u8],
    tag: &'a [u8],
}

impl<'a> AuthEnvelopedData<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Error> {
        let mut fields = read_content_info(der, ID_AUTH_ENVELOPED_DATA, Part::AuthEnvelopedData)?;
        fields.expect(tlv::INTEGER)?; // version: always 0
        fields.optional(tlv::context(0))?; // the originator's certificates
        let recipient_infos = Reader::new(fields.expect(tlv::SET)?.contents, Part::RecipientInfo);
        let mut encrypted = fields.enter(tlv::SEQUENCE)?;
        if encrypted.expect(tlv::OBJECT_IDENTIFIER)?.whole != ID_DATA {
            return Err(Error::Unsupported(Feature::ContentType));
        }
        let nonce = read_gcm(encrypted.expect(tlv::SEQUENCE)?)?;
        let sealed = encrypted.expect(tlv::context_primitive(0))?.contents;
        encrypted.finish()?;
        // They would be the associated data; for id-data nobody writes any (RFC 5083, 2.2).
        if fields.optional(tlv::context(1))?.is_some() {
            return Err(Error::Unsupported(Feature::AuthenticatedAttributes));
        }
        let tag = fields.expect(tlv::OCTET_STRING)?.contents;
        if tag.len() != TAG_OCTETS {
            return Err(Error::Unsupported(Feature::ContentEncryption));
        }
        fields.optional(tlv::context(2))?; // attributes that nobody authenticates
        fields.finish()?;
        Ok(Self { recipient_infos, nonce, sealed, tag })
    }
}

/// The nonce of an AES-256-GCM identifier (RFC 5084, 3.2).
fn read_gcm(identifier: Tlv<'_>) -> Result<[u8; NONCE_OCTETS], Error> {
    const UNSUPPORTED: Error = Error::Unsupported(Feature::ContentEncryption);
    let (found, mut after) = algorithm_fields(identifier)?;
    if found != ID_AES256_GCM {
        return Err(UNSUPPORTED);
    }
    let mut parameters = after.enter(tlv::SEQUENCE)?;
    after.finish()?;
    let nonce = parameters.expect(tlv::OCTET_STRING)?.contents;
    // Left out, the length is 12: too short a tag for us.
    if parameters.optional(tlv::INTEGER)?.is_none_or(|length| length.whole != TAG_LENGTH) {
        return Err(UNSUPPORTED);
    }
    parameters.finish()?;
    nonce.try_into().map_err(|_| UNSUPPORTED)
}

/// The content key as wrapped for this certificate.
fn find_wrapped_key<'a>(mut infos: Reader<'a>, own: &Certificate) -> Result<&'a [u8], Error> {
    for _ in 0..RECIPIENTS_MAX {
        if infos.is_empty() {
            return Err(Error::NotRecipient);
        }
        let info = infos.any()?;
        // Key agreement, shared secrets and passwords have tags of their own, [1] to [4].
        if info.tag != tlv::SEQUENCE {
            continue;
        }
        let mut fields = Reader::new(info.contents, Part::RecipientInfo);
        fields.expect(tlv::INTEGER)?; // version: follows from the identifier
        let identifier = fields.any()?;
        let transport = fields.expect(tlv::SEQUENCE)?;
        let wrapped = fields.expect(tlv::OCTET_STRING)?.contents;
        fields.finish()?;
        if names(identifier, own, Part::RecipientInfo)? {
            return if is_oaep_sha256(transport)? {
                Ok(wrapped)
            } else {
                Err(Error::Unsupported(Feature::KeyTransport))
            };
        }
    }
    if infos.is_empty() {
        return Err(Error::NotRecipient);
    }
    Err(Error::TooMany { part: Part::RecipientInfo, limit: RECIPIENTS_MAX })
}

/// RSAES-OAEP with SHA-256 for both and no label.
fn is_oaep_sha256(identifier: Tlv<'_>) -> Result<bool, Error> {
    match transport(identifier) {
        Ok(found) => Ok(found == KeyTransport::Oaep(Digest::Sha256)),
        Err(Error::Unsupported(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID_RSAES_OAEP: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07";
    const ID_P_SPECIFIED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09";
    /// RSAES-OAEP with SHA-256 for the hash and for MGF1 (RFC 4055, 4.1: NULL is written).
    const OAEP_IDENTIFIER: &[u8] = b"\x30\x3c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07\x30\x2f\
    \xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\
    \xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\
    \x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00";

    /// RSAES-OAEP with these parameters.
    fn oaep(parameters: &[&[u8]]) -> Vec<u8> {
        let parameters = parameters.concat();
        let fields = vec![Node::Encoded(ID_RSAES_OAEP), Node::Value(tlv::SEQUENCE, &parameters)];
        Node::Around(tlv::SEQUENCE, fields).to_der()
    }

    #[test]
    fn only_sha256_for_both_and_no_label_is_taken() {
        let sha256 = b"\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
        let sha512 = b"\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03";
        let mask = &OAEP_IDENTIFIER[OAEP_IDENTIFIER.len() - 30..];
        let label = |label: &[u8]| {
            let fields = vec![Node::Encoded(ID_P_SPECIFIED), Node::Value(tlv::OCTET_STRING, label)];
            Node::Around(tlv::context(2), vec![Node::Around(tlv::SEQUENCE, fields)]).to_der()
        };
        let taken = |der: &[u8]| is_oaep_sha256(Reader::new(der, Part::Algorithm).any()?);
        assert_eq!(taken(OAEP_IDENTIFIER), Ok(true));
        assert_eq!(taken(&oaep(&[sha256, mask])), Ok(true));
        assert_eq!(taken(&oaep(&[sha256, mask, &label(b"")])), Ok(true));
        assert_eq!(taken(&oaep(&[sha256, mask, &label(b"L")])), Ok(false));
        assert_eq!(taken(&oaep(&[sha512, mask])), Ok(false));
        assert_eq!(taken(&oaep(&[sha256])), Ok(false));
        assert_eq!(taken(&oaep(&[mask])), Ok(false));
        assert_eq!(taken(&oaep(&[])), Ok(false));
        assert_eq!(taken(&oaep(&[mask, sha256])), Err(Error::Malformed(Part::Algorithm)));
    }
}
