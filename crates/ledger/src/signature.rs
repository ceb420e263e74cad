//! Ed25519 (RFC 8032) over a context and the canonical bytes of a value.
//!
//! What is signed is `context || "\n" || canonical JSON`; the context keeps a signature of one kind from
//! passing as another. Verification is strict: one key and one message have few valid signatures, none malleable.

use crate::{
    canonical,
    identifier::{Malformed, octets},
};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use tlog::ed25519::{Asked, Key};

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
    Signature(key.sign(&message(context, &canonical::bytes(value))).to_bytes())
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

/// A key made ready for many signatures.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) key: PublicKey,
    /// None: not a key, or a weak one, and nothing fits it.
    ready: Option<Key>,
}

impl Ready {
    pub(crate) fn new(key: PublicKey) -> Self {
        Self { key, ready: Key::from_octets(&key.0) }
    }

    /// As [`verify`].
    fn verify(&self, context: &str, value: &impl Serialize, signature: &Signature) -> Result<(), BadSignature> {
        if self.asks(context, &canonical::bytes(value), signature).fits() { Ok(()) } else { Err(BadSignature) }
    }

    /// The same of a value by its canonical bytes, as far as it can be computed for one alone.
    pub(crate) fn asks(&self, context: &str, written: &[u8], signature: &Signature) -> Asked {
        let message = [context.as_bytes(), b"\n", written];
        self.ready.as_ref().map_or(Asked::known(false), |key| key.asks(&message, &signature.0))
    }
}

fn message(context: &str, written: &[u8]) -> Vec<u8> {
    [context.as_bytes(), b"\n", written].concat()
}
