//! What is said to the warden over HTTP, and what it answers: JSON, the same types on both sides.
//!
//! ```text
//! POST /v1/anchors          Signed<Anchors>        -> Anchored        intake entries in order, proven; headers beside
//! POST /v1/workers/start    Signed<Starting>       -> Started         index keys, sealed to the worker
//! POST /v1/workers/index-keys  Signed<IndexKeys> -> HandedIndexKeys  of further months, while it runs
//! POST /v1/policy           Policy                 -> Decided         by officers' signatures alone
//! POST /v1/periods          Signed<Periods>        -> PeriodList      policies and periods' public keys with their proofs
//! POST /v1/openings         Ask                    -> Answer          sealed to the requester
//! POST /v1/counts           CountRequest           -> CountBegun      announced and cosigned; then, one after the other,
//! POST /v1/counts/batches   CountBatches           -> CountTaken      what is to be counted, and
//! POST /v1/counts/end       CountEnd               -> CountAnswer     the number, signed
//! POST /v1/retention        Signed<RetentionRun>   -> RetentionDone
//! GET  /v1/retention                               -> [PeriodStatus]
//! GET  /v1/head                                    -> Head
//! GET  /v1/entries?from=&to=                       -> JSON lines: leaves from..to (canonical `ledger::Logged`)
//! GET  /checkpoint, /tile/…                        -> C2SP tlog-tiles; the checkpoint has its quorum of cosignatures
//! GET  /healthz, /metrics
//! ```
//!
//! Whoever asks is known by an Ed25519 signature, never by where the request comes from. A refusal is a
//! [`Problem`] (RFC 9457) that carries its [`Refusal`].

mod count;
mod opening;
mod period;
mod proof;
mod refusal;
mod retention;
mod worker;

pub use count::{CountAnswer, CountBatch, CountBatches, CountBegun, CountEnd, CountTaken};
pub use opening::{Answer, Ask, Asked, Field, Fields};
pub use period::{Decided, DecidedCarrier, ListedPeriod, Period, PeriodList, Periods, Standing};
pub use proof::{Included, Pins, Place, Unproven};
pub use refusal::{Problem, Refusal, WitnessProblem};
pub use retention::{Head, PeriodState, PeriodStatus, RetentionDone, RetentionRun, ShreddedPeriod, WitnessStatus};
pub use tlog::Checkpoint;
pub use worker::{Anchored, Anchoring, Anchors, HandedIndexKeys, IndexKeys, SealedIndexKey, Started, Starting};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use ledger::{
    Hash, PublicKey, Signature, Time, WorkerId,
    signature::{self, BadSignature},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use zeroize::Zeroize;

/// How old a signed request may be, and how far ahead of the warden's clock, in milliseconds.
pub const REQUEST_AGE_MILLISECONDS_MAX: i64 = 5 * 60 * 1000;

/// How long a gateway believes a list that no newer one has replaced, in days: what it encrypts and seals to, and how.
pub const LEASE_DAYS: u32 = 1;

/// Entries in one answer of `GET /v1/entries`, at most; ask again from where it ended.
pub const ENTRIES_MAX: u64 = 16_384;

/// Octets, written as standard base64 with padding. Wiped on drop; `Debug` tells their number only.
#[derive(Clone, PartialEq, Eq)]
pub struct Octets(pub Vec<u8>);

impl From<Vec<u8>> for Octets {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl Drop for Octets {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut text = STANDARD.encode(&self.0);
        let done = s.serialize_str(&text);
        text.zeroize();
        done
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(d)?;
        let octets = STANDARD.decode(&text).map_err(|_| serde::de::Error::custom("not standard base64"));
        text.zeroize();
        octets.map(Self)
    }
}

/// A request that a worker signs: canonical JSON under a context of its own.
pub trait Request: Serialize {
    /// The signature's context, for example `bulla.anchors/1`.
    const CONTEXT: &'static str;
    /// The worker whose enrolled key must have signed it.
    fn worker(&self) -> &WorkerId;
    /// When it was asked.
    fn requested(&self) -> Time;
    /// Random, so that no two requests are the same.
    fn nonce(&self) -> &Hash;
}

/// A request with the worker's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<T> {
    /// What is asked, in the clear beside its signature.
    pub request: T,
    /// By the worker's enrolled key.
    pub signature: Signature,
}

impl<T: Request> Signed<T> {
    /// Signs a request with the worker's key.
    pub fn new(request: T, key: &SigningKey) -> Self {
        let signature = signature::sign(key, T::CONTEXT, &request);
        Self { request, signature }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        signature::verify(key, T::CONTEXT, &self.request, &self.signature)
    }
}

macro_rules! request {
    ($name:ident, $context:literal) => {
        impl crate::warden::Request for $name {
            const CONTEXT: &'static str = $context;
            fn worker(&self) -> &ledger::WorkerId {
                &self.worker
            }
            fn requested(&self) -> ledger::Time {
                self.requested
            }
            fn nonce(&self) -> &ledger::Hash {
                &self.nonce
            }
        }
    };
}
use request;
