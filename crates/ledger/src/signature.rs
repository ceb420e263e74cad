//! Ed25519 (RFC 8032) over a context and the canonical bytes of a value.
//!
//! What is signed is `context || "\n" || canonical JSON`; the context keeps a signature of one kind from
//! passing as another. Verification is strict: one key and one message have few valid signatures, none malleable.

use crate::{canonical, identifier::Malformed};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The signature does not fit key, context and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit the key and what it should have signed")]
pub struct BadSignature;

macro_rules! hexadecimal {
    ($name:ident, $length:literal, $wanted:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(s: &str) -> Result<Self, Malformed> {
                let wrong = Malformed { wanted: $wanted };
                if s.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(wrong);
                }
                let mut octets = [0; $length];
                hex::decode_to_slice(s, &mut octets).map_err(|_| wrong)?;
                Ok(Self(octets))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// An Ed25519 public key, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);
hexadecimal!(PublicKey, 32, "Ed25519 public key (64 hexadecimal digits)");

/// An Ed25519 signature, written as 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);
hexadecimal!(Signature, 64, "Ed25519 signature (128 hexadecimal digits)");

/// Signs `value` under `context` (for example `bulla.intake/2`).
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
