//! Agreements' terms, and the periods' public keys, proven to be the ledger's.

use super::{Included, Octets, Pins, Unproven, request};
use ledger::{
    Entry, Hash, Time, WorkerId,
    entry::{Agreement, Carrier, PeriodKey},
};
use seal::PeriodPublicKey;
use serde::{Deserialize, Serialize};
use tlog::Checkpoint;

/// All agreements of a worker: logged if they are new or changed. Keys are made for this month and the three after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The worker that asks and signs.
    pub worker: WorkerId,
    /// The carriers that the agreements name.
    pub carriers: Vec<Carrier>,
    /// All agreements, not only those that changed.
    pub agreements: Vec<Agreement>,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Terms, "bulla.terms/1");

/// The public keys that may be sealed to: of these agreements, from this month on, not shredded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodList {
    /// A checkpoint with its quorum of cosignatures that covers all of `periods`.
    pub checkpoint: String,
    /// The keys, sorted by period.
    pub periods: Vec<ListedPeriod>,
}

/// A period's public key and its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedPeriod {
    /// The `period_key` entry with its proof.
    pub born: Included,
    /// The X-Wing public key, 1,216 octets.
    pub public: Octets,
}

/// A period that was proven to be in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// What the ledger says of it.
    pub entry: PeriodKey,
    /// The key to seal to.
    pub public: PeriodPublicKey,
    /// Index of its entry.
    pub index: u64,
}

impl PeriodList {
    /// Checks everything, and returns what may be sealed to. Whether the list is an old one is for whoever knows a later
    /// checkpoint to say.
    ///
    /// # Errors
    /// [`Unproven`]: nothing of the list may be used then.
    pub fn verify(&self, pins: &Pins) -> Result<Vec<Period>, Unproven> {
        let checkpoint = pins.checkpoint(&self.checkpoint)?;
        self.periods.iter().map(|listed| listed.verify(&checkpoint)).collect()
    }
}

impl ListedPeriod {
    fn verify(&self, checkpoint: &Checkpoint) -> Result<Period, Unproven> {
        self.born.verify(checkpoint)?;
        let index = self.born.index;
        let Entry::PeriodKey(entry) = &self.born.logged.entry else { return Err(Unproven::Entry { index }) };
        let public = PeriodPublicKey::from_bytes(&self.public.0).ok().filter(|public| public.hash() == entry.key);
        let public = public.ok_or_else(|| Unproven::Key { period: entry.period.clone() })?;
        Ok(Period { entry: entry.clone(), public, index })
    }
}
