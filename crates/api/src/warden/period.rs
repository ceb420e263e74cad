//! Agreements' terms, the periods' public keys, and the proof that these are the ledger's.

use super::{Octets, request};
use ledger::{
    Entry, Hash, Logged, Time, WorkerId,
    entry::{Agreement, Carrier, PeriodKey},
};
use seal::PeriodPublicKey;
use serde::{Deserialize, Serialize};
use tlog::{Checkpoint, Verifier, note};

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

/// An entry and the proof that it is in a checkpoint's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Included {
    /// The entry, whose canonical bytes are the leaf.
    pub logged: Logged,
    /// Its index in the ledger, from 0.
    pub index: u64,
    /// RFC 6962 inclusion proof, from the leaf up.
    pub proof: Vec<Hash>,
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

/// What a party was told out of band and checks everything against.
#[derive(Debug, Clone)]
pub struct Pins {
    /// The warden's note key; its name is the ledger's origin.
    pub warden: Verifier,
    /// The note keys of the witnesses that may cosign.
    pub witnesses: Vec<Verifier>,
    /// How many of them must have cosigned.
    pub quorum: usize,
}

/// Why something that the warden said is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Unproven {
    /// A pinned key cannot be read.
    #[error("a pinned key cannot be read")]
    Pin(#[source] tlog::Error),
    /// The checkpoint is not one that the pinned keys signed.
    #[error("the checkpoint is not one that the pinned keys signed")]
    Checkpoint(#[source] tlog::Error),
    /// The warden's own signature, or the origin, is missing or another.
    #[error("the checkpoint is not signed by the pinned warden for its origin")]
    Warden,
    /// Too few of the pinned witnesses cosigned.
    #[error("{cosigned} of the pinned witnesses cosigned the checkpoint, {quorum} must")]
    Quorum { cosigned: usize, quorum: usize },
    /// An entry's proof does not lead to the checkpoint's root.
    #[error("entry {index} is not proven to be in the checkpoint's tree")]
    Inclusion { index: u64 },
    /// The entry is of another kind, or names another thing.
    #[error("entry {index} is not the one it should be")]
    Entry { index: u64 },
    /// The public key is not the one that the entry names.
    #[error("the public key given for period {period} is not the one in the ledger")]
    Key { period: ledger::PeriodId },
}

impl Pins {
    /// Pins from keys in verifier form.
    ///
    /// # Errors
    /// [`Unproven::Pin`].
    pub fn new(warden: &str, witnesses: &[String], quorum: u32) -> Result<Self, Unproven> {
        Ok(Self {
            warden: warden.parse().map_err(Unproven::Pin)?,
            witnesses: witnesses.iter().map(|key| key.parse()).collect::<Result<_, _>>().map_err(Unproven::Pin)?,
            quorum: quorum as usize,
        })
    }

    /// Checks a checkpoint's signature, origin and quorum.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn checkpoint(&self, checkpoint: &str) -> Result<Checkpoint, Unproven> {
        let mut known = self.witnesses.clone();
        known.push(self.warden.clone());
        let opened = note::open(checkpoint.as_bytes(), &known).map_err(Unproven::Checkpoint)?;
        let read = opened.checkpoint().map_err(Unproven::Checkpoint)?;
        if opened.by(&self.warden).is_none() || read.origin() != self.warden.name() {
            return Err(Unproven::Warden);
        }
        let cosigned = self.witnesses.iter().filter(|witness| opened.by(witness).is_some()).count();
        if cosigned < self.quorum {
            return Err(Unproven::Quorum { cosigned, quorum: self.quorum });
        }
        Ok(read)
    }
}

impl Included {
    /// Checks the proof against a checkpoint that was checked before.
    ///
    /// # Errors
    /// [`Unproven::Inclusion`].
    pub fn verify(&self, checkpoint: &Checkpoint) -> Result<(), Unproven> {
        let leaf = tlog::leaf_hash(&self.logged.to_bytes());
        let proof: Vec<tlog::Hash> = self.proof.iter().map(|hash| hash.0).collect();
        tlog::verify_inclusion(&leaf, self.index, checkpoint.size(), &proof, &checkpoint.root())
            .map_err(|_| Unproven::Inclusion { index: self.index })
    }
}

impl PeriodList {
    /// Checks everything, and returns what may be sealed to.
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
