//! The closed set of entries. A new kind is a new format version.

mod ahead;
mod count;
mod instance;
mod intake;
mod leaf;
mod policy;
mod revocation;

pub(crate) use ahead::ByWorker;
pub(crate) use leaf::signed_record;

pub use crate::word::{Channel, Verdict};
pub use count::{CountIntent, CountOutcome, Counted};
pub use instance::{Closed, Credit, Start, StartRecord, Tick, TickRecord, TreeHead};
pub use intake::{Anchor, Intake, IntakeRecord, SealedTo};
pub use policy::{
    Agreement, Authority, Budget, Carrier, CoHolder, Generation, Hold, Officer, OfficerSignature, Policy, PolicyRecord,
    Principal, RetentionGroup, Shipper, Witnesses,
};
pub use revocation::{Lockdown, LockdownRecord, Revocation, RevocationRecord};

use crate::{
    canonical,
    classes::Classes,
    identifier::*,
    opening::{Approval, OpeningRequest},
    signature::*,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An entry with the moment at which the warden wrote it: one leaf of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logged {
    /// By the warden's clock; never before the entry before it.
    pub time: Time,
    /// What happened, as one of the closed set.
    pub entry: Entry,
}

impl Logged {
    /// The leaf: canonical JSON, at most 65,535 octets (tlog-tiles' limit of an entry).
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::bytes(self)
    }
}

/// What can happen. The `type` in JSON is the variant's name in snake_case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    /// The first entry, and only the first.
    Genesis(Genesis),
    /// Who may ask, who receives, who exchanges what with whom, who keeps and watches the ledger: what officers have signed.
    Policy(Policy),
    /// A key is nobody's any more, from here on.
    Revocation(Revocation),
    /// Nothing is opened any more, or it is again.
    Lockdown(Lockdown),
    /// A period's key pair was made.
    PeriodKey(PeriodKey),
    /// A month's index key was made, or given to a worker.
    IndexKey(IndexKey),
    /// A worker started, and was given its index keys.
    Start(Start),
    /// Up to where the ledger has everything that a worker received.
    Tick(Tick),
    /// A worker's record of one received body.
    Intake(Intake),
    /// Something will be opened now.
    Intent(Intent),
    /// What became of an intent. Never lowers a bound.
    Receipt(Receipt),
    /// People will be counted now.
    CountIntent(CountIntent),
    /// What became of a count. Never lowers a bound.
    Counted(Counted),
    /// A period's private key will be destroyed now.
    ShredIntent(Shred),
    /// A period's private key was destroyed.
    Shred(Shred),
    /// A copy of a key was found that was said to be destroyed.
    Resurfaced(Shred),
    /// What the witnesses have seen by when.
    Heartbeat(Heartbeat),
}

/// The log's beginning: its name, and who plays which part in it until a policy says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The log's origin, as in its checkpoints.
    pub origin: String,
    /// Who decides whom to trust from then on.
    pub authority: Authority,
    /// The warden's note key.
    pub warden: PlacedKey,
    /// How many days copies of the warden's files are kept (backups, snapshots): a key that was destroyed lives on in
    /// them for so long.
    pub copies_days: u32,
    /// The witnesses' note keys.
    pub witnesses: Vec<PlacedKey>,
    /// How many of them must cosign before anything opens.
    pub quorum: u32,
    /// The worker's id and its key, as enrolled: entries of others are refused.
    pub workers: Vec<EnrolledWorker>,
}

impl Entry {
    /// The word that its `type` is in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::Policy(_) => "policy",
            Self::Revocation(_) => "revocation",
            Self::Lockdown(_) => "lockdown",
            Self::PeriodKey(_) => "period_key",
            Self::IndexKey(_) => "index_key",
            Self::Start(_) => "start",
            Self::Tick(_) => "tick",
            Self::Intake(_) => "intake",
            Self::Intent(_) => "intent",
            Self::Receipt(_) => "receipt",
            Self::CountIntent(_) => "count_intent",
            Self::Counted(_) => "counted",
            Self::ShredIntent(_) => "shred_intent",
            Self::Shred(_) => "shred",
            Self::Resurfaced(_) => "resurfaced",
            Self::Heartbeat(_) => "heartbeat",
        }
    }

    /// What a worker has signed in it, where that is all there is to it.
    pub(crate) fn by_worker(&mut self) -> Option<&mut dyn ByWorker> {
        match self {
            Self::Intake(own) => Some(own),
            Self::Tick(own) => Some(own),
            _ => None,
        }
    }

    /// Whether another generation of the warden begins with it.
    pub fn makes_generation(&self) -> bool {
        matches!(self, Self::Policy(policy) if policy.record.generation.is_some())
    }
}

impl Genesis {
    /// The first generation of the warden.
    pub fn generation(&self) -> Generation {
        Generation { warden: self.warden.clone(), copies_days: self.copies_days }
    }
}

/// A note key, and where it is used: whoever takes a host has every key that is placed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedKey {
    /// In signed-note's verifier form.
    pub key: String,
    /// Who runs that host.
    pub organisation: PlaceName,
    /// The host. Two keys with the same one fall together.
    pub host: PlaceName,
}

/// A worker that the warden knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolledWorker {
    /// Its id, unique among those enrolled.
    pub worker: WorkerId,
    /// Signs its intake entries and its requests.
    pub key: PublicKey,
    /// Who runs its host.
    pub organisation: PlaceName,
    /// The host on which it works, and its key with it.
    pub host: PlaceName,
}

/// A key pair's birth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodKey {
    /// The period, which has this one key, ever; of the generation that makes it.
    pub period: PeriodId,
    /// The classes sealed to it.
    pub classes: Classes,
    /// SHA-256 of the public key.
    pub key: Hash,
    /// When retention ends: it may be shredded from then on.
    pub ends: Time,
    /// Whose layer is around everything sealed to it; none: the private key alone opens it, and the member is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co_holder: Option<CoHolderId>,
}

/// An index key's birth or hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexKey {
    /// The month of receipt whose tokens it makes.
    pub month: Month,
    /// SHA-256(`"bulla.index-key/1\n"` || key): names the key and does not tell it (32 random octets).
    pub key: Hash,
    /// Who was given it.
    pub worker: WorkerId,
}

/// Something will be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The hash of `request`, [`OpeningRequest::id`].
    pub opening: Hash,
    /// The whole request, so that anyone can check who asked for what.
    pub request: OpeningRequest,
    /// The second person's word, where the request asks for more than one may.
    pub approval: Option<Approval>,
}

/// How an opening ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The fields were returned, sealed to the requester.
    Opened,
    /// The ciphertext did not open under the key.
    Failed,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opened => "opened",
            Self::Failed => "failed",
        })
    }
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The intent's `opening`; it has one receipt at most.
    pub opening: Hash,
    /// Whether the fields left the warden.
    pub outcome: Outcome,
    /// SHA-256 of what was returned, sealed; none when nothing was.
    pub answer: Option<Hash>,
}

/// A period's end: announced first, then done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shred {
    /// The period whose private key it is.
    pub period: PeriodId,
    /// SHA-256 of its public key.
    pub key: Hash,
}

/// The newest checkpoint that was cosigned when this was written: it dates everything before its size, by the witnesses'
/// clocks and not by the warden's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The signed note: the warden's signature and the cosignatures.
    pub note: String,
}
