//! Taking a message apart: encrypted, signed, compressed, in the orders that RFC 4130 and RFC 5402 allow.
use std::cell::LazyCell;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::cms::{self, Kind, Limits, Weak};
use crate::digest::Digest;
use crate::disposition::Disposition;
use crate::error::{Error, Feature, Part};
use crate::key::Recipient;
use crate::message::Request;
use crate::mic::Mic;
use crate::mime::{self, Entity, Headers, MediaType, Parts};

/// What was agreed with a partner, and whose keys.
#[derive(Clone, Copy)]
pub struct Relation<'a> {
    /// Ours, to decrypt with; of several that a message is encrypted to, the first is used.
    pub keys: &'a [&'a Recipient],
    /// The partner's, any of which may have signed. Dates are the caller's to look at.
    pub certificates: &'a [Certificate],
    /// Of either side and outside of their dates: nothing is decrypted or taken with them, and what needs one is refused as that.
    pub not_valid: &'a [Certificate],
    /// What is asked of a message.
    pub policy: Policy,
}

/// What a message must be.
///
/// Where no signature is required, whoever can send messages and sees their answers can decrypt what others
/// encrypted in CBC: a changed message that is taken or refused tells its padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Unsigned is refused.
    pub signed: bool,
    /// Not encrypted is refused.
    pub encrypted: bool,
    /// What is taken although it is weak.
    pub weak: Weak,
    /// How much a compressed content may become.
    pub limits: Limits,
}

impl Policy {
    /// Whether what is in a message was protected as agreed.
    pub(super) fn check(self, signed: bool, encrypted: bool, headers: &Headers) -> Result<(), Refused> {
        if (self.signed && !signed) || (self.encrypted && !encrypted) {
            let why = if is_document(headers) { Error::Insecure } else { Error::Malformed(Part::Mime) };
            return Err(refused(Disposition::InsufficientMessageSecurity)(why));
        }
        Ok(())
    }
}

impl Default for Policy {
    /// Signed, encrypted, nothing weak.
    fn default() -> Self {
        Self { signed: true, encrypted: true, weak: Weak::default(), limits: Limits::default() }
    }
}

/// What was in a message, once all of it holds.
pub struct Received {
    /// The Content-Type of the document, with its parameters.
    pub content_type: String,
    /// The sender's name for the file: a label.
    pub file_name: Option<String>,
    /// The document.
    pub payload: Zeroizing<Vec<u8>>,
    /// Further parts of a multipart (RFC 6362); the first is the document.
    pub attachments: Vec<Attachment>,
    /// For the receipt.
    pub mic: Mic,
    /// SHA-256 of our certificate that it was encrypted to.
    pub decrypted_with: Option<[u8; 32]>,
    /// SHA-256 of the partner's certificate that signed it.
    pub signed_with: Option<[u8; 32]>,
    /// Whether it was compressed.
    pub compressed: bool,
}

/// A further part of a message.
pub struct Attachment {
    /// Its Content-Type, with its parameters.
    pub content_type: String,
    /// The sender's name for the file: a label.
    pub file_name: Option<String>,
    /// The part without its transfer encoding.
    pub octets: Zeroizing<Vec<u8>>,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// What the sender is told.
    pub disposition: Disposition,
    /// What went wrong, for whoever runs this side.
    pub why: Error,
}

pub(super) fn refused(disposition: Disposition) -> impl Fn(Error) -> Refused {
    move |why| Refused { disposition, why }
}

impl Request {
    /// Takes the message apart. `rng` gives what stands in for a content key that does not unwrap.
    ///
    /// # Errors
    /// [`Refused`] with exactly one disposition; a receipt that was asked for is owed all the same.
    pub fn open(&self, body: &[u8], relation: &Relation<'_>, rng: &mut impl CryptoRng) -> Result<Received, Refused> {
        let digest = self.digest(relation.policy.weak)?;
        let entity = Entity { headers: self.headers.clone(), body, whole: body };
        let mut opening = Opening { relation, rng, digest, encrypted: None, signed: None, compressed: false };
        opening.layer(&entity)
    }

    /// For the MIC of what is not signed: the first that the receipt was asked for with.
    pub(super) fn digest(&self, weak: Weak) -> Result<Digest, Refused> {
        let Some(receipt) = &self.receipt else { return Ok(Digest::Sha256) };
        if receipt.unsupported_format {
            return Err(refused(Disposition::UnsupportedFormat)(Error::Unsupported(Feature::ReceiptFormat)));
        }
        let signed = receipt.signed.iter().flat_map(|signed| &signed.digests);
        let first = signed.map(|(digest, _)| *digest).find(|digest| *digest != Digest::Sha1 || weak.sha1);
        if first.is_none() && receipt.signed.as_ref().is_some_and(|signed| signed.digests_required) {
            return Err(refused(Disposition::UnsupportedMicAlgorithms)(Error::Unsupported(Feature::ReceiptDigest)));
        }
        Ok(first.unwrap_or(Digest::Sha256))
    }
}

/// What was taken off so far.
struct Opening<'a, R> {
    relation: &'a Relation<'a>,
    rng: &'a mut R,
    /// For the MIC of what is not signed.
    digest: Digest,
    encrypted: Option<[u8; 32]>,
    signed: Option<([u8; 32], Mic)>,
    compressed: bool,
}

impl<R: CryptoRng> Opening<'_, R> {
    /// Each layer comes once at most, so that this goes four deep.
    fn layer(&mut self, entity: &Entity<'_>) -> Result<Received, Refused> {
        let kind = entity.headers.content_type().map_err(refused(Disposition::UnexpectedProcessingError))?;
        match kind.essence.as_str() {
            "multipart/signed" => self.signed_beside(entity, kind.parameter("boundary")),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                let decoded;
                let message = if entity.is_plain() {
                    entity.body
                } else {
                    decoded = entity.decoded().map_err(refused(Disposition::UnexpectedProcessingError))?;
                    &decoded[..]
                };
                match cms::kind(message).map_err(refused(Disposition::UnexpectedProcessingError))? {
                    Kind::Encrypted => self.encrypted(message),
                    Kind::Signed => self.signed_around(message),
                    Kind::Compressed => self.compressed(message),
                }
            }
            _ => self.leaf(entity),
        }
    }

    fn inner(&mut self, content: &[u8]) -> Result<Received, Refused> {
        self.layer(&Entity::read(content).map_err(refused(Disposition::UnexpectedProcessingError))?)
    }

    fn encrypted(&mut self, message: &[u8]) -> Result<Received, Refused> {
        if self.encrypted.is_some() || self.signed.is_some() || self.compressed {
            return Err(refused(Disposition::UnexpectedProcessingError)(Error::Unsupported(Feature::Nesting)));
        }
        let Relation { keys, not_valid, policy, .. } = self.relation;
        let opened = cms::open_of(message, keys, not_valid, policy.weak, self.rng).map_err(undecrypted)?;
        self.encrypted = Some(opened.recipient);
        let result = self.inner(&opened.content);
        if opened.authenticated || self.signed.is_some() {
            return result;
        }
        result.map_err(masked)
    }

    fn compressed(&mut self, message: &[u8]) -> Result<Received, Refused> {
        if self.relation.policy.encrypted && self.encrypted.is_none() {
            // It is refused whatever is in it, and need not be unpacked for that.
            return Err(refused(Disposition::InsufficientMessageSecurity)(Error::Insecure));
        }
        if std::mem::replace(&mut self.compressed, true) {
            return Err(refused(Disposition::DecompressionFailed)(Error::Unsupported(Feature::Nesting)));
        }
        let content =
            cms::decompress(message, self.relation.policy.limits).map_err(refused(Disposition::DecompressionFailed))?;
        self.inner(&content)
    }

    fn signed_around(&mut self, message: &[u8]) -> Result<Received, Refused> {
        self.not_yet_signed()?;
        let Relation { certificates, not_valid, policy, .. } = self.relation;
        let check = |signers| cms::authenticate(message, signers, policy.weak);
        let other = || check(not_valid).map(|(_, found)| found);
        let (content, found) = check(certificates).map_err(|why| unauthentic(cms::unsigned(why, other)))?;
        self.signed = Some((found.signer, Mic::known(found.digest, found.value)));
        self.inner(&content)
    }

    fn signed_beside(&mut self, entity: &Entity<'_>, boundary: Option<&str>) -> Result<Received, Refused> {
        self.not_yet_signed()?;
        let malformed = refused(Disposition::UnexpectedProcessingError);
        let split = Parts::read(entity.body, boundary).map_err(&malformed)?;
        let ([content, signature], true) = (&split.parts[..], split.epilogue.trim_ascii().is_empty()) else {
            return Err(malformed(Error::Malformed(Part::Mime)));
        };
        let signature = Entity::read(signature).and_then(|part| part.decoded()).map_err(&malformed)?;
        let head = Entity::read(content).map_err(&malformed)?.headers;
        let binary = head.get("content-transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("binary"));
        let Relation { certificates, not_valid, policy, .. } = self.relation;
        let canonical = LazyCell::new(|| if binary { None } else { mime::canonical(content) });
        let check = |signers: &[Certificate]| {
            let by = |form| cms::authenticate_detached(&signature, &[form], signers, policy.weak);
            match by(content) {
                Err(why @ (Error::Digest | Error::Signature)) => {
                    let made = canonical.as_ref().ok_or(why)?;
                    Ok((by(made)?, &made[..]))
                }
                found => Ok((found?, *content)),
            }
        };
        let other = || check(not_valid).map(|(found, _)| found);
        let (found, content) = check(certificates).map_err(|why| unauthentic(cms::unsigned(why, other)))?;
        self.signed = Some((found.signer, Mic::known(found.digest, found.value)));
        self.inner(content)
    }

    fn not_yet_signed(&self) -> Result<(), Refused> {
        if self.signed.is_none() {
            return Ok(());
        }
        Err(refused(Disposition::UnexpectedProcessingError)(Error::Unsupported(Feature::Nesting)))
    }

    fn leaf(&mut self, entity: &Entity<'_>) -> Result<Received, Refused> {
        self.relation.policy.check(self.signed.is_some(), self.encrypted.is_some(), &entity.headers)?;
        let mut parts = read_parts(entity).map_err(unreadable)?;
        let first = parts.remove(0);
        let mic = match &self.signed {
            Some((_, mic)) => mic.clone(),
            None if self.encrypted.is_some() || self.compressed => Mic::of(self.digest, entity.whole),
            None => Mic::of(self.digest, &entity.decoded().map_err(refused(Disposition::UnexpectedProcessingError))?),
        };
        Ok(Received {
            content_type: first.content_type,
            file_name: first.file_name,
            payload: first.octets,
            attachments: parts,
            mic,
            decrypted_with: self.encrypted,
            signed_with: self.signed.as_ref().map(|(signer, _)| *signer),
            compressed: self.compressed,
        })
    }
}

/// A part that is none, or is not named as it must be.
pub(super) fn unreadable(why: Error) -> Refused {
    let disposition = match why {
        Error::FileName => Disposition::IllegalFileName,
        Error::FileNameTwice => Disposition::DuplicateFileName,
        _ => Disposition::UnexpectedProcessingError,
    };
    refused(disposition)(why)
}

pub(super) fn undecrypted(why: Error) -> Refused {
    match why {
        Error::Unsupported(Feature::TripleDes) => refused(Disposition::InsufficientMessageSecurity)(why),
        _ => refused(Disposition::DecryptionFailed)(why),
    }
}

/// What nobody signed may have been made up to learn whether its padding is right: what is not whole fails as
/// if it had not been.
pub(super) fn masked(failure: Refused) -> Refused {
    if is_told(&failure) { failure } else { refused(Disposition::DecryptionFailed)(Error::Decryption) }
}

pub(super) fn unauthentic(why: Error) -> Refused {
    let disposition = match why {
        Error::Digest => Disposition::IntegrityCheckFailed,
        Error::Unsupported(Feature::Sha1) => Disposition::InsufficientMessageSecurity,
        _ => Disposition::AuthenticationFailed,
    };
    refused(disposition)(why)
}

/// Whether a message that was decrypted without a tag is whole although it failed: then what is told does not
/// depend on its padding.
fn is_told(failure: &Refused) -> bool {
    match failure.disposition {
        Disposition::IntegrityCheckFailed => true,
        Disposition::AuthenticationFailed => {
            matches!(failure.why, Error::Signature | Error::NotSigner | Error::SignerNotValid { .. })
        }
        Disposition::DecompressionFailed => matches!(failure.why, Error::Decompression | Error::TooLong { .. }),
        Disposition::InsufficientMessageSecurity => {
            matches!(failure.why, Error::Insecure | Error::Unsupported(Feature::Sha1))
        }
        _ => false,
    }
}

/// Whether the header says what nobody can make a signed message's header say by changing a block of CBC:
/// field and value are longer than a block.
fn is_document(headers: &Headers) -> bool {
    const TYPES: [&str; 10] = [
        "application/edi-x12",
        "application/edifact",
        "application/edi-consent",
        "application/octet-stream",
        "application/xml",
        "application/json",
        "text/plain",
        "text/xml",
        "text/csv",
        "multipart/related",
    ];
    let stated = headers.get("content-type").is_some();
    stated && headers.content_type().is_ok_and(|kind| TYPES.contains(&kind.essence.as_str()))
}

/// The document and what is attached to it; of a multipart that is not signed, its parts.
fn read_parts(entity: &Entity<'_>) -> Result<Vec<Attachment>, Error> {
    let kind = entity.headers.content_type()?;
    if !has_parts(&kind) {
        return Ok(vec![read_part(entity)?]);
    }
    let mut found: Vec<Attachment> = Vec::new();
    for part in Parts::read(entity.body, kind.parameter("boundary"))?.parts {
        let part = read_part(&Entity::read(part)?)?;
        if part.file_name.is_some() && found.iter().any(|other| other.file_name == part.file_name) {
            return Err(Error::FileNameTwice);
        }
        found.push(part);
    }
    Ok(found)
}

/// Whether each part is a document of its own (RFC 6362).
pub(super) fn has_parts(kind: &MediaType) -> bool {
    ["multipart/related", "multipart/mixed"].contains(&kind.essence.as_str())
}

fn read_part(entity: &Entity<'_>) -> Result<Attachment, Error> {
    Ok(Attachment {
        content_type: entity.headers.get("content-type").unwrap_or("application/octet-stream").to_owned(),
        file_name: mime::file_name(&entity.headers)?,
        octets: entity.decoded()?,
    })
}
