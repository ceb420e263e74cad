//! Private keys with their certificates.
use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
    OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
};
use der::SecretDocument;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, KeyKind, check_key_bits, check_pem_length};
use crate::digest::Digest;
use crate::error::Error;

/// Who signs: an RSA or EC key and its certificate. AWS-LC overwrites the key when it is dropped.
pub struct Signer {
    key: Key,
    certificate: Certificate,
}

enum Key {
    Rsa(Box<KeyPair>),
    /// With the digest that AWS-LC uses with it.
    Ec(EcdsaKeyPair, Digest),
}

impl Signer {
    /// Reads the PEM of a PKCS #8 key (`PRIVATE KEY`, not encrypted) and of its certificate.
    ///
    /// # Errors
    /// [`Error::Pem`], [`Error::PrivateKey`], [`Error::KeySize`], [`Error::KeyMismatch`], and those of
    /// [`Certificate::from_pem`].
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, Error> {
        let certificate = Certificate::from_pem(certificate)?;
        let key = matching_key(private_key_from_pem(key)?.as_bytes(), &certificate)?;
        Ok(Self { key: Key::Rsa(Box::new(key)), certificate })
    }

    /// As [`Signer::from_pem`], for whoever signs messages and receipts: keys of P-256 and P-384 (RFC 5753) are taken too.
    /// Delivery copies are not signed with those, and nothing can be encrypted to them.
    ///
    /// # Errors
    /// As [`Signer::from_pem`].
    pub fn of_messages_from_pem(key: &str, certificate: &str) -> Result<Self, Error> {
        let read = Certificate::of_signer_from_pem(certificate)?;
        let (algorithm, own) = match read.key_kind() {
            KeyKind::Rsa => return Self::from_pem(key, certificate),
            KeyKind::P256 => (&ECDSA_P256_SHA256_ASN1_SIGNING, Digest::Sha256),
            KeyKind::P384 => (&ECDSA_P384_SHA384_ASN1_SIGNING, Digest::Sha384),
        };
        let key = private_key_from_pem(key)?;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_bytes()).map_err(|_| Error::PrivateKey)?;
        if key.public_key().as_ref() != read.public_key() {
            return Err(Error::KeyMismatch);
        }
        Ok(Self { key: Key::Ec(key, own), certificate: read })
    }

    /// The certificate that others verify with.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// RSASSA-PKCS1-v1_5 gives the same bytes each time for the same message, RSASSA-PSS and ECDSA do not: salt
    /// (as long as the digest) and nonce are AWS-LC's own. SHA-1 is refused; the padding is RSA's.
    pub(crate) fn sign(&self, message: &[u8], digest: Digest, padding: Padding) -> Result<Vec<u8>, Error> {
        let key = match &self.key {
            Key::Rsa(key) => key,
            Key::Ec(key, own) => return sign_elliptic(key, *own, message, digest),
        };
        let encoding = match (padding, digest) {
            (Padding::Pkcs1, Digest::Sha256) => &RSA_PKCS1_SHA256,
            (Padding::Pkcs1, Digest::Sha384) => &RSA_PKCS1_SHA384,
            (Padding::Pkcs1, Digest::Sha512) => &RSA_PKCS1_SHA512,
            (Padding::Pss, Digest::Sha256) => &RSA_PSS_SHA256,
            (Padding::Pss, Digest::Sha384) => &RSA_PSS_SHA384,
            (Padding::Pss, Digest::Sha512) => &RSA_PSS_SHA512,
            (_, Digest::Sha1) => return Err(Error::Signing),
        };
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(|_| Error::Signing)?;
        Ok(signature)
    }
}

/// AWS-LC signs with SHA-256 on P-256 and with SHA-384 on P-384 only. What is signed is as many of a digest's first bits as
/// the curve's order has (FIPS 186-5, 6.4.1): those are handed over as the digest that it takes.
fn sign_elliptic(key: &EcdsaKeyPair, own: Digest, message: &[u8], digest: Digest) -> Result<Vec<u8>, Error> {
    if digest == Digest::Sha1 {
        return Err(Error::Signing);
    }
    let value = digest.of(message);
    let (order, octets) = (own.octets(), value.len().min(own.octets()));
    let mut first = vec![0; order - octets];
    first.extend_from_slice(&value[..octets]);
    let first = aws_lc_rs::digest::Digest::import_less_safe(&first, own.algorithm()).map_err(|_| Error::Signing)?;
    key.sign_digest(&first).map(|signature| signature.as_ref().to_vec()).map_err(|_| Error::Signing)
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.certificate).finish()
    }
}

/// How an RSA key signs (RFC 8017, 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Padding {
    /// RSASSA-PKCS1-v1_5, which every partner reads.
    #[default]
    Pkcs1,
    /// RSASSA-PSS, its salt as long as the digest.
    Pss,
}

/// How a content key was wrapped for an RSA key (RFC 8017, 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTransport {
    /// RSAES-PKCS1-v1_5, which every partner reads.
    Pkcs1,
    /// RSAES-OAEP, this digest for the hash and for MGF1, no label.
    Oaep(Digest),
}

/// The algorithm of RSAES-OAEP with one digest for both.
pub(crate) fn oaep(digest: Digest) -> &'static OaepAlgorithm {
    match digest {
        Digest::Sha1 => &OAEP_SHA1_MGF1SHA1,
        Digest::Sha256 => &OAEP_SHA256_MGF1SHA256,
        Digest::Sha384 => &OAEP_SHA384_MGF1SHA384,
        Digest::Sha512 => &OAEP_SHA512_MGF1SHA512,
    }
}

/// Who decrypts: an RSA key and its certificate. AWS-LC overwrites the key when it is dropped.
pub struct Recipient {
    key: OaepPrivateDecryptingKey,
    pkcs1: Pkcs1PrivateDecryptingKey,
    certificate: Certificate,
}

impl Recipient {
    /// Reads the PEM of a PKCS #8 key (`PRIVATE KEY`, not encrypted) and of its certificate.
    ///
    /// # Errors
    /// As [`Signer::from_pem`].
    pub fn from_pem(key: &str, certificate: &str) -> Result<Self, Error> {
        Self::from_pkcs8(private_key_from_pem(key)?.as_bytes(), Certificate::from_pem(certificate)?)
    }

    /// Reads the DER of a PKCS #8 key (RFC 5208), not encrypted.
    ///
    /// # Errors
    /// [`Error::PrivateKey`], [`Error::KeySize`], [`Error::KeyMismatch`].
    pub fn from_pkcs8(key: &[u8], certificate: Certificate) -> Result<Self, Error> {
        matching_key(key, &certificate)?;
        let read = || PrivateDecryptingKey::from_pkcs8(key).map_err(|_| Error::PrivateKey);
        let pkcs1 = Pkcs1PrivateDecryptingKey::new(read()?).map_err(|_| Error::PrivateKey)?;
        let key = OaepPrivateDecryptingKey::new(read()?).map_err(|_| Error::PrivateKey)?;
        Ok(Self { key, pkcs1, certificate })
    }

    /// The certificate that others encrypt to.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// `key` is overwritten with what was wrapped, if that unwraps and is as long; else it stays, drawn
    /// beforehand as it was, and decrypts nothing (RFC 3218, 2.3.2). Nobody is told which.
    pub(crate) fn unwrap_over(&self, key: &mut [u8], wrapped: &[u8], transport: KeyTransport) {
        let mut room = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let opened = match transport {
            KeyTransport::Pkcs1 => self.pkcs1.decrypt(wrapped, &mut room),
            KeyTransport::Oaep(digest) => self.key.decrypt(oaep(digest), wrapped, &mut room, None),
        };
        if let Ok(opened) = opened
            && opened.len() == key.len()
        {
            key.copy_from_slice(opened);
        }
    }

    /// RSAES-OAEP with SHA-256. `None` for whatever does not unwrap to a key of 32 octets.
    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let mut room = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let opened = self.key.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut room, None).ok()?;
        let mut key = Zeroizing::new([0; 32]);
        (opened.len() == key.len()).then(|| key.copy_from_slice(opened))?;
        Some(key)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recipient").field(&self.certificate).finish()
    }
}

fn private_key_from_pem(text: &str) -> Result<SecretDocument, Error> {
    const LABEL: &str = "PRIVATE KEY";
    check_pem_length(text)?;
    match SecretDocument::from_pem(text) {
        Ok((LABEL, document)) => Ok(document),
        _ => Err(Error::Pem { expected: LABEL }),
    }
}

/// The key as a signing pair, once it is known to be the certificate's.
fn matching_key(pkcs8: &[u8], certificate: &Certificate) -> Result<KeyPair, Error> {
    let key = KeyPair::from_pkcs8(pkcs8).map_err(|_| Error::PrivateKey)?;
    check_key_bits(key.public_modulus_len().saturating_mul(8))?;
    if key.public_key().as_ref() == certificate.public_key() { Ok(key) } else { Err(Error::KeyMismatch) }
}
