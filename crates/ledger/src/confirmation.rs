//! A carrier's signed word that it has a delivery. It is a file beside the ledger and no entry of it: what it says is shown
//! apart and lowers nothing, so that nothing waits for it and nothing in it can stop a ledger.

use crate::{identifier::*, signature::*};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A carrier's word that it has a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// What the carrier signed.
    pub record: ConfirmationRecord,
    /// By the carrier, context `bulla.confirmation/1`.
    pub signature: Signature,
}

/// The signed part of a [`Confirmation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationRecord {
    /// The carrier that received it and signs this.
    pub carrier: Pseudonym,
    /// The delivery, the same for every attempt of it.
    pub delivery: DeliveryId,
    /// The batches that the delivery announced.
    pub batches: BTreeSet<BatchId>,
    /// SHA-256 of the delivered octets.
    pub digest: Hash,
    /// Parcels that the carrier counted in it.
    pub rows: u64,
    /// When it was received.
    pub received: Time,
}

impl Confirmation {
    pub(crate) const CONTEXT: &str = "bulla.confirmation/1";

    /// Signs a record with the carrier's key.
    pub fn new(record: ConfirmationRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, signature }
    }

    /// Checks the carrier's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, Self::CONTEXT, &self.record, &self.signature)
    }
}
