//! Cryptographic Message Syntax: sign and encrypt, decrypt and verify.
//!
//! | | written | read |
//! |---|---|---|
//! | encoding | DER | DER |
//! | digest | SHA-256 | SHA-256 |
//! | signature | RSASSA-PKCS1-v1_5, signed attributes contentType and messageDigest, certificate included | the same, further attributes ignored; signer named by issuer and serial or by key identifier |
//! | content | AES-256-GCM, nonce 12, tag 16 octets | the same |
//! | key transport | RSAES-OAEP, SHA-256, MGF1 with SHA-256 | the same |
//!
//! Nothing from a message is copied or allocated by a length that it states: lengths are checked against
//! the octets that are there, and the octets against [`MESSAGE_OCTETS_MAX`].
mod enveloped;
mod signed;

pub use enveloped::{RECIPIENTS_MAX, decrypt, encrypt};
pub use signed::{ATTRIBUTES_MAX, SIGNERS_MAX, sign, sign_at, verify};

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
const NULL: &[u8] = &[tlv::NULL, 0];

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
fn algorithm<'a>(identifier: Tlv<'a>) -> Result<(&'a [u8], Reader<'a>), Error> {
    let mut fields = Reader::new(identifier.contents, Part::Algorithm);
    Ok((fields.expect(tlv::OBJECT_IDENTIFIER)?.whole, fields))
}

/// Whether an AlgorithmIdentifier is this one, its parameters absent or NULL (RFC 4055, 2.1: both are
/// legal and mean the same).
fn is_plain(identifier: Tlv<'_>, expected: &[u8]) -> Result<bool, Error> {
    let (found, mut parameters) = algorithm(identifier)?;
    parameters
        .optional(tlv::NULL)?
        .map_or(Ok(()), |null| if null.whole == NULL { Ok(()) } else { Err(Error::Malformed(Part::Algorithm)) })?;
    Ok(found == expected && parameters.is_empty())
}
