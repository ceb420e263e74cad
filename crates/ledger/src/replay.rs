//! The replay of a whole ledger into what it means.
//!
//! A ledger is a list of claims. Who writes it uses [`State::push`], which refuses what cannot follow
//! from the entries before: an intake entry of a process that never started, a batch sealed to a key that was never
//! made or is shredded, a receipt without an intent. Who reads it uses [`State::take`], which never
//! fails: such an entry is void there, lowers nothing, and raises what it can be read to raise.
//! Out of scope: whether the list is the one that the witnesses saw (`tlog`).
//!
//! ```text
//! 0 genesis   1 policy   2 period_key   3 start   4 intake   5 tick   6 intent   7 receipt   8 shred_intent   9 shred
//! ```

mod ahead;
mod carriers;
mod cast;
mod check;
mod count;
mod instance;
mod key;
mod past;
mod received;
mod rule;
mod void;

pub use ahead::{Ahead, Reader};
pub use carriers::{CarrierKeys, Written};
pub use cast::Cast;
pub use count::{CountEnded, Counting};
pub use instance::{Gap, Instance, Passed};
pub use key::{Key, Life};
pub use past::{Anchored, Past, Settled};
pub use received::{Batch, Batches, Received, Source};
pub use rule::{Rule, Violation};
pub use void::{Signer, Taken, Void, Voids};

use crate::{
    SentTotals, Unwraps, classes::Classes, entry::*, identifier::*, opening::OpeningRequest, signature::PublicKey,
};
use past::pairs;
use received::Alike;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The largest integer that canonical JSON (RFC 8785) carries exactly: 2^53 - 1.
pub const LARGEST: u64 = (1 << 53) - 1;

/// What a ledger says, up to its last entry. It can be written down (without what it was replayed from) once it is
/// [settled](State::settle).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// How many entries were replayed.
    pub size: u64,
    /// The first entry's time.
    pub began: Option<Time>,
    /// The last entry's time.
    pub time: Option<Time>,
    /// The first entry; none while the ledger is empty.
    pub genesis: Option<Genesis>,
    /// Who played which part since when, in order; the first from genesis.
    pub casts: Vec<Cast>,
    /// The number of the last policy; 0 before the first.
    pub policies: u64,
    /// By the index of each policy that says so: the newest note that its officers had seen.
    pub seen: BTreeMap<u64, String>,
    /// Keys that are nobody's any more, and since when.
    pub revoked: BTreeMap<PublicKey, At>,
    /// The last word on whether anything is opened, and how many there were.
    pub lockdown: (u64, Option<At>),
    /// Who may ask, as last decided.
    pub principals: BTreeMap<PrincipalId, Principal>,
    /// Every key that a principal had, and the policy that gave it; a policy that leaves the key gives none.
    pub principal_keys: BTreeMap<PrincipalId, Vec<(u64, PublicKey)>>,
    /// Every version of every carrier, in order.
    pub carriers: BTreeMap<Pseudonym, Vec<Carrier>>,
    /// Every key of every shipper's totals, and the policy that gave it, in order.
    pub shippers: BTreeMap<Pseudonym, Vec<(u64, Option<PublicKey>)>>,
    /// Shippers of made-up people, and who opens these, as last decided; none: no longer.
    pub made_up: BTreeMap<Pseudonym, Option<PrincipalId>>,
    /// By the index of each policy that names carriers: the certificates that it gave each.
    pub certificates: BTreeMap<u64, BTreeMap<Pseudonym, BTreeSet<Hash>>>,
    /// Every version of every agreement, in order.
    pub agreements: BTreeMap<AgreementId, Vec<Agreement>>,
    /// Who holds a second layer of keys.
    pub co_holders: BTreeMap<CoHolderId, CoHolder>,
    /// The last word on what is kept beyond its retention, by agreement, first and last month.
    #[serde(with = "pairs")]
    pub holds: BTreeMap<(AgreementId, Month, Month), Option<Time>>,
    /// Every period whose key was ever made.
    pub periods: BTreeMap<PeriodId, Period>,
    /// The hashes of these keys: no key serves two periods.
    keys: BTreeSet<Hash>,
    /// Every hand-over of an index key, in order.
    #[serde(skip)]
    pub index_keys: Vec<HandedIndexKey>,
    /// Every start of a worker.
    pub instances: BTreeMap<InstanceId, Instance>,
    /// Every intake entry, in order of the ledger.
    #[serde(skip)]
    pub intakes: Vec<Received>,
    /// Every batch anchored.
    #[serde(skip)]
    pub batches: Batches,
    /// Rows of the batches anchored under each key.
    pub rows: BTreeMap<Hash, u64>,
    /// Every opening, by its name.
    pub openings: BTreeMap<Hash, Opening>,
    /// Every count of people, by its name.
    pub counts: BTreeMap<Hash, Counting>,
    /// Every heartbeat, in order.
    #[serde(skip)]
    pub heartbeats: Vec<Beat>,
    /// What has no effect, and what it raises; empty where only [`State::push`] was used.
    #[serde(skip)]
    pub voids: Voids,
    /// Where what was [settled](State::settle) is looked up; none: nothing was, all of the above is whole.
    #[serde(skip)]
    past: Option<Arc<dyn Past>>,
    /// What intake entries and batches have alike.
    #[serde(skip)]
    alike: Alike,
}

/// A heartbeat: a cosigned note of an earlier size. Its root and its signatures are for a reader who has the tree
/// (`incident`): nothing dates anything before they are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Where it is written.
    pub at: At,
    /// The note, as entered.
    pub note: String,
}

/// A period's key, from its birth to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// SHA-256 of the public key.
    pub key: Hash,
    /// The classes sealed to it.
    pub classes: Classes,
    /// When retention ends: a shred may follow from then on.
    pub ends: Time,
    /// Whose layer is around everything sealed to it.
    pub co_holder: Option<CoHolderId>,
    /// The entry that made the key.
    pub born: At,
    /// The first entry that announced its end.
    pub shred_intent: Option<At>,
    /// The entry that says that the private key was destroyed.
    pub shredded: Option<At>,
    /// The first entry that says that a copy of it was found since.
    pub resurfaced: Option<At>,
}

/// A place in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The entry's index, from 0.
    pub entry: u64,
    /// The entry's time, by the warden's clock.
    pub time: Time,
}

/// An index key in a worker's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIndexKey {
    /// Where it is written.
    pub at: At,
    /// Which month, which key, to whom.
    pub key: IndexKey,
}

/// An opening: the intent, and its receipt when it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Where the intent is written.
    pub at: At,
    /// Who asked for what.
    pub request: OpeningRequest,
    /// How it ended, and where that is written.
    pub receipt: Option<(At, Outcome)>,
}

impl State {
    /// Replays a ledger from its first entry.
    pub fn replay(entries: impl IntoIterator<Item = (u64, Logged)>) -> Result<Self, Violation> {
        let mut state = Self::default();
        for (index, logged) in entries {
            state.push(index, logged)?;
        }
        Ok(state)
    }

    /// Takes the next entry. When it is refused the state is as before.
    pub fn push(&mut self, index: u64, logged: Logged) -> Result<(), Violation> {
        self.check(index, &logged)?;
        self.apply(At { entry: index, time: logged.time }, logged.entry);
        Ok(())
    }

    /// Whether [`Self::push`] would take this entry.
    pub fn check(&self, index: u64, logged: &Logged) -> Result<(), Violation> {
        self.follows(index, logged).map_err(|rule| Violation { entry: index, rule })
    }

    /// Records what [`Self::check`] has allowed.
    fn apply(&mut self, at: At, entry: Entry) {
        self.size = at.entry + 1;
        self.began.get_or_insert(at.time);
        self.time = Some(at.time);
        match entry {
            Entry::Genesis(genesis) => {
                self.casts.push(Cast::first(&genesis));
                self.genesis = Some(genesis);
            }
            Entry::Revocation(revocation) => drop(self.revoked.insert(revocation.record.key, at)),
            Entry::Lockdown(Lockdown { record, .. }) => self.lockdown = (record.number, record.closed.then_some(at)),
            Entry::Policy(policy) => self.decide(at, policy.record),
            Entry::PeriodKey(made) => {
                self.keys.insert(made.key);
                let PeriodKey { period, classes, key, ends, co_holder } = made;
                let (born, [shred_intent, shredded, resurfaced]) = (at, [None; 3]);
                let own = Period { key, classes, ends, co_holder, born, shred_intent, shredded, resurfaced };
                self.periods.insert(period, own);
            }
            Entry::IndexKey(key) => self.index_keys.push(HandedIndexKey { at, key }),
            Entry::Start(start) => self.start(at, start.record),
            Entry::Tick(tick) => {
                let own = self.instances.get_mut(&tick.record.instance).expect("checked: it has started");
                own.apply(at, tick.record);
            }
            Entry::Intake(intake) => self.receive(at, intake.record),
            Entry::Intent(intent) => {
                self.openings.insert(intent.opening, Opening { at, request: intent.request, receipt: None });
            }
            Entry::Receipt(receipt) => {
                let opening = self.openings.get_mut(&receipt.opening).expect("checked: it has an intent");
                opening.receipt = Some((at, receipt.outcome));
            }
            Entry::CountIntent(own) => self.count(at, own),
            Entry::Counted(own) => self.counted(at, &own),
            Entry::ShredIntent(shred) => {
                self.periods.get_mut(&shred.period).expect("checked: it exists").shred_intent.get_or_insert(at);
            }
            Entry::Shred(shred) => {
                self.periods.get_mut(&shred.period).expect("checked: it exists").shredded = Some(at);
            }
            Entry::Resurfaced(copy) => {
                self.periods.get_mut(&copy.period).expect("checked: it exists").resurfaced.get_or_insert(at);
            }
            Entry::Heartbeat(beat) => self.heartbeats.push(Beat { at, note: beat.note }),
        }
    }

    fn decide(&mut self, at: At, record: PolicyRecord) {
        self.policies = record.number;
        let next = self.cast().and_then(|cast| cast.after(at.entry, &record));
        self.casts.extend(next);
        self.seen.extend(record.seen.map(|note| (at.entry, note)));
        for principal in record.principals {
            let keys = self.principal_keys.entry(principal.principal.clone()).or_default();
            if keys.last().is_none_or(|(_, key)| *key != principal.key) {
                keys.push((at.entry, principal.key));
            }
            self.principals.insert(principal.principal.clone(), principal);
        }
        for carrier in record.carriers {
            let given = self.certificates.entry(at.entry).or_default();
            given.insert(carrier.carrier.clone(), carrier.certificates.clone());
            self.carriers.entry(carrier.carrier.clone()).or_default().push(carrier);
        }
        let holds = record.holds.into_iter().map(|hold| ((hold.agreement, hold.first, hold.last), hold.until));
        self.holds.extend(holds);
        self.co_holders.extend(record.co_holders.into_iter().map(|own| (own.co_holder.clone(), own)));
        for own in record.shippers {
            if own.opened_by.is_some() || self.made_up.contains_key(&own.shipper) {
                self.made_up.insert(own.shipper.clone(), own.opened_by);
            }
            self.shippers.entry(own.shipper).or_default().push((at.entry, own.key));
        }
        for terms in record.agreements {
            self.agreements.entry(terms.agreement.clone()).or_default().push(terms);
        }
    }

    fn start(&mut self, at: At, record: StartRecord) {
        for closed in &record.closes {
            self.instances.get_mut(&closed.instance).expect("checked: it has started").closed = Some(at);
        }
        self.instances.insert(record.instance, Instance::new(at, &record));
    }

    /// Until when officers keep a period beyond its retention, if they do.
    pub fn held(&self, period: &PeriodId) -> Option<Time> {
        let months = |first: &Month, last: &Month| (*first..=*last).contains(&period.month);
        let own = self.holds.iter().filter(|((of, first, last), _)| *of == period.agreement && months(first, last));
        own.filter_map(|(_, until)| *until).max()
    }

    /// Whether the shipper signed this with the key that policies below this entry gave it last, not revoked since, and that no
    /// later one took away or replaced: what officers do not stand by bounds nothing.
    pub fn shipper_signed(&self, totals: &SentTotals, before: u64) -> bool {
        let given = self.shippers.get(&totals.record.shipper).map_or(&[][..], Vec::as_slice);
        let (early, late) = given.split_at(given.partition_point(|(entry, _)| *entry < before));
        let Some((_, Some(key))) = early.last() else { return false };
        let stands = late.iter().all(|(_, own)| own.as_ref() == Some(key));
        stands && !self.revoked.contains_key(key) && totals.verify(key).is_ok()
    }

    /// Whether its co-holder signed this list of what it unwrapped, with the key that policies gave it and that is not revoked.
    pub fn co_holder_signed(&self, list: &Unwraps) -> bool {
        let own = self.co_holders.get(&list.record.co_holder);
        own.is_some_and(|own| !self.revoked.contains_key(&own.key) && list.verify(&own.key).is_ok())
    }
}
