//! What a worker says of one received body.

use super::{
    ahead::{Ahead, ByWorker},
    leaf::Fields,
};
use crate::{
    Header,
    canonical::{
        self,
        form::{Form, InForm},
    },
    identifier::*,
    signature::*,
    word::{Channel, Verdict},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use tlog::ed25519::Asked;

/// A worker's record of one received body, refused ones too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// What the worker claims; its key vouches for it.
    pub record: IntakeRecord,
    /// By the worker, context `bulla.intake/5`.
    pub signature: Signature,
    /// What was computed of it before its turn in a replay.
    #[serde(skip)]
    ahead: Ahead,
}

/// The signed part of an [`Intake`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeRecord {
    /// The worker that received it and signs this.
    pub worker: WorkerId,
    /// When it had arrived, by the worker's clock.
    pub received: Time,
    /// The start of the worker's process in which the body came.
    pub instance: InstanceId,
    /// The body's number in that instance, from 1, in the order of arrival.
    pub ticket: u64,
    /// Which of the body's entries this is, from 1: a body with more batches than one leaf can name has several.
    pub part: u32,
    /// How many entries the body has. Octets, rows and parties of all of them add up to the body's.
    pub parts: u32,
    /// The protocol that brought it.
    pub channel: Channel,
    /// Whether the channel was encrypted by TLS at this process.
    pub tls: bool,
    /// SHA-256 of the certificate of ours to which the body was encrypted (AS2): whoever gets its key reads the body, if they
    /// have what was sent. None where it was not.
    pub decryption: Option<Hash>,
    /// Octets of the body.
    pub octets: u64,
    /// Parcels in it, at most; for a body that could not be read to its end, what its size allows.
    pub rows: u64,
    /// Persons or companies in it, at most.
    pub parties: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// Who sent it, where known.
    pub shipper: Option<Pseudonym>,
    /// What was sealed from it.
    pub batches: Vec<Anchor>,
}

/// A batch, as its intake entry names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Its random name, anchored once.
    pub batch: BatchId,
    /// The salted hash of its header, [`crate::Header::salted`].
    pub header: Hash,
    /// Parcels in it, as its header says too.
    pub rows: u32,
    /// Persons or companies in it at most, as its header says too.
    pub parties: u64,
    /// Octets that say something of somebody: 32 clear ones for each record, and its sealed body.
    pub octets: u64,
    /// Index of the `policy` entry that gave the carrier the certificate to which the delivery copy is encrypted: whoever
    /// gets that certificate's key reads this batch, and whoever gets another's does not.
    pub carrier: u64,
    /// The periods and the hashes of their public keys, sorted.
    pub keys: Vec<SealedTo>,
}

/// A period's key that a batch was sealed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedTo {
    /// The period that the key belongs to.
    pub period: PeriodId,
    /// SHA-256 of its public key.
    pub key: Hash,
}

impl Anchor {
    /// A batch's, from its header, the salt of that, what its sealed octets are, and the policy of its delivery copy.
    pub fn of(header: &Header, salt: &Hash, octets: u64, carrier: u64) -> Self {
        let keys = header.groups.iter().map(|group| SealedTo { period: group.period.clone(), key: group.key });
        Self {
            batch: header.batch,
            header: header.salted(salt),
            rows: header.rows,
            parties: header.parties,
            octets,
            carrier,
            keys: keys.collect(),
        }
    }
}

impl Intake {
    const CONTEXT: &str = "bulla.intake/5";

    /// Signs a record with the worker's key.
    pub fn new(record: IntakeRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, signature, ahead: Ahead::default() }
    }

    /// Checks the worker's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        self.ahead.by(key).unwrap_or_else(|| verify(key, Self::CONTEXT, &self.record, &self.signature))
    }
}

impl Fields for Intake {
    fn fields(form: &mut Form<'_>) -> Option<Self> {
        Some(Self {
            record: form.behind(r#"{"record":"#)?,
            signature: form.behind(r#","signature":"#)?,
            ahead: Ahead::default(),
        })
    }
}

impl InForm for IntakeRecord {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            batches: form.behind(r#"{"batches":"#)?,
            channel: form.behind(r#","channel":"#)?,
            decryption: form.behind(r#","decryption":"#)?,
            instance: form.behind(r#","instance":"#)?,
            octets: form.behind(r#","octets":"#)?,
            part: form.behind(r#","part":"#)?,
            parties: form.behind(r#","parties":"#)?,
            parts: form.behind(r#","parts":"#)?,
            received: form.behind(r#","received":"#)?,
            rows: form.behind(r#","rows":"#)?,
            shipper: form.behind(r#","shipper":"#)?,
            ticket: form.behind(r#","ticket":"#)?,
            tls: form.behind(r#","tls":"#)?,
            verdict: form.behind(r#","verdict":"#)?,
            worker: form.behind(r#","worker":"#)?,
        };
        form.ended(own, "}")
    }
}

impl InForm for Anchor {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            batch: form.behind(r#"{"batch":"#)?,
            carrier: form.behind(r#","carrier":"#)?,
            header: form.behind(r#","header":"#)?,
            keys: form.behind(r#","keys":"#)?,
            octets: form.behind(r#","octets":"#)?,
            parties: form.behind(r#","parties":"#)?,
            rows: form.behind(r#","rows":"#)?,
        };
        form.ended(own, "}")
    }
}

impl InForm for SealedTo {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self { key: form.behind(r#"{"key":"#)?, period: form.behind(r#","period":"#)? };
        form.ended(own, "}")
    }
}

impl ByWorker for Intake {
    fn worker(&self) -> &WorkerId {
        &self.record.worker
    }

    fn asks(&self, key: &Ready, record: Option<&[u8]>) -> Asked {
        let record = record.map_or_else(|| canonical::bytes(&self.record).into(), Cow::Borrowed);
        key.asks(Self::CONTEXT, &record, &self.signature)
    }

    fn looked(&mut self, key: &Ready, fits: bool) {
        self.ahead = Ahead::looked(key, fits);
    }
}
