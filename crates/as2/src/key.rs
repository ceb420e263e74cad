//! Private keys with their certificates.
use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use der::SecretDocument;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, check_key_bits, check_pem_length};
use crate::error::Error;

/// Who signs: an RSA key and its certificate. AWS-LC overwrites the key when it is dropped.
pub struct Signer {
    key: KeyPair,
    certificate: Certificate,
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
        Ok(Self { key, certificate })
    }

    /// The certificate that others verify with.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256: the same bytes each time for the same message.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| Error::Signing)?;
        Ok(signature)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.certificate).finish()
    }
}

/// Who decrypts: an RSA key and its certificate. AWS-LC overwrites the key when it is dropped.
pub struct Recipient {
    key: OaepPrivateDecryptingKey,
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
        let key = PrivateDecryptingKey::from_pkcs8(key).map_err(|_| Error::PrivateKey)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| Error::PrivateKey)?;
        Ok(Self { key, certificate })
    }

    /// The certificate that others encrypt to.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
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
