//! A shipper's signed word on what it sent. It is a file beside the ledger and no entry of it: what a taken gateway recorded of a
//! partner, and what it left out, only the partner can bound.

use crate::{identifier::*, signature::*};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

/// What a shipper sent in some time, at most: `bulla.totals/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentTotals {
    /// What the shipper signed.
    pub record: SentTotalsRecord,
    /// By the shipper, context `bulla.totals/1`.
    pub signature: Signature,
}

/// The signed part of [`SentTotals`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentTotalsRecord {
    /// The ledger that it is about.
    pub origin: String,
    /// Who sent it and signs this.
    pub shipper: Pseudonym,
    /// From when on, by the shipper's clock.
    pub from: Time,
    /// Until before when; days are whole ones, in UTC.
    pub to: Time,
    /// Bodies, whatever became of them; none is said, too.
    pub bodies: u64,
    /// Parcels in them.
    pub rows: u64,
    /// Parties in them.
    pub parties: u64,
    /// The newest cosigned checkpoint that the shipper had seen when it signed: nobody says how much was sent before that is over.
    pub seen: String,
}

impl SentTotals {
    const CONTEXT: &str = "bulla.totals/1";

    /// Signs a record with the shipper's key.
    pub fn new(record: SentTotalsRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, signature }
    }

    /// Checks the shipper's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, Self::CONTEXT, &self.record, &self.signature)
    }
}
