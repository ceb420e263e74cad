//! Retention: what exists until when, and the run that ends it. And the ledger's head.

use super::request;
use ledger::{Classes, Hash, Month, PeriodId, Time, WorkerId};
use serde::{Deserialize, Serialize};

/// Destroy the private keys of all periods whose retention has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRun {
    /// The worker that asks and signs.
    pub worker: WorkerId,
    /// A chosen moment, in a demo only. None: the witnesses' cosigned time.
    pub now: Option<Time>,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(RetentionRun, "bulla.retention/1");

/// The answer to a [`RetentionRun`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionDone {
    /// The moment up to which retention had to have ended.
    pub time: Time,
    /// What was destroyed by this run.
    pub shredded: Vec<ShreddedPeriod>,
    /// Months whose index key was destroyed: every period of them is shredded.
    pub index_keys: Vec<Month>,
}

/// A period whose private key was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShreddedPeriod {
    /// The period that nothing opens any more.
    pub period: PeriodId,
    /// SHA-256 of its public key.
    pub key: Hash,
    /// Index of the `shred_intent` entry.
    pub intent: u64,
    /// Index of the `shred` entry.
    pub shred: u64,
}

/// What is known of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodStatus {
    /// The period, shredded ones too.
    pub period: PeriodId,
    /// The classes sealed to it.
    pub classes: Classes,
    /// SHA-256 of its public key.
    pub key: Hash,
    /// When its retention ends.
    pub ends: Time,
    /// Until when officers keep it beyond that.
    pub held: Option<Time>,
    /// What can be done with it.
    pub state: PeriodState,
    /// Index of the `period_key` entry.
    pub born: u64,
    /// Index of the `shred_intent` entry.
    pub shred_intent: Option<u64>,
    /// Index of the `shred` entry.
    pub shred: Option<u64>,
    /// That entry's time, by the warden's clock.
    pub shredded: Option<Time>,
}

/// The state of a period's private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodState {
    /// It can be opened.
    Live,
    /// Its retention has ended, and officers keep it.
    Held,
    /// Its retention has ended, and its key is there: it goes once the witnesses' clocks say the same.
    Overdue,
    /// Its end was announced, but not completed: the next retention run does it. It is not opened any more.
    Ending,
    /// The private key was destroyed.
    Shredded,
    /// The key file is gone without an entry that says so: nothing opens, and an operator should ask why.
    Missing,
}

impl std::fmt::Display for PeriodState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Live => "live",
            Self::Held => "held",
            Self::Overdue => "overdue",
            Self::Ending => "ending",
            Self::Shredded => "shredded",
            Self::Missing => "missing",
        })
    }
}

/// The ledger's head, and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Who runs the warden.
    pub organisation: String,
    /// Entries so far, cosigned or not.
    pub size: u64,
    /// The newest checkpoint, signed by the warden.
    pub signed: String,
    /// The newest checkpoint with its quorum of cosignatures, and what `GET /checkpoint` answers.
    pub cosigned: Option<String>,
    /// Entries that `cosigned` covers; 0 before the first.
    pub cosigned_size: u64,
    /// How many witnesses must cosign.
    pub quorum: usize,
    /// Every witness of the configuration, in its order.
    pub witnesses: Vec<WitnessStatus>,
    /// Why nothing is written or opened until the next start, if that is so.
    pub stopped: Option<String>,
    /// Which generation of the warden signs, from 1.
    pub generation: u32,
    /// How many times officers have closed the ledger for openings or opened it again.
    pub lockdowns: u64,
    /// The entry since which nothing is opened; null: it is.
    pub closed: Option<u64>,
}

/// A witness, as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessStatus {
    /// As the configuration calls it.
    pub name: String,
    /// Its note key (cosignature/v1), in verifier form.
    pub vkey: String,
    /// The size that it cosigned last, as far as known.
    pub size: Option<u64>,
    /// Why it did not cosign when it was last asked.
    pub problem: Option<String>,
}
