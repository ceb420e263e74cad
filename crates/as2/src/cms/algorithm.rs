//! AlgorithmIdentifiers of digests, signatures and key transport (RFC 3370, 4055, 5754, 5758).
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPssSaltLength, UnparsedPublicKey,
    VerificationAlgorithm,
};

use super::{ID_SHA256, NULL, algorithm_fields};
use crate::certificate::{Certificate, KeyKind};
use crate::digest::Digest;
use crate::error::{Error, Feature, Part};
use crate::key::KeyTransport;
use crate::tlv::{self, Node, Reader, Tlv};

const ID_SHA1: &[u8] = b"\x06\x05\x2b\x0e\x03\x02\x1a";
const ID_SHA384: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02";
const ID_SHA512: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03";
/// PKCS #1's arc; one octet follows.
const PKCS1_ARC: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01";
/// ecdsa-with-SHA2's arc (RFC 5758, 3.2); one octet follows.
const ECDSA_ARC: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03";
const ID_RSASSA_PSS: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const ID_MGF1: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
const ID_P_SPECIFIED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09";
const ID_RSAES_OAEP: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07";
const ID_RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

const PSS_SHA256_MAX: RsaParameters = RSA_PSS_2048_8192_SHA256.with_pss_salt_length(RsaPssSaltLength::Max);
const PSS_SHA384_MAX: RsaParameters = RSA_PSS_2048_8192_SHA384.with_pss_salt_length(RsaPssSaltLength::Max);
const PSS_SHA512_MAX: RsaParameters = RSA_PSS_2048_8192_SHA512.with_pss_salt_length(RsaPssSaltLength::Max);

/// What is broken or breaking, granted to a partner by name. Nothing of it is ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weak {
    /// Signatures and MICs with SHA-1.
    pub sha1: bool,
    /// Contents encrypted with 3DES in CBC.
    pub triple_des: bool,
}

/// The digest of a DigestAlgorithmIdentifier.
pub(super) fn digest(identifier: Tlv<'_>, weak: Weak) -> Result<Digest, Error> {
    let found = plain_digest(identifier)?;
    if found == Digest::Sha1 && !weak.sha1 {
        return Err(Error::Unsupported(Feature::Sha1));
    }
    Ok(found)
}

fn plain_digest(identifier: Tlv<'_>) -> Result<Digest, Error> {
    let (found, mut parameters) = algorithm_fields(identifier)?;
    let null = parameters.optional(tlv::NULL)?;
    if null.is_some_and(|null| null.whole != NULL) || !parameters.is_empty() {
        return Err(Error::Malformed(Part::Algorithm));
    }
    [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512]
        .into_iter()
        .find(|digest| digest_oid(*digest) == found)
        .ok_or(Error::Unsupported(Feature::DigestAlgorithm))
}

fn digest_oid(digest: Digest) -> &'static [u8] {
    match digest {
        Digest::Sha1 => ID_SHA1,
        Digest::Sha256 => ID_SHA256,
        Digest::Sha384 => ID_SHA384,
        Digest::Sha512 => ID_SHA512,
    }
}

/// The parameters are left out when writing (RFC 5754, 2).
pub(super) fn digest_identifier(digest: Digest) -> Vec<u8> {
    Node::Around(tlv::SEQUENCE, vec![Node::Encoded(digest_oid(digest))]).to_der()
}

/// Hash and MGF1 with this digest, each in its tag; NULL is written (RFC 4055, 2.1).
fn hash_and_mask(digest: Digest) -> [Vec<u8>; 2] {
    let hash = || Node::Around(tlv::SEQUENCE, vec![Node::Encoded(digest_oid(digest)), Node::Encoded(NULL)]);
    let mask = Node::Around(tlv::SEQUENCE, vec![Node::Encoded(ID_MGF1), hash()]);
    [Node::Around(tlv::context(0), vec![hash()]).to_der(), Node::Around(tlv::context(1), vec![mask]).to_der()]
}

/// RSASSA-PSS with one digest for both and a salt as long (RFC 4055, 3.1).
pub(super) fn pss_identifier(digest: Digest) -> Vec<u8> {
    let [hash, mask] = hash_and_mask(digest);
    let salt = [digest.octets() as u8];
    let salt = Node::Around(tlv::context(2), vec![Node::Value(tlv::INTEGER, &salt)]);
    let parameters = Node::Around(tlv::SEQUENCE, vec![Node::Encoded(&hash), Node::Encoded(&mask), salt]);
    Node::Around(tlv::SEQUENCE, vec![Node::Encoded(ID_RSASSA_PSS), parameters]).to_der()
}

/// ecdsa-with-SHA2, without parameters (RFC 5754, 3.3).
pub(super) fn ecdsa_identifier(digest: Digest) -> Vec<u8> {
    let last = match digest {
        Digest::Sha512 => 4,
        Digest::Sha384 => 3,
        // SHA-1 is refused before anything is signed with it.
        Digest::Sha256 | Digest::Sha1 => 2,
    };
    let identifier = Node::Joined(tlv::OBJECT_IDENTIFIER, vec![&ECDSA_ARC[2..], std::slice::from_ref(&last)]);
    Node::Around(tlv::SEQUENCE, vec![identifier]).to_der()
}

/// As written in a RecipientInfo.
pub(super) fn transport_identifier(transport: KeyTransport) -> Vec<u8> {
    let KeyTransport::Oaep(digest) = transport else { return crate::certificate::RSA_ENCRYPTION.to_vec() };
    let [hash, mask] = hash_and_mask(digest);
    let parameters = Node::Around(tlv::SEQUENCE, vec![Node::Encoded(&hash), Node::Encoded(&mask)]);
    Node::Around(tlv::SEQUENCE, vec![Node::Encoded(ID_RSAES_OAEP), parameters]).to_der()
}

/// How a content key is wrapped. Fields of RSAES-OAEP's parameters that are left out mean SHA-1 and no
/// label (RFC 4055, 4.1).
pub(super) fn transport(identifier: Tlv<'_>) -> Result<KeyTransport, Error> {
    const UNSUPPORTED: Error = Error::Unsupported(Feature::KeyTransport);
    let (found, mut after) = algorithm_fields(identifier)?;
    match found {
        ID_RSA_ENCRYPTION => return Ok(KeyTransport::Pkcs1),
        ID_RSAES_OAEP if after.is_empty() => return Ok(KeyTransport::Oaep(Digest::Sha1)),
        ID_RSAES_OAEP => {}
        _ => return Err(UNSUPPORTED),
    }
    let mut parameters = after.enter(tlv::SEQUENCE)?;
    after.finish()?;
    let hash = tagged_digest(&mut parameters, 0)?;
    let mask = tagged_mask(&mut parameters)?;
    let label = parameters.optional(tlv::context(2))?.map(inner).transpose()?;
    parameters.finish()?;
    if hash == mask && label.map_or(Ok(true), is_empty_label)? {
        Ok(KeyTransport::Oaep(hash))
    } else {
        Err(UNSUPPORTED)
    }
}

fn tagged_digest(parameters: &mut Reader<'_>, tag: u8) -> Result<Digest, Error> {
    let Some(explicit) = parameters.optional(tlv::context(tag))? else { return Ok(Digest::Sha1) };
    plain_digest(inner(explicit)?)
}

fn tagged_mask(parameters: &mut Reader<'_>) -> Result<Digest, Error> {
    let Some(explicit) = parameters.optional(tlv::context(1))? else { return Ok(Digest::Sha1) };
    let (found, mut after) = algorithm_fields(inner(explicit)?)?;
    if found != ID_MGF1 {
        return Err(Error::Unsupported(Feature::KeyTransport));
    }
    let hash = after.expect(tlv::SEQUENCE)?;
    after.finish()?;
    plain_digest(hash)
}

/// The AlgorithmIdentifier in an explicit tag.
fn inner(explicit: Tlv<'_>) -> Result<Tlv<'_>, Error> {
    let mut reader = Reader::new(explicit.contents, Part::Algorithm);
    let identifier = reader.expect(tlv::SEQUENCE)?;
    reader.finish()?;
    Ok(identifier)
}

fn is_empty_label(identifier: Tlv<'_>) -> Result<bool, Error> {
    let (found, mut parameters) = algorithm_fields(identifier)?;
    let label = parameters.expect(tlv::OCTET_STRING)?.contents;
    parameters.finish()?;
    Ok(found == ID_P_SPECIFIED && label.is_empty())
}

/// How a signature was made.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    Pkcs1(Digest),
    /// The salt is as long as the digest or as the key allows, whatever is stated: some state nothing.
    Pss(Digest),
    Ecdsa(Digest),
}

/// The scheme of a SignatureAlgorithmIdentifier, beside this digest of the content.
pub(super) fn signature(identifier: Tlv<'_>, digest: Digest, weak: Weak) -> Result<Scheme, Error> {
    const UNSUPPORTED: Error = Error::Unsupported(Feature::SignatureAlgorithm);
    let (found, mut parameters) = algorithm_fields(identifier)?;
    if found == ID_RSASSA_PSS && parameters.is_empty() {
        // Some leave the parameters out and use the digest of the content.
        return if digest == Digest::Sha1 { Err(UNSUPPORTED) } else { Ok(Scheme::Pss(digest)) };
    }
    if found == ID_RSASSA_PSS {
        let mut parameters = parameters.enter(tlv::SEQUENCE)?;
        let (hash, mask) = (tagged_digest(&mut parameters, 0)?, tagged_mask(&mut parameters)?);
        return if hash == mask && hash != Digest::Sha1 { Ok(Scheme::Pss(hash)) } else { Err(UNSUPPORTED) };
    }
    let scheme = match (found.strip_prefix(PKCS1_ARC), found.strip_prefix(ECDSA_ARC)) {
        (Some([1]), _) => Scheme::Pkcs1(digest),
        (Some([5]), _) => Scheme::Pkcs1(Digest::Sha1),
        (Some([11]), _) => Scheme::Pkcs1(Digest::Sha256),
        (Some([12]), _) => Scheme::Pkcs1(Digest::Sha384),
        (Some([13]), _) => Scheme::Pkcs1(Digest::Sha512),
        (_, Some([2])) => Scheme::Ecdsa(Digest::Sha256),
        (_, Some([3])) => Scheme::Ecdsa(Digest::Sha384),
        (_, Some([4])) => Scheme::Ecdsa(Digest::Sha512),
        _ => return Err(UNSUPPORTED),
    };
    if matches!(scheme, Scheme::Pkcs1(Digest::Sha1)) && !weak.sha1 {
        Err(Error::Unsupported(Feature::Sha1))
    } else {
        Ok(scheme)
    }
}

impl Scheme {
    /// Whether `trusted` signed `message`.
    ///
    /// # Errors
    /// [`Error::Signature`], also where its key is of another kind.
    pub(super) fn verify(self, trusted: &Certificate, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.check(trusted, |key| key.verify(message, signature).is_ok())
    }

    /// Whether `trusted` signed the message with this digest, which is [`Scheme::digest`]'s.
    ///
    /// # Errors
    /// As [`Scheme::verify`].
    pub(super) fn verify_digest(
        self,
        trusted: &Certificate,
        digest: &aws_lc_rs::digest::Digest,
        signature: &[u8],
    ) -> Result<(), Error> {
        self.check(trusted, |key| key.verify_digest(digest, signature).is_ok())
    }

    /// Of the message.
    pub(super) fn digest(self) -> Digest {
        match self {
            Self::Pkcs1(digest) | Self::Pss(digest) | Self::Ecdsa(digest) => digest,
        }
    }

    fn check(self, trusted: &Certificate, holds: impl Fn(UnparsedPublicKey<&[u8]>) -> bool) -> Result<(), Error> {
        let holds = |algorithm: &'static dyn VerificationAlgorithm| {
            holds(UnparsedPublicKey::new(algorithm, trusted.public_key()))
        };
        if self.algorithm(trusted.key_kind()).is_some_and(holds) {
            return Ok(());
        }
        let long_salt = if trusted.key_kind() == KeyKind::Rsa { self.with_long_salt() } else { None };
        if long_salt.is_some_and(holds) { Ok(()) } else { Err(Error::Signature) }
    }

    fn with_long_salt(self) -> Option<&'static dyn VerificationAlgorithm> {
        match self {
            Self::Pss(Digest::Sha256) => Some(&PSS_SHA256_MAX),
            Self::Pss(Digest::Sha384) => Some(&PSS_SHA384_MAX),
            Self::Pss(Digest::Sha512) => Some(&PSS_SHA512_MAX),
            _ => None,
        }
    }

    fn algorithm(self, kind: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
        use Digest::{Sha1, Sha256, Sha384, Sha512};
        use KeyKind::{P256, P384, Rsa};
        Some(match (kind, self) {
            (Rsa, Self::Pkcs1(Sha1)) => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Rsa, Self::Pkcs1(Sha256)) => &RSA_PKCS1_2048_8192_SHA256,
            (Rsa, Self::Pkcs1(Sha384)) => &RSA_PKCS1_2048_8192_SHA384,
            (Rsa, Self::Pkcs1(Sha512)) => &RSA_PKCS1_2048_8192_SHA512,
            (Rsa, Self::Pss(Sha256)) => &RSA_PSS_2048_8192_SHA256,
            (Rsa, Self::Pss(Sha384)) => &RSA_PSS_2048_8192_SHA384,
            (Rsa, Self::Pss(Sha512)) => &RSA_PSS_2048_8192_SHA512,
            (P256, Self::Ecdsa(Sha256)) => &ECDSA_P256_SHA256_ASN1,
            (P256, Self::Ecdsa(Sha384)) => &ECDSA_P256_SHA384_ASN1,
            (P256, Self::Ecdsa(Sha512)) => &ECDSA_P256_SHA512_ASN1,
            (P384, Self::Ecdsa(Sha256)) => &ECDSA_P384_SHA256_ASN1,
            (P384, Self::Ecdsa(Sha384)) => &ECDSA_P384_SHA384_ASN1,
            (P384, Self::Ecdsa(Sha512)) => &ECDSA_P384_SHA512_ASN1,
            _ => return None,
        })
    }
}
