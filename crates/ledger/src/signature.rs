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

/// Signs `value` under `context` (for example `bulla.intake/3`).
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
    let key = VerifyingKey::from_bytes(&key.0).map_err(|_| BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(&message(context, value), &signature).map_err(|_| BadSignature)
}

fn message(context: &str, value: &impl Serialize) -> Vec<u8> {
    let mut message = context.as_bytes().to_vec();
    message.push(b'\n');
    message.extend(canonical::bytes(value));
    message
}
