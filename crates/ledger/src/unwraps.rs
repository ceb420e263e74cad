//! A co-holder's signed list of all that it ever unwrapped. It is a file beside the ledger and no entry of it: who took the warden
//! has every key, and only the co-holder knows from what it took its layer.

use crate::{identifier::*, replay::LARGEST, signature::*};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

/// What a co-holder unwrapped, from its first act to its last: `bulla.unwraps/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unwraps {
    /// What the co-holder signed.
    pub record: UnwrapsRecord,
    /// By the co-holder, context `bulla.unwraps/1`.
    pub signature: Signature,
}

/// The signed part of [`Unwraps`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnwrapsRecord {
    /// The ledger that it is about.
    pub origin: String,
    /// Whose list it is.
    pub co_holder: CoHolderId,
    /// How many there are; none is said, too.
    pub count: u64,
    /// All of them, numbered from 1 without a hole.
    pub unwraps: Vec<Unwrap>,
    /// The newest cosigned checkpoint that the co-holder had seen when it signed: nobody says what was unwrapped before that is
    /// over.
    pub seen: String,
}

/// One act of a co-holder: it took its layer from the secrets of one batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unwrap {
    /// From 1.
    pub number: u64,
    /// Whose secrets they are. The whole of it counts, whatever was asked for.
    pub batch: BatchId,
    /// The intent for which it was.
    pub opening: Hash,
    /// The batch's rows, by its header.
    pub rows: u32,
    /// When, by the co-holder's clock.
    pub time: Time,
    /// The size of the cosigned checkpoint in which the intent was proven to stand.
    pub seen: u64,
}

impl UnwrapsRecord {
    /// Whether it is whole: as many as it says, numbered from 1 without a hole.
    pub fn is_whole(&self) -> bool {
        let numbered = self.unwraps.iter().zip(1..).all(|(unwrap, number): (&Unwrap, u64)| unwrap.number == number);
        numbered && self.count <= LARGEST && u64::try_from(self.unwraps.len()) == Ok(self.count)
    }
}

impl Unwraps {
    const CONTEXT: &str = "bulla.unwraps/1";

    /// Signs a record with the co-holder's key.
    pub fn new(record: UnwrapsRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, signature }
    }

    /// Checks the co-holder's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, Self::CONTEXT, &self.record, &self.signature)
    }
}
