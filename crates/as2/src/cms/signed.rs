//! SignedData (RFC 5652, 5).
use std::time::Duration;

use der::Encode;
use der::asn1::{GeneralizedTime, UtcTime};
use zeroize::Zeroizing;

use super::algorithm::{self, Weak};
use super::{
    ID_DATA, ID_SHA256, ID_SIGNED_DATA, NULL, is_plain, issuer_and_serial, names, read_content_info, write_content_info,
};
use crate::certificate::{Certificate, KeyKind, RSA_ENCRYPTION};
use crate::digest::Digest;
use crate::error::{Error, Feature, Part};
use crate::key::{Padding, Signer};
use crate::tlv::{self, Node, Reader, Tlv};

/// Most signatures read in one message.
pub const SIGNERS_MAX: usize = 16;
/// Most signed attributes read of one signer.
pub const ATTRIBUTES_MAX: usize = 64;

/// Longest signed attributes read: they are copied once.
const ATTRIBUTES_OCTETS_MAX: usize = 64 * 1024;

const ID_CONTENT_TYPE: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const ID_MESSAGE_DIGEST: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const ID_SIGNING_TIME: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
const ID_SHA256_WITH_RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
const ID_RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

const VERSION_1: &[u8] = &[tlv::INTEGER, 1, 1];

/// Signs `content` and carries it: the DER of a ContentInfo with SignedData, certificate included, without
/// a signing time. The same content and signer give the same bytes.
///
/// # Errors
/// [`Error::TooLong`]; [`Error::Signing`], also for a key that is not RSA's.
pub fn sign(content: &[u8], signer: &Signer) -> Result<Zeroizing<Vec<u8>>, Error> {
    sign_with(content, signer, None)
}

/// As [`sign`], with a signing time in seconds since 1970 (RFC 5652, 11.3).
///
/// # Errors
/// [`Error::SigningTime`], and those of [`sign`].
pub fn sign_at(content: &[u8], signer: &Signer, signed_at_seconds: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
    sign_with(content, signer, Some(&signing_time(signed_at_seconds)?))
}

fn sign_with(content: &[u8], signer: &Signer, time: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, Error> {
    // A delivery copy has one form, and that is RSA's.
    if signer.certificate().key_kind() != KeyKind::Rsa {
        return Err(Error::Signing);
    }
    let digest = Digest::Sha256.of(content);
    write(&digest, signer, Signature::default(), time, Some(content)).map(Zeroizing::new)
}

/// How a partner's message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// Of the content and of the attributes. SHA-1 is refused.
    pub digest: Digest,
    /// Of the signature, where the signer's key is RSA's.
    pub padding: Padding,
}

impl Default for Signature {
    fn default() -> Self {
        Self { digest: Digest::Sha256, padding: Padding::Pkcs1 }
    }
}

/// The signature alone over a content that goes beside it (`multipart/signed`, RFC 5751, 3.4.3), without a
/// signing time: with [`Padding::Pkcs1`] the same content and signer give the same bytes.
///
/// # Errors
/// [`Error::Signing`].
pub fn sign_as(content: &[u8], signer: &Signer, signature: Signature) -> Result<Vec<u8>, Error> {
    sign_digest(&signature.digest.of(content), signer, signature)
}

/// As [`sign_as`], over a content that is not held: its digest.
pub(crate) fn sign_digest(value: &[u8], signer: &Signer, signature: Signature) -> Result<Vec<u8>, Error> {
    write(value, signer, signature, None, None)
}

fn write(
    content_digest: &[u8],
    signer: &Signer,
    Signature { digest, padding }: Signature,
    time: Option<&[u8]>,
    carried: Option<&[u8]>,
) -> Result<Vec<u8>, Error> {
    let mut attributes = vec![
        attribute(ID_CONTENT_TYPE, Node::Encoded(ID_DATA)),
        attribute(ID_MESSAGE_DIGEST, Node::Value(tlv::OCTET_STRING, content_digest)),
    ];
    attributes.extend(time.map(|time| attribute(ID_SIGNING_TIME, Node::Encoded(time))));
    attributes.sort(); // DER of SET OF
    let attributes = attributes.concat();
    // What is signed has SET's tag, what is sent has [0] in its place (RFC 5652, 5.4).
    let value = signer.sign(&Node::Value(tlv::SET, &attributes).to_der(), digest, padding)?;

    let certificate = signer.certificate();
    let digest_identifier = algorithm::digest_identifier(digest);
    let signature_identifier = match (certificate.key_kind(), padding) {
        (KeyKind::Rsa, Padding::Pkcs1) => RSA_ENCRYPTION.to_vec(),
        (KeyKind::Rsa, Padding::Pss) => algorithm::pss_identifier(digest),
        (KeyKind::P256 | KeyKind::P384, _) => algorithm::ecdsa_identifier(digest),
    };
    let signer_info = Node::Around(
        tlv::SEQUENCE,
        vec![
            Node::Encoded(VERSION_1),
            issuer_and_serial(certificate),
            Node::Encoded(&digest_identifier),
            Node::Value(tlv::context(0), &attributes),
            Node::Encoded(&signature_identifier),
            Node::Value(tlv::OCTET_STRING, &value),
        ],
    );
    let mut encapsulated = vec![Node::Encoded(ID_DATA)];
    if let Some(content) = carried {
        encapsulated.push(Node::Around(tlv::context(0), vec![Node::Value(tlv::OCTET_STRING, content)]));
    }
    let fields = vec![
        Node::Encoded(VERSION_1),
        Node::Value(tlv::SET, &digest_identifier),
        Node::Around(tlv::SEQUENCE, encapsulated),
        Node::Value(tlv::context(0), certificate.der()),
        Node::Around(tlv::SET, vec![signer_info]),
    ];
    write_content_info(ID_SIGNED_DATA, fields)
}

fn attribute(kind: &[u8], value: Node<'_>) -> Vec<u8> {
    Node::Around(tlv::SEQUENCE, vec![Node::Encoded(kind), Node::Around(tlv::SET, vec![value])]).to_der()
}

/// UTCTime until 2049, GeneralizedTime after.
fn signing_time(seconds: u64) -> Result<Vec<u8>, Error> {
    let since_1970 = Duration::from_secs(seconds);
    UtcTime::from_unix_duration(since_1970)
        .and_then(|time| time.to_der())
        .or_else(|_| GeneralizedTime::from_unix_duration(since_1970).and_then(|time| time.to_der()))
        .map_err(|_| Error::SigningTime)
}

/// The content of a message that `trusted` signed. Certificates in the message are not looked at.
///
/// The content lies in `der`, which is the caller's to overwrite.
///
/// # Errors
/// [`Error::NotSigner`], [`Error::Digest`], [`Error::Signature`]; [`Error::TooLong`], [`Error::TooMany`],
/// [`Error::Malformed`], [`Error::Unsupported`] for what is not such a message.
pub fn verify<'a>(der: &'a [u8], trusted: &Certificate) -> Result<&'a [u8], Error> {
    let message = SignedData::read(der)?;
    let content = message.content.ok_or(Error::Unsupported(Feature::DetachedContent))?;
    let mut infos = message.signer_infos;
    for _ in 0..SIGNERS_MAX {
        if infos.is_empty() {
            return Err(Error::NotSigner);
        }
        let info = SignerInfo::read(&mut infos)?;
        if names(info.identifier, trusted, Part::SignerInfo)? {
            info.check_strictly(content, trusted)?;
            return Ok(content);
        }
    }
    if infos.is_empty() {
        return Err(Error::NotSigner);
    }
    Err(Error::TooMany { part: Part::SignerInfo, limit: SIGNERS_MAX })
}

/// SignedData over id-data (RFC 5652, 5.1).
pub(super) struct SignedData<'a> {
    /// `None` where it is elsewhere.
    pub(super) content: Option<&'a [u8]>,
    pub(super) signer_infos: Reader<'a>,
}

impl<'a> SignedData<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Error> {
        let mut fields = read_content_info(der, ID_SIGNED_DATA, Part::SignedData)?;
        fields.expect(tlv::INTEGER)?; // version: follows from the rest
        fields.expect(tlv::SET)?; // digest algorithms: each signer states its own
        let mut encapsulated = fields.enter(tlv::SEQUENCE)?;
        if encapsulated.expect(tlv::OBJECT_IDENTIFIER)?.whole != ID_DATA {
            return Err(Error::Unsupported(Feature::ContentType));
        }
        let content = encapsulated.optional(tlv::context(0))?.map(carried).transpose()?;
        encapsulated.finish()?;
        fields.optional(tlv::context(0))?; // certificates: the trusted one is known
        fields.optional(tlv::context(1))?; // revocation lists
        let signer_infos = Reader::new(fields.expect(tlv::SET)?.contents, Part::SignerInfo);
        fields.finish()?;
        Ok(Self { content, signer_infos })
    }
}

fn carried(explicit: Tlv<'_>) -> Result<&[u8], Error> {
    let mut explicit = Reader::new(explicit.contents, Part::SignedData);
    let content = explicit.expect(tlv::OCTET_STRING)?.contents;
    explicit.finish()?;
    Ok(content)
}

/// What was signed in place of the content, and the digest of the content in it.
pub(super) type Attested<'a> = (Vec<u8>, &'a [u8]);

/// RFC 5652, 5.3: who signed, and what besides the content was signed.
pub(super) struct SignerInfo<'a> {
    pub(super) identifier: Tlv<'a>,
    pub(super) digest_algorithm: Tlv<'a>,
    attributes: Option<Tlv<'a>>,
    pub(super) signature_algorithm: Tlv<'a>,
    pub(super) signature: &'a [u8],
}

impl<'a> SignerInfo<'a> {
    pub(super) fn read(infos: &mut Reader<'a>) -> Result<Self, Error> {
        let mut fields = infos.enter(tlv::SEQUENCE)?;
        fields.expect(tlv::INTEGER)?; // version: follows from the identifier
        let info = Self {
            identifier: fields.any()?,
            digest_algorithm: fields.expect(tlv::SEQUENCE)?,
            attributes: fields.optional(tlv::context(0))?,
            signature_algorithm: fields.expect(tlv::SEQUENCE)?,
            signature: fields.expect(tlv::OCTET_STRING)?.contents,
        };
        fields.optional(tlv::context(1))?; // unsigned attributes: anybody's
        fields.finish()?;
        Ok(info)
    }

    /// What was signed in place of the content, and the digest of the content in it; `None` without attributes.
    pub(super) fn signed_attributes(&self) -> Result<Option<Attested<'a>>, Error> {
        let Some(attributes) = self.attributes else { return Ok(None) };
        let octets = attributes.whole.len();
        if octets > ATTRIBUTES_OCTETS_MAX {
            return Err(Error::TooLong { part: Part::SignedAttributes, octets, limit: ATTRIBUTES_OCTETS_MAX });
        }
        let stated = SignedAttributes::read(attributes.contents)?;
        if stated.content_type != ID_DATA {
            return Err(Error::Unsupported(Feature::ContentType));
        }
        Ok(Some((Node::Value(tlv::SET, attributes.contents).to_der(), stated.digest)))
    }

    fn check_strictly(&self, content: &[u8], trusted: &Certificate) -> Result<(), Error> {
        if !is_plain(self.digest_algorithm, ID_SHA256)? {
            return Err(Error::Unsupported(Feature::DigestAlgorithm));
        }
        if !signs_with_pkcs1(self.signature_algorithm)? {
            return Err(Error::Unsupported(Feature::SignatureAlgorithm));
        }
        let (signed, digest) = self.signed_attributes()?.ok_or(Error::Unsupported(Feature::NoSignedAttributes))?;
        let scheme = algorithm::signature(self.signature_algorithm, Digest::Sha256, Weak::default())?;
        scheme.verify(trusted, &signed, self.signature)?;
        if digest == Digest::Sha256.of(content) { Ok(()) } else { Err(Error::Digest) }
    }
}

/// rsaEncryption says the same as sha256WithRSAEncryption beside a digest algorithm (RFC 5754, 3.2).
fn signs_with_pkcs1(identifier: Tlv<'_>) -> Result<bool, Error> {
    let (_, mut parameters) = super::algorithm_fields(identifier)?;
    let without_parameters = parameters.optional(tlv::NULL)?.is_none_or(|null| null.whole == NULL);
    Ok(without_parameters && (is_plain(identifier, ID_RSA_ENCRYPTION)? || is_plain(identifier, ID_SHA256_WITH_RSA)?))
}

/// The two attributes that must be there (RFC 5652, 5.3), exactly once with exactly one value.
struct SignedAttributes<'a> {
    content_type: &'a [u8],
    digest: &'a [u8],
}

impl<'a> SignedAttributes<'a> {
    fn read(contents: &'a [u8]) -> Result<Self, Error> {
        const MALFORMED: Error = Error::Malformed(Part::SignedAttributes);
        let mut attributes = Reader::new(contents, Part::SignedAttributes);
        let (mut content_type, mut digest) = (None, None);
        let mut count = 0;
        while !attributes.is_empty() {
            if count == ATTRIBUTES_MAX {
                return Err(Error::TooMany { part: Part::SignedAttributes, limit: ATTRIBUTES_MAX });
            }
            count += 1;
            let mut fields = attributes.enter(tlv::SEQUENCE)?;
            let kind = fields.expect(tlv::OBJECT_IDENTIFIER)?.whole;
            let mut values = fields.enter(tlv::SET)?;
            fields.finish()?;
            let previous = match kind {
                ID_CONTENT_TYPE => content_type.replace(values.expect(tlv::OBJECT_IDENTIFIER)?.whole),
                ID_MESSAGE_DIGEST => digest.replace(values.expect(tlv::OCTET_STRING)?.contents),
                _ => continue,
            };
            values.finish()?;
            if previous.is_some() {
                return Err(MALFORMED);
            }
        }
        Ok(Self { content_type: content_type.ok_or(MALFORMED)?, digest: digest.ok_or(MALFORMED)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_required_attribute_is_there_once_with_one_value() {
        let kind = attribute(ID_CONTENT_TYPE, Node::Encoded(ID_DATA));
        let digest = attribute(ID_MESSAGE_DIGEST, Node::Value(tlv::OCTET_STRING, &[7; 32]));
        let twice = [ID_DATA, ID_DATA].concat();
        let two_values = attribute(ID_CONTENT_TYPE, Node::Encoded(&twice));
        let other = attribute(ID_SIGNING_TIME, Node::Encoded(NULL));
        let read = |attributes: &[&Vec<u8>]| {
            let contents: Vec<u8> = attributes.iter().copied().flatten().copied().collect();
            SignedAttributes::read(&contents).map(|stated| stated.digest[0])
        };
        let malformed = Err(Error::Malformed(Part::SignedAttributes));
        assert_eq!(read(&[&kind, &digest]), Ok(7));
        assert_eq!(read(&[&digest, &other, &kind, &other]), Ok(7));
        assert_eq!(read(&[&kind]), malformed);
        assert_eq!(read(&[&digest]), malformed);
        assert_eq!(read(&[&kind, &digest, &digest]), malformed);
        assert_eq!(read(&[&kind, &kind, &digest]), malformed);
        assert_eq!(read(&[&two_values, &digest]), malformed);
        let crowd = [vec![&kind, &digest], vec![&other; ATTRIBUTES_MAX - 1]].concat();
        assert_eq!(read(&crowd[..ATTRIBUTES_MAX]), Ok(7));
        assert_eq!(read(&crowd), Err(Error::TooMany { part: Part::SignedAttributes, limit: 64 }));
    }
}
