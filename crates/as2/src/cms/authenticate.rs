//! Signatures of AS2 partners: beside their content or around it, by one of several pinned certificates.
use zeroize::Zeroizing;

use super::algorithm::{self, Scheme, Weak};
use super::names;
use super::signed::{SIGNERS_MAX, SignedData, SignerInfo};
use crate::ber;
use crate::certificate::Certificate;
use crate::digest::{Digest, Digested};
use crate::error::{Error, Feature, Part};
use crate::tlv;

/// What a signature says.
#[derive(Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// SHA-256 of the certificate whose key signed.
    pub signer: [u8; 32],
    /// The digest of the content that was signed.
    pub digest: Digest,
    /// Which of the forms of the content was signed.
    pub form: usize,
    /// That digest of that form.
    pub(crate) value: Vec<u8>,
}

/// The content of a message that one of `trusted` signed. Certificates in the message are not looked at.
///
/// # Errors
/// [`Error::NotSigner`], [`Error::Digest`], [`Error::Signature`]; [`Error::TooLong`], [`Error::TooMany`],
/// [`Error::Malformed`], [`Error::Unsupported`] for what is not such a message.
pub fn authenticate(
    message: &[u8],
    trusted: &[Certificate],
    weak: Weak,
) -> Result<(Zeroizing<Vec<u8>>, Authenticated), Error> {
    super::check_message_length(message.len())?;
    let made = ber::definite(message)?;
    let signed = SignedData::read(made.as_deref().map_or(message, |made| made))?;
    let content = signed.content.ok_or(Error::Unsupported(Feature::DetachedContent))?;
    let found = check(&signed, &[Form::Octets(content)], trusted, weak)?;
    Ok((Zeroizing::new(content.to_vec()), found))
}

/// A signature over a content that came beside it (`multipart/signed`), in one of `forms`: as it came, and
/// as a line end should have been.
///
/// # Errors
/// As [`authenticate`].
pub fn authenticate_detached(
    message: &[u8],
    forms: &[&[u8]],
    trusted: &[Certificate],
    weak: Weak,
) -> Result<Authenticated, Error> {
    let forms: Vec<_> = forms.iter().map(|form| Form::Octets(form)).collect();
    authenticate_beside(message, &forms, trusted, weak)
}

/// As [`authenticate_detached`], over a content that is not held.
///
/// # Errors
/// As [`authenticate`].
pub(crate) fn authenticate_digested(
    message: &[u8],
    content: &Digested,
    trusted: &[Certificate],
    weak: Weak,
) -> Result<Authenticated, Error> {
    authenticate_beside(message, &[Form::Digested(content)], trusted, weak)
}

fn authenticate_beside(
    message: &[u8],
    forms: &[Form<'_>],
    trusted: &[Certificate],
    weak: Weak,
) -> Result<Authenticated, Error> {
    super::check_message_length(message.len())?;
    let made = ber::definite(message)?;
    let signed = SignedData::read(made.as_deref().map_or(message, |made| made))?;
    // Some carry the content here too; what counts is the one that is used.
    check(&signed, forms, trusted, weak)
}

/// Why there is no signature by a certificate that is trusted: where one that is outside of its dates signed, as `check` says when it is
/// asked of those, it is named.
pub(crate) fn unsigned(why: Error, check: impl FnOnce() -> Result<Authenticated, Error>) -> Error {
    match why {
        Error::NotSigner => check().map_or(why, |found| Error::SignerNotValid { certificate: found.signer }),
        _ => why,
    }
}

/// A content, or what is left of one that was not held.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    Octets(&'a [u8]),
    Digested(&'a Digested),
}

impl Form<'_> {
    fn digest(self, digest: Digest) -> Result<Vec<u8>, Error> {
        match self {
            Self::Octets(octets) => Ok(digest.of(octets)),
            Self::Digested(known) => {
                let value = known.value(digest).ok_or(Error::Unsupported(Feature::DigestAlgorithm))?;
                Ok(value.as_ref().to_vec())
            }
        }
    }

    fn first(self) -> Option<u8> {
        match self {
            Self::Octets(octets) => octets.first().copied(),
            Self::Digested(known) => known.first,
        }
    }

    fn is_signed(self, scheme: Scheme, certificate: &Certificate, signature: &[u8]) -> bool {
        match self {
            Self::Octets(octets) => scheme.verify(certificate, octets, signature).is_ok(),
            Self::Digested(known) => known
                .value(scheme.digest())
                .is_some_and(|value| scheme.verify_digest(certificate, value, signature).is_ok()),
        }
    }
}

/// The first signature that holds; else what was wrong with the one that came furthest.
pub(super) fn check(
    signed: &SignedData<'_>,
    forms: &[Form<'_>],
    trusted: &[Certificate],
    weak: Weak,
) -> Result<Authenticated, Error> {
    let mut infos = signed.signer_infos.clone();
    let mut wrong = Error::NotSigner;
    for _ in 0..SIGNERS_MAX {
        if infos.is_empty() {
            return Err(wrong);
        }
        match check_one(&SignerInfo::read(&mut infos)?, forms, trusted, weak) {
            Ok(found) => return Ok(found),
            Err(error) if wrong == Error::NotSigner || error == Error::Digest => wrong = error,
            Err(_) => {}
        }
    }
    if infos.is_empty() { Err(wrong) } else { Err(Error::TooMany { part: Part::SignerInfo, limit: SIGNERS_MAX }) }
}

fn check_one(
    info: &SignerInfo<'_>,
    forms: &[Form<'_>],
    trusted: &[Certificate],
    weak: Weak,
) -> Result<Authenticated, Error> {
    let mut named = None;
    for certificate in trusted {
        if named.is_none() && names(info.identifier, certificate, Part::SignerInfo)? {
            named = Some(certificate);
        }
    }
    let certificate = named.ok_or(Error::NotSigner)?;
    let digest = algorithm::digest(info.digest_algorithm, weak)?;
    let scheme = algorithm::signature(info.signature_algorithm, digest, weak)?;
    let (form, value) = match info.signed_attributes()? {
        Some((signed, stated)) => {
            scheme.verify(certificate, &signed, info.signature)?;
            let values = forms.iter().map(|form| form.digest(digest)).collect::<Result<Vec<_>, _>>()?;
            let form = values.iter().position(|value| value == stated).ok_or(Error::Digest)?;
            (form, stated.to_vec())
        }
        None => {
            let form = without_attributes(scheme, certificate, forms, info.signature)?;
            (form, forms[form].digest(digest)?)
        }
    };
    Ok(Authenticated { signer: certificate.fingerprint(), digest, form, value })
}

/// A signature directly over the content (RFC 5652, 5.4). What looks like attributes is refused: their
/// signature in another message must not pass as one of a content.
fn without_attributes(
    scheme: Scheme,
    certificate: &Certificate,
    forms: &[Form<'_>],
    signature: &[u8],
) -> Result<usize, Error> {
    if forms.iter().any(|form| form.first() == Some(tlv::SET)) {
        return Err(Error::Unsupported(Feature::NoSignedAttributes));
    }
    forms.iter().position(|form| form.is_signed(scheme, certificate, signature)).ok_or(Error::Signature)
}
