//! What of the ledger, of retention and of partners is shown to people. Names, counts and times; nothing of a document.

use crate::warden::{Head, PeriodStatus};
use ledger::{AgreementId, FieldClass, PeriodId, Time, entry::Outcome, opening::Scope};
use std::collections::{BTreeMap, BTreeSet};

/// A receipt stands soon behind its intent: it is looked for in what is shown, and in so many entries behind that.
pub const RECEIPTS_WITHIN: u64 = 256;

/// A stretch of the ledger, and who watches it.
#[derive(Debug, Clone)]
pub struct Record {
    /// As of when.
    pub now: Time,
    /// What the warden says of the ledger as it is.
    pub head: Head,
    /// Its witnesses, with the times of the newest checkpoint that they cosigned.
    pub watchers: Vec<Watcher>,
    /// Index of the first entry that was read.
    pub from: u64,
    /// Index behind the last one.
    pub until: u64,
    /// The times of both.
    pub times: Option<(Time, Time)>,
    /// Openings, newest first.
    pub openings: Vec<Opening>,
    /// When heartbeats were written, oldest first.
    pub beats: Vec<Time>,
    /// Entries of each kind, by its word.
    pub kinds: BTreeMap<&'static str, u64>,
    /// What is neither received documents, openings nor heartbeats; newest first.
    pub others: Vec<Other>,
}

/// A witness.
#[derive(Debug, Clone)]
pub struct Watcher {
    /// As its key calls it.
    pub name: String,
    /// What it cosigned last.
    pub size: Option<u64>,
    /// When it cosigned the newest checkpoint that has its quorum; none: it did not.
    pub cosigned: Option<Time>,
    /// Whether it failed when it was last asked.
    pub fails: bool,
}

/// Something that was opened, or was to be.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Index of the `intent` entry.
    pub index: u64,
    /// When it was written, by the warden's clock.
    pub time: Time,
    /// Who asked for what, and why.
    pub scope: Scope,
    /// Whose data it is: a partner's id; none: its batch is not kept here.
    pub shipper: Option<String>,
    /// The receipt's index, and what it says; none: it is not among what was looked through, [`RECEIPTS_WITHIN`].
    pub receipt: Option<(u64, Outcome)>,
}

/// Another entry.
#[derive(Debug, Clone)]
pub struct Other {
    /// Its index.
    pub index: u64,
    /// When it was written, by the warden's clock.
    pub time: Time,
    /// The word of its kind.
    pub kind: &'static str,
    /// What it is about: a period, a worker, a number.
    pub about: String,
}

/// What is kept until when, by agreement.
#[derive(Debug, Clone)]
pub struct Kept {
    /// As of when.
    pub now: Time,
    /// Every period that there is or was.
    pub periods: Vec<PeriodStatus>,
    /// Who exchanges with whom under an agreement: partners' ids.
    pub names: BTreeMap<AgreementId, (String, String)>,
    /// What is in them; none: it is being counted.
    pub rows: Option<Rows>,
}

/// Parcels by the periods that they are sealed to.
#[derive(Debug, Clone)]
pub struct Rows {
    /// As of when they were counted.
    pub counted: Time,
    /// How many are sealed to exactly these.
    pub sealed: BTreeMap<BTreeSet<PeriodId>, u64>,
}

/// Partners and agreements.
#[derive(Debug, Clone)]
pub struct Known {
    /// As of when.
    pub now: Time,
    /// Shippers and carriers.
    pub partners: Vec<Party>,
    /// Who exchanges with whom.
    pub agreements: Vec<Agreed>,
}

/// A shipper or a carrier.
#[derive(Debug, Clone)]
pub struct Party {
    /// The operator's word for it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The ledger's name for it.
    pub pseudonym: String,
    /// How its documents name it.
    pub edi: Vec<String>,
    /// How it is exchanged with: `https`, `as2`.
    pub ways: Vec<&'static str>,
    /// What each certificate is for, a word, and when it ends.
    pub certificates: Vec<(&'static str, Time)>,
}

/// An agreement.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The ledger's name for it.
    pub id: String,
    /// The partner that sends.
    pub shipper: String,
    /// The partner that is delivered to.
    pub carrier: String,
    /// How far it is: `draft`, `test`, `shadow`, `live`, `suspended`.
    pub status: String,
    /// Whether officers have signed it as it is; none: not known before the warden has told.
    pub decided: Option<bool>,
    /// By which its documents are read, beside the messages' own rules.
    pub guide: Option<String>,
    /// Days that each class is kept.
    pub days: BTreeMap<FieldClass, u32>,
    /// Within how many hours the carrier answers.
    pub answer_hours: Option<u32>,
}
