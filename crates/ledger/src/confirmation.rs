//! A carrier's signed word that it has a delivery. It is a file beside the ledger and no entry of it: what it says is shown
//! apart and lowers nothing, so that nothing waits for it and nothing in it can stop a ledger.

use crate::{
    canonical::{
        self, NotCanonical,
        form::{Form, InForm},
    },
    identifier::*,
    signature::*,
};
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

    /// Reads it from its file; only the canonical form is accepted.
    ///
    /// # Errors
    /// [`NotCanonical`].
    pub fn read(written: &[u8]) -> Result<Self, NotCanonical> {
        canonical::read_expected(written)
    }

    /// Checks the carrier's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, Self::CONTEXT, &self.record, &self.signature)
    }

    /// The signed part of this canonical form of one.
    pub(crate) fn record_of(written: &[u8]) -> &[u8] {
        const BEHIND: usize = br#","signature":""}"#.len() + 2 * 64;
        let record = br#"{"record":"#.len()..written.len().saturating_sub(BEHIND);
        written.get(record).unwrap_or_default()
    }
}

impl InForm for Confirmation {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self { record: form.behind(r#"{"record":"#)?, signature: form.behind(r#","signature":"#)? };
        form.ended(own, "}")
    }
}

impl InForm for ConfirmationRecord {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            batches: form.behind(r#"{"batches":"#)?,
            carrier: form.behind(r#","carrier":"#)?,
            delivery: form.behind(r#","delivery":"#)?,
            digest: form.behind(r#","digest":"#)?,
            received: form.behind(r#","received":"#)?,
            rows: form.behind(r#","rows":"#)?,
        };
        form.ended(own, "}")
    }
}
