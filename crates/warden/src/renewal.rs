//! A new generation of the warden: another host, another signing key, and the ledger of the one before it
//! (`docs/protocol.md`, R8).
//!
//! After an eviction the keys of the old host are somebody else's. What was sealed to them stays in reach; what is sealed from
//! then on must not be. So the officers sign a policy that names the new host and its key, and that they signed it after a
//! checkpoint of today; it is the first entry that the new warden writes, and every checkpoint that covers it is signed by
//! the new key. The old one signs nothing any more that anybody believes. New keys are made for the months under way, too.
//!
//! The ledger is taken from the old warden's directory (`DIR/ledger`) or from a witness's copy (`DIR/mirror`), the private keys,
//! where they still exist, from the old warden's. Interrupted, it is run again.

use crate::{
    Clock, Config, Error,
    book::{Book, TAKEN_FROM},
    custody::{Custody, TakenOver},
    warden::claim,
};
use ledger::{
    Entry, Hash, Month, PeriodId,
    entry::{Policy, PolicyRecord},
    replay::{Cast, State},
};
use std::{collections::BTreeMap, path::Path};
use tlog::{Verifier, note};

const NOTE_OCTETS_MAX: u64 = note::NOTE_OCTETS_MAX as u64;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewed {
    /// The generation that signs the ledger from now on.
    pub generation: u32,
    /// The policy's entry.
    pub entry: u64,
    /// What was taken over of the old warden's keys.
    pub keys: TakenOver,
}

/// What officers have to sign, so that this configuration's warden keeps the ledger that lies in `ledger`: it names what
/// is new of it, and the newest cosigned checkpoint there.
///
/// # Errors
/// [`Error`]; [`Error::NotALedger`] for one whose checkpoint is not signed and cosigned by whom it names.
pub fn draft(config: &Config, ledger: &Path) -> Result<PolicyRecord, Error> {
    config.check()?;
    let _claim = claim(&config.dir)?;
    let (_, signer) = Custody::open(&config.dir)?;
    take_ledger(&config.dir, ledger)?;
    let own = signer.verifier().to_string();
    let (book, ..) = Book::open(&config.dir, &config.origin, signer)?;
    let note = last_note(&book, ledger)?;
    let state = book.state();
    let cast = state.cast().ok_or_else(|| not_a_ledger(ledger, "it has no entries"))?;
    let mut record = PolicyRecord::new(&config.origin, state.policies + 1, Some(note));
    record.generation = Some(config.generation(own)).filter(|own| *own != cast.warden);
    record.witnesses = Some(config.witness_keys()).filter(|own| *own != cast.witnesses);
    Ok(record)
}

/// Goes on from the ledger that lies in `ledger`, with the policy that officers have signed as its next entry, and with the
/// private keys of the directory `keys`, where that is given.
///
/// # Errors
/// [`Error`]; [`Error::Ledger`] for a policy that is not the next one or that too few officers signed.
pub fn renew(
    config: &Config,
    ledger: &Path,
    keys: Option<&Path>,
    policy: Policy,
    clock: &Clock,
) -> Result<Renewed, Error> {
    config.check()?;
    let _claim = claim(&config.dir)?;
    let (custody, signer) = Custody::open(&config.dir)?;
    take_ledger(&config.dir, ledger)?;
    let own = signer.verifier().to_string();
    let (mut book, ..) = Book::open(&config.dir, &config.origin, signer)?;
    last_note(&book, ledger)?;
    let fits = |cast: &Cast| cast.warden == config.generation(own.clone()) && cast.witnesses == config.witness_keys();
    let renewed = book.state().cast().filter(|cast| fits(cast)).map(|cast| cast.generation_since);
    // Run again later, it takes no index key of a month in which the old host was nobody's any more.
    let began = renewed.map(|entry| book.logged(entry)).transpose()?.map_or_else(|| clock(), |logged| logged.time);
    let keys = match keys {
        Some(from) => custody.take_over(&Custody::open(from)?.0, &living(book.state()), Month::of(began))?,
        None => TakenOver::default(),
    };
    if renewed.is_none() {
        let next = book.state().cast().and_then(|cast| cast.after(book.size(), &policy.record));
        if !next.is_some_and(|next| fits(&next)) {
            return Err(Error::Config { rule: "the policy names the key, host and witnesses of this configuration" });
        }
        book.append(clock(), vec![Entry::Policy(policy)])?;
    }
    let cast = book.state().cast().expect("a ledger with a policy has a cast");
    Ok(Renewed { generation: cast.generation, entry: cast.since, keys })
}

/// The ledger comes into our directory, unless it is the one that lies there.
fn take_ledger(dir: &Path, ledger: &Path) -> Result<(), Error> {
    let own = dir.join("ledger");
    let log = own.join("log");
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
    if same(&own, ledger) {
        return Ok(());
    }
    if !ledger.join("log").exists() {
        return Err(not_a_ledger(ledger, "it has no log"));
    }
    if log.exists() {
        // Of an earlier try, or another one's: ours is the longer by what we wrote, and never changed before that.
        let begins = std::fs::read(ledger.join("checkpoint")).ok() == std::fs::read(own.join(TAKEN_FROM)).ok();
        return if begins { Ok(()) } else { Err(Error::HasALedger { dir: dir.to_owned() }) };
    }
    durable::make_dir(&own)?;
    durable::copy(&ledger.join("checkpoint"), &own.join(TAKEN_FROM))?;
    Ok(durable::copy(&ledger.join("log"), &log)?)
}

/// The newest cosigned checkpoint that lies there, checked against the entries and the keys that they name.
fn last_note(book: &Book, ledger: &Path) -> Result<String, Error> {
    let wrong = |problem| not_a_ledger(ledger, problem);
    let octets = durable::read_if_there(&ledger.join("checkpoint"), NOTE_OCTETS_MAX)?;
    let note = octets.and_then(|octets| String::from_utf8(octets).ok()).ok_or_else(|| wrong("it has no checkpoint"))?;
    let unsigned = || wrong("its checkpoint is not signed and cosigned by the keys that its entries name");
    let text = note::split(note.as_bytes()).map_err(|_| unsigned())?.0;
    let size = tlog::Checkpoint::parse(text).map_err(|_| unsigned())?.size();
    let cast = book.state().cast_of(size).ok_or_else(unsigned)?;
    let keys = std::iter::once(&cast.warden.warden).chain(&cast.witnesses.keys);
    let keys: Vec<Verifier> = keys.filter_map(|placed| placed.key.parse().ok()).collect();
    let opened = note::open(note.as_bytes(), &keys).map_err(|_| unsigned())?;
    let checkpoint = opened.checkpoint().map_err(|_| unsigned())?;
    let cosigned = keys.iter().skip(1).filter(|key| opened.by(key).is_some()).count();
    let signed = keys.first().is_some_and(|warden| opened.by(warden).is_some());
    if !signed || cosigned < cast.witnesses.quorum as usize || checkpoint.origin() != book.origin() {
        return Err(unsigned());
    }
    match book.tree().root_at(size) {
        Ok(root) if root == checkpoint.root() => Ok(note),
        _ => Err(wrong("its entries do not have the root of its checkpoint")),
    }
}

/// Keys that were not said to be destroyed, by their hashes.
fn living(state: &State) -> BTreeMap<Hash, PeriodId> {
    let living = state.periods.iter().filter(|(_, period)| period.shredded.is_none());
    living.map(|(id, period)| (period.key, id.clone())).collect()
}

fn not_a_ledger(ledger: &Path, problem: &'static str) -> Error {
    Error::NotALedger { ledger: ledger.to_owned(), problem }
}
