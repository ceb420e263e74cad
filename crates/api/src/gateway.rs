//! What is said to a gateway over HTTP, and what it answers: JSON of these types, but where [`ROUTES`] says otherwise.
//!
//! Nothing here holds a value of a document. What is opened is sealed to whoever asked: an answer to an opening is the
//! warden's ([`crate::warden::Answer`]) and goes through a gateway as it is.

pub mod desk;
pub mod findings;
pub mod record;
mod routes;
mod token;

pub use routes::{Body, ROUTES, Route, Who, openapi};
pub use token::{IssuedToken, NoScope, Scope, Token, WantedToken};

use findings::Findings;
use ledger::{
    AgreementId, BatchId, Classes, DeliveryId, Hash, InstanceId, InterchangeId, PeriodId, Time, WorkerId,
    entry::Verdict,
    word::{DeliveryState, ManifestState, Outcome},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The header field of an answer of many lines that names behind what its next page begins: `?after=` with this. Not there: it is the last.
pub const NEXT: &str = "bulla-next";

/// A document as received, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interchange {
    /// Our name for it.
    #[schemars(with = "String")]
    pub id: InterchangeId,
    /// When it had arrived.
    #[schemars(with = "String")]
    pub received: Time,
    /// Whose credential brought it.
    pub shipper: Option<String>,
    /// For whom, if that is one of our partners.
    pub carrier: Option<String>,
    /// Its control number (ISA13), if it is one.
    pub control: Option<String>,
    /// Whether it says that it is a test.
    pub test: Option<bool>,
    /// What became of it.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// How long it was.
    pub octets: u64,
    /// Manifests taken from it.
    pub manifests: usize,
    /// Parcels in all of its manifests.
    pub rows: u64,
    /// The gateway's worker that received it.
    #[schemars(with = "String")]
    pub worker: WorkerId,
    /// In which start of that worker's process it came.
    #[schemars(with = "String")]
    pub instance: InstanceId,
    /// Its number in that start; several documents of one body have several.
    pub ticket: u64,
    /// That entry's index in the ledger, once anchored.
    pub ledger: Option<u64>,
    /// What went to carriers.
    #[schemars(with = "Vec<String>")]
    pub deliveries: Vec<DeliveryId>,
    /// What is wrong with it, if anything is; in an answer about one document only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Findings>,
}

/// Who this gateway is in AS2: what a partner needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct As2 {
    /// AS2-To of what partners send; case counts.
    pub name: String,
    /// The newest first. Partners encrypt to one of them, and know our signatures by all of them.
    pub certificates: Vec<As2Certificate>,
}

/// A certificate of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct As2Certificate {
    /// SHA-256 of its DER; intake entries name it so.
    #[schemars(with = "String")]
    pub sha256: Hash,
    /// When it begins: from then on it may sign.
    #[schemars(with = "String")]
    pub from: Time,
    /// When it ends.
    #[schemars(with = "String")]
    pub until: Time,
    /// Whether it is the one that signs now.
    pub signs: bool,
    /// The certificate.
    pub pem: String,
}

/// The next pair of AS2 keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct As2Renewal {
    /// From which day on it signs; now where it is left out. It decrypts at once, so that partners can be given it before.
    #[schemars(with = "Option<String>")]
    pub from: Option<Time>,
}

/// A document on its way to a carrier, or arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The same for every attempt.
    #[schemars(with = "String")]
    pub id: DeliveryId,
    /// The document from which it was made.
    #[schemars(with = "String")]
    pub interchange: InterchangeId,
    /// For whom: a partner's id, or the ledger's name for one that is no partner any more.
    pub carrier: String,
    /// Where it stands: `waiting`, `sent`, `acknowledged`, `held`, `expired`.
    #[schemars(with = "String")]
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; none unless waiting or sent.
    #[schemars(with = "Option<String>")]
    pub next_attempt: Option<Time>,
    /// What the last attempt brought, as a code.
    pub last_answer: Option<String>,
    /// SHA-256 of the encrypted octets.
    #[schemars(with = "String")]
    pub digest: Hash,
    /// Octets of the encrypted copy.
    pub octets: u64,
    /// When it was made.
    #[schemars(with = "String")]
    pub created: Time,
    /// When the carrier acknowledged it, last.
    #[schemars(with = "Option<String>")]
    pub acknowledged: Option<Time>,
    /// What the carrier's own acknowledgement (997, 999, TA1) says of it: `accepted`, `accepted-with-errors`, `accepted-in-part`,
    /// `refused`; `overdue` where none came in the agreement's time.
    pub answer: Option<String>,
    /// When that acknowledgement came.
    #[schemars(with = "Option<String>")]
    pub answered: Option<Time>,
    /// The batches that hold the same parcels, sealed.
    #[schemars(with = "Vec<String>")]
    pub batches: Vec<BatchId>,
    /// Every attempt; in an answer about one delivery only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Attempt>>,
}

/// One try of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When the attempt was made.
    #[schemars(with = "String")]
    pub time: Time,
    /// How it ended: `sent` or `failed`.
    #[schemars(with = "String")]
    pub outcome: Outcome,
    /// What the carrier's side said, as a code of a closed list: `HTTP_503`, `TIMED_OUT`.
    pub answer: String,
}

/// What is sought; exactly one of them. A body, not a URL: URLs reach proxies' logs.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// A tracking number or SSCC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tracking: Option<Zeroizing<String>>,
    /// A manifest's number, as its sender wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub manifest: Option<Zeroizing<String>>,
    /// An order's number, as its sender wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub order: Option<Zeroizing<String>>,
}

/// What was found: nothing that is sealed, only what is kept clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The parcels under that number, newest first.
    pub parcels: Vec<Parcel>,
    /// There are more than are shown.
    pub truncated: bool,
}

/// What is kept clear of a parcel, and its way so far. Nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// The sealed batch that holds it.
    #[schemars(with = "String")]
    pub batch: BatchId,
    /// Its row in that batch, from 1.
    pub row: u32,
    /// The batch's salted header hash: a request to open names it.
    #[schemars(with = "String")]
    pub header: Hash,
    /// The partner that announced it.
    pub shipper: String,
    /// The partner that it was delivered to.
    pub carrier: String,
    /// The agreement that it came under, by pseudonym.
    #[schemars(with = "String")]
    pub agreement: AgreementId,
    /// When its document had arrived.
    #[schemars(with = "String")]
    pub received: Time,
    /// The service's code, at most four letters and digits.
    pub service: Option<String>,
    /// Its weight in grams, if it was said.
    pub weight_grams: Option<u32>,
    /// As the number yyyymmdd.
    pub ship_date: Option<u32>,
    /// The recipient's: `QC`, `ABROAD`, `UNKNOWN`.
    pub province: String,
    /// The recipient's, two letters.
    pub country: Option<String>,
    /// Pieces in it, 1 where nothing is said.
    pub pieces: u16,
    /// Which classes are sealed to which period.
    pub sealed: Vec<SealedTo>,
    /// The document that brought it.
    #[schemars(with = "Option<String>")]
    pub interchange: Option<InterchangeId>,
    /// Whether its manifest is the last word: `current`, `replaced`, `cancelled`.
    #[schemars(with = "Option<String>")]
    pub status: Option<ManifestState>,
    /// What happened to it, in order.
    pub history: Vec<Event>,
    /// On its way to the carrier.
    pub delivery: Option<DeliveryStatus>,
}

/// Classes of a batch, and the period whose key opens them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedTo {
    /// The period that these classes are sealed to.
    #[schemars(with = "String")]
    pub period: PeriodId,
    /// The sealed classes of the group.
    #[schemars(with = "BTreeSet<String>")]
    pub classes: Classes,
}

/// Something that happened to a parcel's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, to the millisecond, in UTC.
    #[schemars(with = "String")]
    pub time: Time,
    /// What happened, in words for people.
    pub event: String,
}

/// A delivery's name and state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryStatus {
    /// The delivery's id, the same for every attempt.
    #[schemars(with = "String")]
    pub id: DeliveryId,
    /// Where the delivery stands now.
    #[schemars(with = "String")]
    pub state: DeliveryState,
}

/// A retention run; what it destroys is the warden's decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// As if it were this moment; in a demo only. None: the witnesses' time.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub now: Option<Time>,
}

/// What is wrong and what to do about it (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Always `about:blank`: the title says what it is.
    pub r#type: String,
    /// The HTTP status, repeated for whoever sees the body only.
    pub status: u16,
    /// What is wrong: constant.
    pub title: String,
    /// What is wrong and what to do about it.
    pub detail: String,
}
