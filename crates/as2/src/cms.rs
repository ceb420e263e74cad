//! Cryptographic Message Syntax: sign and encrypt, decrypt and verify.
//!
//! Two profiles. A *delivery copy* ([`sign`], [`encrypt`], [`decrypt`], [`verify`]) has one form:
//!
//! | | written | read |
//! |---|---|---|
//! | encoding | DER | DER |
//! | digest | SHA-256 | SHA-256 |
//! | signature | RSASSA-PKCS1-v1_5, signed attributes contentType and messageDigest, certificate included | the same, further attributes ignored; signer named by issuer and serial or by key identifier |
//! | content | AES-256-GCM, nonce 12, tag 16 octets | the same |
//! | key transport | RSAES-OAEP, SHA-256, MGF1 with SHA-256 | the same |
//!
//! A *partner's message* ([`sign_as`], [`encrypt_as`], [`compress`]; [`open`], [`authenticate`],
//! [`decompress`]) has what AS2 partners use: BER, SHA-256, 384 and 512, RSA PKCS #1 v1.5, PSS and ECDSA,
//! AES in CBC and GCM, key transport by PKCS #1 v1.5 and OAEP; SHA-1 and 3DES where [`Weak`] grants them.
//!
//! Nothing from a message is copied or allocated by a length that it states: lengths are checked against
//! the octets that are there, and the octets against [`MESSAGE_OCTETS_MAX`].
mod algorithm;
mod authenticate;
mod compressed;
mod deflate;
mod encrypt;
mod enveloped;
mod frame;
mod gcm;
mod inflate;
mod open;
mod sealing;
mod shell;
mod signed;
mod signing;
mod unseal;

pub use algorithm::Weak;
pub use authenticate::{Authenticated, authenticate, authenticate_detached};
pub(crate) use authenticate::{authenticate_digested, unsigned};
pub use compressed::{Limits, compress, decompress};
pub(crate) use deflate::Deflating;
pub(crate) use encrypt::ContentKey;
pub use encrypt::{Cipher, encrypt_as};
pub use enveloped::{RECIPIENTS_MAX, decrypt, encrypt};
pub(crate) use inflate::Inflating;
pub(crate) use open::open_of;
pub use open::{Opened, open};
pub(crate) use sealing::Sealing;
pub use shell::AROUND_OCTETS_MAX;
pub(crate) use signed::sign_digest;
pub use signed::{ATTRIBUTES_MAX, SIGNERS_MAX, Signature, sign, sign_as, sign_at, verify};
pub(crate) use signing::Around;
pub(crate) use unseal::Unsealing;

use crate::certificate::Certificate;
use crate::error::{Error, Feature, Part};
use crate::tlv::{self, Node, Reader, Tlv};

/// Longest message read or written: twice and a half the longest interchange that the gateway takes.
pub const MESSAGE_OCTETS_MAX: usize = 256 * 1024 * 1024;

// Object identifiers, tag and length included.
const ID_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const ID_SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ID_AUTH_ENVELOPED_DATA: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";
const ID_SHA256: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
const ID_ENVELOPED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
const ID_COMPRESSED_DATA: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09";
const NULL: &[u8] = &[tlv::NULL, 0];

/// What a ContentInfo holds, as far as it is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SignedData (RFC 5652, 5).
    Signed,
    /// EnvelopedData or AuthEnvelopedData (RFC 5652, 6; RFC 5083).
    Encrypted,
    /// CompressedData (RFC 3274).
    Compressed,
}

/// What kind of message this is, from its first octets, DER or BER. `smime-type` of a header may say
/// anything.
///
/// # Errors
/// [`Error::Malformed`], [`Error::Unsupported`].
pub fn kind(message: &[u8]) -> Result<Kind, Error> {
    let (tag, header, _) = tlv::loose_header(message, Part::ContentInfo)?;
    if tag != tlv::SEQUENCE {
        return Err(Error::Malformed(Part::ContentInfo));
    }
    let found = Reader::new(&message[header..], Part::ContentInfo).expect(tlv::OBJECT_IDENTIFIER)?;
    match found.whole {
        ID_SIGNED_DATA => Ok(Kind::Signed),
        ID_ENVELOPED_DATA | ID_AUTH_ENVELOPED_DATA => Ok(Kind::Encrypted),
        ID_COMPRESSED_DATA => Ok(Kind::Compressed),
        _ => Err(Error::Unsupported(Feature::ContentType)),
    }
}

/// ContentInfo (RFC 5652, 3) around a content that is a SEQUENCE of `fields`.
fn write_content_info(content_type: &[u8], fields: Vec<Node<'_>>) -> Result<Vec<u8>, Error> {
    let content = Node::Around(tlv::context(0), vec![Node::Around(tlv::SEQUENCE, fields)]);
    let message = Node::Around(tlv::SEQUENCE, vec![Node::Encoded(content_type), content]);
    check_message_length(message.whole_len())?;
    Ok(message.to_der())
}

/// The fields of a ContentInfo's content, which must be of this type and a SEQUENCE.
fn read_content_info<'a>(der: &'a [u8], content_type: &[u8], part: Part) -> Result<Reader<'a>, Error> {
    check_message_length(der.len())?;
    let mut message = Reader::new(der, Part::ContentInfo);
    let mut fields = message.enter(tlv::SEQUENCE)?;
    message.finish()?;
    let found = fields.expect(tlv::OBJECT_IDENTIFIER)?;
    if found.whole != content_type {
        return Err(Error::Unsupported(Feature::ContentType));
    }
    let mut explicit = fields.enter(tlv::context(0))?;
    fields.finish()?;
    let content = explicit.expect(tlv::SEQUENCE)?;
    explicit.finish()?;
    Ok(Reader::new(content.contents, part))
}

fn check_message_length(octets: usize) -> Result<(), Error> {
    if octets <= MESSAGE_OCTETS_MAX {
        return Ok(());
    }
    Err(Error::TooLong { part: Part::Message, octets, limit: MESSAGE_OCTETS_MAX })
}

/// IssuerAndSerialNumber (RFC 5652, 10.2.4).
fn issuer_and_serial(certificate: &Certificate) -> Node<'_> {
    Node::Around(tlv::SEQUENCE, vec![Node::Encoded(certificate.issuer()), Node::Encoded(certificate.serial())])
}

/// Whether a SignerIdentifier or RecipientIdentifier names this certificate. `part` is what holds it.
fn names(identifier: Tlv<'_>, certificate: &Certificate, part: Part) -> Result<bool, Error> {
    const KEY_IDENTIFIER: u8 = tlv::context_primitive(0);
    match identifier.tag {
        tlv::SEQUENCE => {
            let mut fields = Reader::new(identifier.contents, part);
            let issuer = fields.expect(tlv::SEQUENCE)?;
            let serial = fields.expect(tlv::INTEGER)?;
            fields.finish()?;
            Ok(issuer.whole == certificate.issuer() && serial.whole == certificate.serial())
        }
        KEY_IDENTIFIER => Ok(certificate.key_identifier() == Some(identifier.contents)),
        _ => Err(Error::Malformed(part)),
    }
}

/// Object identifier and parameters of an AlgorithmIdentifier.
fn algorithm_fields<'a>(identifier: Tlv<'a>) -> Result<(&'a [u8], Reader<'a>), Error> {
    let mut fields = Reader::new(identifier.contents, Part::Algorithm);
    Ok((fields.expect(tlv::OBJECT_IDENTIFIER)?.whole, fields))
}

/// Whether an AlgorithmIdentifier is this one, its parameters absent or NULL (RFC 4055, 2.1: both are
/// legal and mean the same).
fn is_plain(identifier: Tlv<'_>, expected: &[u8]) -> Result<bool, Error> {
    let (found, mut parameters) = algorithm_fields(identifier)?;
    parameters
        .optional(tlv::NULL)?
        .map_or(Ok(()), |null| if null.whole == NULL { Ok(()) } else { Err(Error::Malformed(Part::Algorithm)) })?;
    Ok(found == expected && parameters.is_empty())
}
