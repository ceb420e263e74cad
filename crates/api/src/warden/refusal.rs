//! Why the warden does not do what it is asked: a closed list.

use ledger::{
    AgreementId, BatchId, InstanceId, PeriodId, PrincipalId, Time, WorkerId,
    replay::{Rule, Violation},
};
use serde::{Deserialize, Serialize};

/// Why not. Never carries a value of a document or of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "kebab-case", rename_all_fields = "snake_case")]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Refusal {
    // The asker's.
    /// Not the JSON that it should be.
    #[error("the request cannot be read from line {line}, column {column} on")]
    Malformed {
        line: usize,
        /// As serde_json counts it.
        column: usize,
    },
    /// A query that names no entries.
    #[error("`from` and `to` are numbers of entries: the first, and the one behind the last")]
    Range,
    /// Longer than anything that is asked here.
    #[error("the request is longer than {octets_max} octets")]
    TooLong { octets_max: usize },
    /// Its octets stopped, or came one by one.
    #[error("the request came too slowly")]
    TooSlow,
    /// The asker hung up within it.
    #[error("the request ended before its announced length")]
    CutOff,
    /// Others of the same kind have the memory that there is for them.
    #[error("too many requests of this kind at once; nothing was done; ask again")]
    TooMuch,
    /// The signature does not fit.
    #[error("the signature does not fit the request and the key of its signer")]
    Signature,
    /// Nobody has enrolled that worker, or its key is revoked.
    #[error("worker {worker} is not enrolled")]
    UnknownWorker { worker: WorkerId },
    /// Too old, or from a clock that is too far ahead.
    #[error("the request is of {requested}, which is not within five minutes of the warden's clock, {now}")]
    Stale { requested: Time, now: Time },
    /// The same nonce again, or a worker's start from before its last one.
    #[error("the request was made before")]
    Replayed,
    /// The key to seal the answer to cannot be read.
    #[error("the key in the request is not an X-Wing public key, or not the one that the policy names")]
    Key,
    /// A chosen time outside of a demo.
    #[error("a chosen time is taken in a demo only: elsewhere retention ends by the witnesses' time")]
    NotADemo,

    // The ledger's rules.
    /// A start that is to be closed, whose bodies are not all in the ledger; or it has others: a copy of the gateway was used.
    #[error("instance {instance} is not over: the ledger has not just the bodies that it says it had")]
    NotOver { instance: InstanceId },
    /// An entry of a start that is not in the ledger.
    #[error("instance {instance} has not started")]
    NotStarted { instance: InstanceId },
    /// This entry of the worker stands in the ledger with other content: two processes run as the same start, or one was restored
    /// with its memory.
    #[error("ticket {ticket} of worker {worker}, instance {instance}, is in the ledger with other content")]
    Forked {
        worker: WorkerId,
        instance: InstanceId,
        /// The body's number in that instance; 0: the start itself.
        ticket: u64,
        entry: u64,
        /// Which entry of the request, from 0.
        position: usize,
    },
    /// Another rule of the ledger.
    #[error("the ledger cannot take entry {position} of the request: {rule}")]
    Rule {
        /// Which entry of the request, from 0.
        position: usize,
        /// The rule, for people.
        rule: String,
    },
    /// An entry is longer than a leaf may be.
    #[error("entry {position} of the request is longer than 65,535 octets: fewer batches to an intake entry")]
    EntryTooLong {
        /// Which entry of the request, from 0.
        position: usize,
    },
    /// An agreement's group now has other classes or days than the keys that were made for it.
    #[error(
        "agreement {agreement}: period {period} was made for other classes; name the retention group or the agreement anew"
    )]
    Terms { agreement: AgreementId, period: PeriodId },
    /// A policy that names another warden or other witnesses than this process has.
    #[error("a policy with a new generation or other witnesses is entered with the warden stopped: bulla warden renew")]
    NeedsRenewal,

    // What a principal may.
    /// More rows than are counted at once.
    #[error("the set has {rows} rows; at most {most} are counted at once")]
    CountTooLarge {
        rows: u64,
        /// How many are.
        most: u64,
    },
    /// Nobody of that name may ask.
    #[error("principal {principal} is not known")]
    UnknownPrincipal { principal: PrincipalId },
    /// Not this purpose or class, or nothing at all.
    #[error("not allowed: {rule}")]
    NotAllowed {
        /// The rule, for people.
        rule: String,
    },
    /// Somebody's key that is nobody's any more.
    #[error("the key that signed this was revoked")]
    Revoked,
    /// An officer has closed the ledger for openings.
    #[error("nothing is opened: an officer has closed the ledger for openings; two officers open it again")]
    LockedDown,
    /// More rows than one person may ask for.
    #[error("{principal} may open {alone} rows at once alone, not {rows}: a second person must approve this request")]
    NotApproved {
        principal: PrincipalId,
        /// How many without.
        alone: u32,
        rows: usize,
    },
    /// The second person's word is too old.
    #[error("the approval was good until {expires}, and it is {now}: ask anew")]
    ApprovalExpired { expires: Time, now: Time },
    /// Too many rows in an hour, a day or thirty days.
    #[error(
        "principal {principal} may open {rows} rows within {hours} hours, has asked for {used} and now for {asked}"
    )]
    Budget {
        principal: PrincipalId,
        rows: u32,
        /// 1, 24 or 720.
        hours: u32,
        /// Asked for in these hours before.
        used: u64,
        asked: u64,
    },
    /// The batch is not in the ledger (yet).
    #[error("batch {batch} is not anchored in the ledger; a new one is within a second")]
    NotAnchored { batch: BatchId },
    /// Header or salt are not those of the anchored batch.
    #[error("the header given for batch {batch} is not the one in the ledger")]
    OtherHeader { batch: BatchId },
    /// The batch has no group with any of the classes.
    #[error("batch {batch} holds none of these classes")]
    NotHeld { batch: BatchId },
    /// The key no longer exists, or is about to be destroyed.
    #[error("period {period} was shredded (ledger entry {entry}): its private key no longer exists")]
    Shredded {
        period: PeriodId,
        /// The entry that says so.
        entry: u64,
    },

    // Ours.
    /// There is no connection or no memory for one more.
    #[error("too many requests at once; nothing was done; ask again")]
    Crowded,
    /// Too few witnesses cosigned.
    #[error("nothing was done: {got} of {needed} witnesses cosigned the ledger: {}", list(witnesses))]
    Quorum {
        needed: usize,
        got: usize,
        /// Those that did not, and why.
        witnesses: Vec<WitnessProblem>,
    },
    /// Nothing is written or opened until the next start.
    #[error("the warden has stopped working until it is started anew: {reason}")]
    Stopped { reason: String },
    /// A file could not be read or written; the request may be made again.
    #[error("the warden's disk: {reason}")]
    Disk { reason: String },
    /// What was logged as an intent did not open.
    #[error("the batch does not open: {reason}; the attempt is in the ledger (entries {intent} and {receipt})")]
    DidNotOpen {
        /// Why, without a value.
        reason: String,
        /// Index of the `intent` entry.
        intent: u64,
        /// Index of the `receipt` entry.
        receipt: u64,
    },
    /// Nothing of that name.
    #[error("there is no such thing")]
    NotFound,
}

/// A witness that did not cosign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WitnessProblem {
    /// What the configuration calls it.
    pub witness: String,
    /// Why it did not cosign.
    pub problem: String,
}

fn list(witnesses: &[WitnessProblem]) -> String {
    let each: Vec<_> = witnesses.iter().map(|w| format!("witness {}: {}", w.witness, w.problem)).collect();
    each.join("; ")
}

impl Refusal {
    /// The HTTP status that goes with it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } | Self::Range | Self::Key | Self::CutOff => 400,
            Self::Signature | Self::UnknownWorker { .. } | Self::UnknownPrincipal { .. } => 401,
            Self::Stale { .. }
            | Self::NotADemo
            | Self::NotAllowed { .. }
            | Self::NotApproved { .. }
            | Self::ApprovalExpired { .. }
            | Self::Revoked
            | Self::LockedDown => 403,
            Self::NotFound | Self::NotAnchored { .. } => 404,
            Self::TooSlow => 408,
            Self::Replayed
            | Self::NotOver { .. }
            | Self::NotStarted { .. }
            | Self::Forked { .. }
            | Self::Terms { .. }
            | Self::NeedsRenewal => 409,
            Self::Shredded { .. } => 410,
            Self::EntryTooLong { .. } | Self::TooLong { .. } | Self::CountTooLarge { .. } => 413,
            Self::Rule { .. } | Self::OtherHeader { .. } | Self::NotHeld { .. } | Self::DidNotOpen { .. } => 422,
            Self::Budget { .. } | Self::TooMuch => 429,
            Self::Crowded | Self::Quorum { .. } | Self::Stopped { .. } | Self::Disk { .. } => 503,
        }
    }

    /// From the ledger's own words.
    pub fn of_rule(violation: Violation, position: usize) -> Self {
        match violation.rule {
            Rule::UnknownWorker { worker } => Self::UnknownWorker { worker },
            Rule::WorkerSignature { .. } | Rule::RequestSignature { .. } => Self::Signature,
            Rule::NotWhole { instance, .. } => Self::NotOver { instance },
            Rule::UnknownInstance { instance } => Self::NotStarted { instance },
            Rule::IntentTwice | Rule::CountTwice => Self::Replayed,
            Rule::UnknownPrincipal { principal } => Self::UnknownPrincipal { principal },
            Rule::Revoked => Self::Revoked,
            Rule::LockedDown => Self::LockedDown,
            Rule::NotApproved { principal, alone, rows } => Self::NotApproved { principal, alone, rows },
            Rule::UnknownBatch { batch } => Self::NotAnchored { batch },
            Rule::OtherHeader { batch } => Self::OtherHeader { batch },
            rule @ (Rule::PurposeNotAllowed { .. }
            | Rule::ClassNotAllowed { .. }
            | Rule::EmptyRequest
            | Rule::Approval
            | Rule::CountNotAllowed { .. }
            | Rule::CountSet
            | Rule::CountPiece { .. }
            | Rule::TooOld { .. }
            | Rule::NoSuchRow { .. }) => Self::NotAllowed { rule: rule.to_string() },
            rule => Self::Rule { position, rule: rule.to_string() },
        }
    }
}

/// A [`Refusal`] as it is sent (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Always `about:blank`: programs read `refusal`.
    pub r#type: String,
    /// The HTTP status, [`Refusal::status`].
    pub status: u16,
    /// The same for every refusal.
    pub title: String,
    /// The refusal as a sentence, for people.
    pub detail: String,
    /// The refusal with its code, for programs.
    pub refusal: Refusal,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            r#type: "about:blank".to_owned(),
            status: refusal.status(),
            title: "the warden refuses".to_owned(),
            detail: refusal.to_string(),
            refusal,
        }
    }
}
