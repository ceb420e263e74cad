//! The co-holder: another organisation than the warden's, without whom the warden's private keys open nothing (level 2).
//!
//! In scope: when it takes its layer from a batch's secrets ([`CoHolder::enter`]), the numbered list of all that it ever
//! unwrapped, and the signing of that list. It believes no warden: who asks must show that the intent of this very opening stands
//! in a checkpoint that witnesses whom the co-holder knows have cosigned, in a tree that extends the last one that it saw, and it has a
//! policy and budgets of its own. Out of scope: files, sockets, clocks, randomness, where its private keys lie. What it returns is
//! sealed still, to the period's key.
//!
//! Who calls it makes the entry durable between the two steps:
//!
//! ```text
//! let entered = co_holder.enter(&ask, now)?;      checked, and numbered in the list
//! file.append(entered.entry())?;                  durable
//! let inner = entered.unwrap(&secret, &wrapped)?; only now, and only once
//! ```

mod evidence;
mod policy;
mod refusal;

pub use evidence::{Evidence, Pins};
pub use policy::{Asker, Policy};
pub use refusal::Refusal;

use ed25519_dalek::SigningKey;
use ledger::{CoHolderId, Hash, Header, Time, Unwrap, Unwraps, UnwrapsRecord, entry::Intent};
use seal::{PeriodSecretKey, batch};
use tlog::Checkpoint;

/// A request older than that is not unwrapped for, nor one from more than five minutes ahead; nor is a checkpoint believed that was cosigned
/// longer ago. Who kept a proof from while the warden was taken gains nothing by it after the list was signed.
pub const HOURS_MAX: u32 = 24;

/// What somebody asks for: the layer of this batch, because of that intent.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The batch's header, which says to whom its groups are sealed.
    pub header: &'a Header,
    /// The salt that makes of it what the intent names.
    pub salt: &'a Hash,
    /// That the intent stands in the ledger.
    pub evidence: Evidence<'a>,
}

/// A co-holder of one ledger.
pub struct CoHolder {
    name: CoHolderId,
    pins: Pins,
    policy: Policy,
    list: Vec<Unwrap>,
    seen: Option<Seen>,
}

/// The largest checkpoint that it has verified.
pub(crate) struct Seen {
    checkpoint: Checkpoint,
    note: String,
}

impl CoHolder {
    /// One that has not unwrapped anything yet.
    pub fn new(name: CoHolderId, pins: Pins, policy: Policy) -> Self {
        Self { name, pins, policy, list: Vec::new(), seen: None }
    }

    /// One that goes on: with all entries that it ever made, and the newest note that it had seen.
    ///
    /// # Errors
    /// [`Refusal::List`] where the entries are not numbered from 1 without a hole; or as [`Self::see`], but that the note may be
    /// old.
    pub fn resume(self, list: Vec<Unwrap>, seen: Option<&str>) -> Result<Self, Refusal> {
        let numbered = list.iter().zip(1..).all(|(unwrap, number): (&Unwrap, u64)| unwrap.number == number);
        if !numbered || !list.is_sorted_by_key(|unwrap| unwrap.time) {
            return Err(Refusal::List);
        }
        let read = |note: &str| Ok(Seen { checkpoint: self.pins.read(note)?.0, note: note.to_owned() });
        let seen = seen.map(read).transpose()?;
        Ok(Self { list, seen, ..self })
    }

    /// Everything that it ever unwrapped, numbered from 1.
    pub fn list(&self) -> &[Unwrap] {
        &self.list
    }

    /// Of how many entries the last checkpoint was that it saw: there the next consistency proof begins.
    pub fn seen(&self) -> Option<u64> {
        self.seen.as_ref().map(|seen| seen.checkpoint.size())
    }

    /// Takes notice of a checkpoint: of this ledger, cosigned by enough of the witnesses, today, in a tree that extends the last one.
    ///
    /// # Errors
    /// [`Refusal`]; the last one stays.
    pub fn see(&mut self, note: &str, consistency: &[Hash], now: Time) -> Result<Checkpoint, Refusal> {
        let checkpoint = self.pins.follows(self.seen.as_ref().map(|seen| &seen.checkpoint), note, consistency, now)?;
        self.seen = Some(Seen { checkpoint: checkpoint.clone(), note: note.to_owned() });
        Ok(checkpoint)
    }

    /// The whole list, signed over the newest checkpoint that it has seen.
    ///
    /// # Errors
    /// [`Refusal::NothingSeen`] before the first: a list without a date bounds nothing.
    pub fn sign(&self, key: &SigningKey) -> Result<Unwraps, Refusal> {
        let seen = self.seen.as_ref().ok_or(Refusal::NothingSeen)?;
        let record = UnwrapsRecord {
            origin: self.pins.origin.clone(),
            co_holder: self.name.clone(),
            count: self.list.len() as u64,
            unwraps: self.list.clone(),
            seen: seen.note.clone(),
        };
        Ok(Unwraps::new(record, key))
    }

    /// Decides whether it unwraps for this, and numbers it in the list before anything is unwrapped.
    ///
    /// Checked, in this order: the checkpoint; that an intent stands in it; that the header is the one that the intent names; who asks, why
    /// and when; that nothing was unwrapped for it before; the budgets, with all rows of the batch: what is unwrapped opens them all.
    ///
    /// # Errors
    /// [`Refusal`]; the list stays as it was.
    pub fn enter(&mut self, ask: &Ask<'_>, now: Time) -> Result<Entered, Refusal> {
        let checkpoint = self.see(ask.evidence.note, ask.evidence.consistency, now)?;
        let Intent { opening, request, .. } = ask.evidence.intent(&checkpoint)?;
        let scope = &request.scope;
        if scope.batch != ask.header.batch {
            return Err(Refusal::OtherBatch { asked: ask.header.batch, intended: scope.batch });
        }
        if scope.header != ask.header.salted(ask.salt) {
            return Err(Refusal::OtherHeader { batch: scope.batch });
        }
        let wanted = |classes: ledger::Classes| !classes.is_disjoint(scope.classes);
        let groups = ask.header.groups.iter().enumerate();
        let groups: Vec<usize> =
            groups.filter(|(_, of)| of.co_holder.is_some() && wanted(of.classes)).map(|(number, _)| number).collect();
        if groups.is_empty() {
            return Err(Refusal::NotWrapped { batch: scope.batch });
        }
        self.policy.allows(&request, now)?;
        if self.list.iter().any(|unwrap| unwrap.opening == opening) {
            return Err(Refusal::Repeated { opening });
        }
        self.policy.within_budget(&self.list, ask.header.rows, now)?;
        let unwrap = Unwrap {
            number: self.list.len() as u64 + 1,
            batch: scope.batch,
            opening,
            rows: ask.header.rows,
            time: now,
            seen: checkpoint.size(),
        };
        self.list.push(unwrap.clone());
        Ok(Entered { unwrap, header: ask.header.clone(), groups })
    }
}

/// An entry of the list for which nothing is unwrapped yet. Only [`CoHolder::enter`] makes one, and only with one does anything open.
pub struct Entered {
    unwrap: Unwrap,
    header: Header,
    groups: Vec<usize>,
}

impl Entered {
    /// What must be durable before [`Self::unwrap`]: after a crash it counts as done.
    pub fn entry(&self) -> &Unwrap {
        &self.unwrap
    }

    /// The groups of the header, by position, from which the layer may be taken.
    pub fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// Takes the layer from these encapsulations, each with its group's position; what is left is sealed to the period's key.
    ///
    /// # Errors
    /// [`Refusal::OtherGroup`] for one that the intent does not ask for, [`Refusal::Sealed`] where it does not open. The entry
    /// stays: nobody can tell what was tried.
    pub fn unwrap(
        self,
        secret: &PeriodSecretKey,
        wrapped: &[(usize, &[u8])],
    ) -> Result<Vec<(usize, Vec<u8>)>, Refusal> {
        let one = |(group, octets): &(usize, &[u8])| {
            if !self.groups.contains(group) {
                return Err(Refusal::OtherGroup { group: *group });
            }
            let inner = batch::unwrap(secret, &self.header, *group, octets).map_err(Refusal::Sealed)?;
            Ok((*group, inner))
        };
        wrapped.iter().map(one).collect()
    }
}
