//! Ed25519 (RFC 8032) over a context and the canonical bytes of a value.
//!
//! What is signed is `context || "\n" || canonical JSON`; the context keeps a signature of one kind from
//! passing as another. Verification is strict: one key and one message have few valid signatures, none malleable.

use crate::{
    canonical,
    identifier::{Malformed, octets},
};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The signature does not fit key, context and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit the key and what it should have signed")]
pub struct BadSignature;

octets!(
    /// An Ed25519 public key, written as 64 hexadecimal digits.
    PublicKey, 32, "Ed25519 public key (64 hexadecimal digits)"
);
octets!(
    /// An Ed25519 signature, written as 128 hexadecimal digits.
    Signature, 64, "Ed25519 signature (128 hexadecimal digits)"
);

/// Signs `value` under `context` (for example `bulla.intake/5`).
pub fn sign(key: &SigningKey, context: &str, value: &impl Serialize) -> Signature {
    Signature(key.sign(&message(context, value)).to_bytes())
}

/// Checks a signature made by [`sign`].
pub fn verify(
    key: &PublicKey,
    context: &str,
    value: &impl Serialize,
    signature: &Signature,
) -> Result<(), BadSignature> {
    Ready::new(*key).verify(context, value, signature)
}

/// A key made ready for many signatures: its point is decompressed once.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) key: PublicKey,
    /// None: not a key, and nothing fits it.
    point: Option<VerifyingKey>,
}

impl Ready {
    pub(crate) fn new(key: PublicKey) -> Self {
        Self { key, point: VerifyingKey::from_bytes(&key.0).ok() }
    }

    /// As [`verify`].
    pub(crate) fn verify(
        &self,
        context: &str,
        value: &impl Serialize,
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        let point = self.point.as_ref().ok_or(BadSignature)?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        point.verify_strict(&message(context, value), &signature).map_err(|_| BadSignature)
    }
}

fn message(context: &str, value: &impl Serialize) -> Vec<u8> {
    let mut message = context.as_bytes().to_vec();
    message.push(b'\n');
    message.extend(canonical::bytes(value));
    message
}
