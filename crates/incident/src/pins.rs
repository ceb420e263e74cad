//! What the reader of a report has from elsewhere, and never from the report: which ledger it is, and whose cosignatures
//! count.
//!
//! ```text
//! origin = "post.example/ledger"
//! first_leaf = "9f86d081884c7d65…"    the RFC 6962 hash of entry 0, which has all other keys
//! organisations = 1                   how many must have cosigned, at least
//! clock_error = 300                   seconds by which a witness's clock may be wrong, at least 1
//!
//! [[cosigner]]
//! organisation = "Example Audit"
//! key = "witness.example/w1+1f2e3d4c+BA…"
//! ```

use crate::{Level, dating::Terms, history::History, signers::Placed, text::printable};
use ledger::{
    Entry, Hash, Logged, PlaceName,
    entry::{Genesis, Witnesses},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tlog::Verifier;

/// Longest accepted text, in octets.
pub const OCTETS_MAX: usize = 262_144;
/// A witness's clock that is off by more than a day dates nothing.
const CLOCK_ERROR_MAX: u32 = 86_400;

/// The pins of one ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins {
    /// The ledger's name, as its checkpoints have it.
    pub origin: String,
    /// RFC 6962 hash of its entry 0: so of all keys that entry names, and of who holds them where.
    pub first_leaf: Hash,
    /// Under which a note dates.
    pub terms: Terms,
    /// Whose cosignature under the final note counts, today.
    pub cosigners: Vec<Cosigner>,
    /// SHA-256 of the file, for the report.
    pub digest: Hash,
}

/// A witness that the reader knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    /// Who runs it, as a ledger would name it: levels count organisations, and a terminal shows them.
    pub organisation: PlaceName,
    /// Its key, for cosignatures.
    pub key: Verifier,
}

/// Why a text was refused. `number` is the table's, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    #[error("the pins are longer than {OCTETS_MAX} octets")]
    TooLong,
    #[error("the pins are not TOML as expected: {message}")]
    Toml { message: String },
    #[error("`first_leaf` is not a hash (64 hexadecimal digits)")]
    FirstLeaf,
    #[error("`organisations` is at least 1: without a cosignature nothing has a date")]
    NoOrganisation,
    #[error("`organisations` asks for {wanted}, the [[cosigner]] tables name {named}")]
    TooFew { wanted: u32, named: usize },
    #[error(
        "`clock_error` is 1 to {CLOCK_ERROR_MAX} seconds: a cosignature's time has what is behind the second cut off"
    )]
    ClockError,
    #[error("cosigner {number}: `key` is not a verifier key for cosignatures (name+id+base64, type 0x04 or 0x06)")]
    Key { number: usize },
    #[error("cosigner {number}: `organisation` is not 1 to 64 printable characters of ASCII, or blank")]
    Organisation { number: usize },
    #[error("cosigner {number}: its key is that of another organisation, too")]
    KeyOfTwo { number: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    origin: String,
    first_leaf: String,
    organisations: u32,
    #[serde(default = "clock_error")]
    clock_error: u32,
    cosigner: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    organisation: String,
    key: String,
}

fn clock_error() -> u32 {
    Terms::default().clock_error
}

impl Pins {
    /// Reads the text; unknown keys are refused.
    ///
    /// # Errors
    /// [`Error`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > OCTETS_MAX {
            return Err(Error::TooLong);
        }
        let read: Text = toml::from_str(text).map_err(|e| {
            let message = printable(e.message().lines().next().unwrap_or_default());
            Error::Toml { message }
        })?;
        let Text { origin, first_leaf, organisations, clock_error, cosigner } = read;
        let known = |(at, table): (usize, Table)| {
            let number = at + 1;
            let key: Verifier = table.key.parse().map_err(|_| Error::Key { number })?;
            if !key.algorithm().cosigns() {
                return Err(Error::Key { number });
            }
            let organisation: PlaceName = table.organisation.parse().map_err(|_| Error::Organisation { number })?;
            if organisation.folded().is_empty() {
                return Err(Error::Organisation { number });
            }
            Ok(Cosigner { organisation, key })
        };
        let cosigners = cosigner.into_iter().enumerate().map(known).collect::<Result<Vec<_>, _>>()?;
        if let Some(number) = key_of_two(&cosigners) {
            return Err(Error::KeyOfTwo { number });
        }
        let named = count(cosigners.iter().map(|cosigner| &cosigner.organisation));
        if organisations == 0 {
            return Err(Error::NoOrganisation);
        }
        if organisations as usize > named {
            return Err(Error::TooFew { wanted: organisations, named });
        }
        if !(1..=CLOCK_ERROR_MAX).contains(&clock_error) {
            return Err(Error::ClockError);
        }
        let first_leaf = first_leaf.parse().map_err(|_| Error::FirstLeaf)?;
        let digest = Hash(Sha256::digest(text).into());
        Ok(Self { origin, first_leaf, terms: Terms { organisations, clock_error }, cosigners, digest })
    }
}

/// Different organisations.
fn count<'a>(organisations: impl Iterator<Item = &'a PlaceName>) -> usize {
    organisations.map(PlaceName::folded).collect::<BTreeSet<_>>().len()
}

/// The first cosigner whose key, whatever its name is, stands under another organisation before it: who has it signs for one.
fn key_of_two(cosigners: &[Cosigner]) -> Option<usize> {
    let mut holders = BTreeMap::new();
    let mut of_two = cosigners.iter().map(|own| {
        let organisation = own.organisation.folded();
        *holders.entry(own.key.public()).or_insert_with(|| organisation.clone()) != organisation
    });
    of_two.position(|of_two| of_two).map(|at| at + 1)
}

/// What a ledger's entry 0 says, if it is one.
pub fn first_entry(leaf: &[u8]) -> Option<Genesis> {
    match Logged::read(leaf).ok()?.entry {
        Entry::Genesis(genesis) => Some(genesis),
        _ => None,
    }
}

/// Pins as a ledger would have them by its own first entry, and by the witnesses that a policy has put there since, all their
/// organisations asked for. They are worth nothing before `first_leaf` and each key were compared with what those
/// organisations publish.
pub fn as_the_ledger_says(leaf: &[u8], since: Option<&Witnesses>) -> Option<String> {
    let genesis = first_entry(leaf)?;
    let witnesses = since.map_or(&genesis.witnesses, |witnesses| &witnesses.keys);
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let organisations = count(witnesses.iter().map(|witness| &witness.organisation));
    let mut text = format!(
        "# What the ledger says of itself. Compare first_leaf and each key with what its organisation publishes.\n\
         origin = {}\nfirst_leaf = \"{}\"\norganisations = {organisations}\nclock_error = {}\n",
        quoted(&genesis.origin),
        Hash(tlog::leaf_hash(leaf)),
        clock_error(),
    );
    for witness in witnesses {
        let (organisation, key) = (quoted(witness.organisation.as_str()), quoted(&witness.key));
        text += &format!("\n[[cosigner]]\norganisation = {organisation}\nkey = {key}\n");
    }
    Some(text)
}

impl Pins {
    /// Whose cosignature this is, if the reader knows it.
    pub(crate) fn organisation(&self, key: &Verifier) -> Option<&PlaceName> {
        self.cosigners.iter().find(|known| known.key == *key).map(|known| &known.organisation)
    }

    /// How many organisations that the reader knows are among these cosigners.
    pub(crate) fn organisations(&self, cosigners: &[Placed]) -> usize {
        count(cosigners.iter().filter_map(|cosigner| self.organisation(&cosigner.key)))
    }

    /// The highest level that is shown for this ledger: 1 when its first entry, which is the pinned one, and its policies have
    /// never placed a worker on a warden's host, and a cosigner of the final note is known to be of another organisation than
    /// every warden's. Whether it is 2 depends on the keys that a hypothesis reaches.
    pub(crate) fn level(&self, history: &History) -> Level {
        let wardens = || history.casts.iter().map(|cast| &cast.warden.warden);
        let workers: Vec<_> = history.casts.iter().flat_map(|cast| &cast.workers).collect();
        let hosts: BTreeSet<_> = wardens().map(|warden| warden.host.folded()).collect();
        let own: BTreeSet<_> = wardens().map(|warden| warden.organisation.folded()).collect();
        let apart = workers.iter().all(|worker| !hosts.contains(&worker.host.folded()));
        let mut cosigners = history.cosigners.iter().filter_map(|cosigner| self.organisation(&cosigner.key));
        let watched = cosigners.any(|organisation| !own.contains(&organisation.folded()));
        if apart && watched && !workers.is_empty() { Level::WARDEN_APART } else { Level::ONE_HOST }
    }
}
