//! What stops at once. To trust takes several officers; to stop trusting takes one, or whoever has the key.

use super::Authority;
use crate::signature::*;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

/// A key that is nobody's any more: what it signs from here on has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Which key, in which ledger.
    pub record: RevocationRecord,
    /// Who says so: an officer's key, or that key itself.
    pub by: PublicKey,
    /// By `by`, context `bulla.revocation/1`.
    pub signature: Signature,
}

/// The signed part of a [`Revocation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationRecord {
    /// The ledger that it is for.
    pub origin: String,
    /// A principal's, worker's or carrier's key.
    pub key: PublicKey,
}

impl Revocation {
    const CONTEXT: &str = "bulla.revocation/1";

    /// Signs a record with an officer's key, or with the key that it is about.
    pub fn new(record: RevocationRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, by: PublicKey(key.verifying_key().to_bytes()), signature }
    }

    /// Whether somebody signed it who may.
    pub fn is_signed_by(&self, authority: &Authority) -> bool {
        let may = self.by == self.record.key || authority.officers.iter().any(|officer| officer.key == self.by);
        may && verify(&self.by, Self::CONTEXT, &self.record, &self.signature).is_ok()
    }
}

/// Whether anything is opened at all: closed by one officer, opened again by two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockdown {
    /// What is said, as the officers read it.
    pub record: LockdownRecord,
    /// By officers, context `bulla.lockdown/1`; sorted by key.
    pub signatures: Vec<super::OfficerSignature>,
}

/// The signed part of a [`Lockdown`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockdownRecord {
    /// The ledger that it is for.
    pub origin: String,
    /// From 1, no number missing, none twice.
    pub number: u64,
    /// From here on nothing is opened; or it is again.
    pub closed: bool,
}

impl LockdownRecord {
    const CONTEXT: &str = "bulla.lockdown/1";

    /// An officer's signature over it.
    pub fn sign(&self, key: &SigningKey) -> super::OfficerSignature {
        let public = PublicKey(key.verifying_key().to_bytes());
        super::OfficerSignature { key: public, signature: sign(key, Self::CONTEXT, self) }
    }
}

impl Lockdown {
    /// A record with its signatures, in their one order.
    pub fn new(record: LockdownRecord, mut signatures: Vec<super::OfficerSignature>) -> Self {
        signatures.sort_by_key(|signed| signed.key);
        Self { record, signatures }
    }

    /// Whether one officer has signed to close, or two to open: all of them, where there are fewer.
    pub fn is_signed_by(&self, authority: &Authority) -> bool {
        let least = if self.record.closed { 1 } else { authority.officers.len().clamp(1, 2) };
        super::policy::enough(least, &self.signatures, authority, LockdownRecord::CONTEXT, &self.record)
    }
}
