//! What a worker says of its own running: where it starts, and up to where everything that it received is in the ledger.
//!
//! Each start of the process is an *instance*. Bodies have *tickets* in it, from 1 in the order of arrival. A `tick` says
//! which of them the ledger does not have; what an instance had after its last tick nobody can know, and it counts at
//! the tick's *credit*, until a later start of the same worker closes the instance. And it says what its worker had seen of the
//! ledger before: bodies of later tickets came after that, whatever any clock says.

use super::{
    ahead::{Ahead, ByWorker},
    leaf::Fields,
};
use crate::{
    canonical::{
        self,
        form::{Form, InForm},
    },
    identifier::*,
    signature::*,
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use tlog::ed25519::Asked;

/// A worker started: whatever its memory held before is gone, unless its machine runs since then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What the worker says; its key vouches for it.
    pub record: StartRecord,
    /// By the worker, context `bulla.start/1`.
    pub signature: Signature,
}

/// The signed part of a [`Start`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRecord {
    /// The worker that starts and signs.
    pub worker: WorkerId,
    /// This start, random: no other has it.
    pub instance: InstanceId,
    /// The machine's last boot: what a process leaves in memory is certainly gone with the next.
    pub boot: BootId,
    /// Earlier instances of this worker that are over, sorted.
    pub closes: Vec<Closed>,
}

/// An instance that is over, with everything that it received in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Which one.
    pub instance: InstanceId,
    /// Its last ticket; 0 if it gave none.
    pub last: u64,
}

/// Up to where everything that an instance received is in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// What the worker says; its key vouches for it.
    pub record: TickRecord,
    /// By the worker, context `bulla.tick/2`.
    pub signature: Signature,
    /// What was computed of it before its turn in a replay.
    #[serde(skip)]
    ahead: Ahead,
}

/// The signed part of a [`Tick`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickRecord {
    /// The worker that says it.
    pub worker: WorkerId,
    /// In which start.
    pub instance: InstanceId,
    /// From 1, growing: an older one is not entered after a newer one.
    pub number: u64,
    /// The next ticket. Each one below is in the ledger with all parts, or open.
    pub next: u64,
    /// Tickets below that the ledger does not have with all parts yet, sorted.
    pub open: Vec<u64>,
    /// What the worker may have stored that is not in the ledger, from here to its next tick.
    pub credit: Credit,
    /// The newest tree that witnesses had shown the worker before it gave the ticket `next`. None where they had shown it none, or
    /// where it gave that ticket earlier: it has more open ones than a tick takes.
    pub seen: Option<TreeHead>,
}

/// A ledger as far as one checkpoint covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeHead {
    /// Its entries.
    pub size: u64,
    /// The root of their Merkle tree (RFC 6962, section 2.1).
    pub root: Hash,
}

/// How much a worker may have stored that the ledger does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// Parcels, at most.
    pub rows: u64,
    /// Persons or companies, at most.
    pub parties: u64,
}

impl Start {
    const CONTEXT: &str = "bulla.start/1";

    /// Signs a record with the worker's key.
    pub fn new(record: StartRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, signature }
    }

    /// Checks the worker's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        verify(key, Self::CONTEXT, &self.record, &self.signature)
    }
}

impl Tick {
    const CONTEXT: &str = "bulla.tick/2";

    /// Signs a record with the worker's key.
    pub fn new(record: TickRecord, key: &SigningKey) -> Self {
        let signature = sign(key, Self::CONTEXT, &record);
        Self { record, signature, ahead: Ahead::default() }
    }

    /// Checks the worker's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        self.ahead.by(key).unwrap_or_else(|| verify(key, Self::CONTEXT, &self.record, &self.signature))
    }
}

impl Fields for Tick {
    fn fields(form: &mut Form<'_>) -> Option<Self> {
        Some(Self {
            record: form.behind(r#"{"record":"#)?,
            signature: form.behind(r#","signature":"#)?,
            ahead: Ahead::default(),
        })
    }
}

impl InForm for TickRecord {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self {
            credit: form.behind(r#"{"credit":"#)?,
            instance: form.behind(r#","instance":"#)?,
            next: form.behind(r#","next":"#)?,
            number: form.behind(r#","number":"#)?,
            open: form.behind(r#","open":"#)?,
            seen: form.behind(r#","seen":"#)?,
            worker: form.behind(r#","worker":"#)?,
        };
        form.ended(own, "}")
    }
}

impl InForm for Credit {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self { parties: form.behind(r#"{"parties":"#)?, rows: form.behind(r#","rows":"#)? };
        form.ended(own, "}")
    }
}

impl InForm for TreeHead {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let own = Self { root: form.behind(r#"{"root":"#)?, size: form.behind(r#","size":"#)? };
        form.ended(own, "}")
    }
}

impl ByWorker for Tick {
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
