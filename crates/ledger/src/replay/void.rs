//! Entries without effect, and what they raise.
//!
//! Whoever can get one false entry into the ledger must not end every later assessment with it, nor
//! make any figure smaller. So an entry that breaks a rule is *void*: the replay goes on as if it were
//! not there, and what it can be read to raise is kept beside the state ([`Voids`]), where the warden's
//! own rules never look.

use super::{At, Batch, Opening, Received, Rule, State};
use crate::{entry::*, identifier::*, signature::PublicKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It follows from those before it and has its effect.
    Applied,
    /// It breaks this rule, lowers nothing and is listed in [`Voids::list`].
    Void(Rule),
}

/// An entry without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    /// Its index, from 0.
    pub entry: u64,
    /// Its time; `None`: it cannot be read.
    pub time: Option<Time>,
    /// Its `type`, or `unreadable`.
    pub kind: &'static str,
    /// The first rule that it breaks.
    pub rule: Rule,
    /// Whose word it is.
    pub signer: Signer,
}

/// Whose word a void entry is. What no other signature vouches for is the warden's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// Nobody else signed it: an honest warden would not have written it.
    Warden,
    /// An intake entry, a start or a tick with a worker's valid signature.
    Worker,
    /// An intent or a count whose request a principal has validly signed.
    Principal,
}

impl Signer {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warden => "warden",
            Self::Worker => "worker",
            Self::Principal => "principal",
        }
    }
}

/// All void entries, and what they raise.
#[derive(Debug, Clone, Default)]
pub struct Voids {
    /// In order of the ledger.
    pub list: Vec<Void>,
    /// Void intake entries; their batches are in [`Self::batches`].
    pub intakes: Vec<Received>,
    /// Their batches, each once for each time that it was anchored; `intake` is an index into [`Self::intakes`].
    pub batches: Vec<Batch>,
    /// Void intents: each counts as an opening without a receipt.
    pub openings: Vec<Opening>,
    /// Months of index keys that were handed to somebody.
    pub index_keys: Vec<IndexKey>,
    /// Keys that a period has, too, by their hash.
    pub period_keys: BTreeMap<Hash, Vec<PeriodKey>>,
    /// Ticks, by the start that they are of: that they stand in the tree is proven to the worker, who acts on them.
    pub ticks: BTreeMap<InstanceId, Vec<(At, TickRecord)>>,
    /// Certificates that a carrier has, too.
    pub carriers: Vec<Carrier>,
    /// Shippers and carriers that an agreement has, too.
    pub agreements: Vec<Agreement>,
    /// Periods of counts, by their names.
    counts: BTreeMap<Hash, BTreeSet<PeriodId>>,
    /// Keys that a void entry shows alive, and the last entry that does: no shred before it is believed.
    alive: BTreeMap<Hash, u64>,
    /// Where [`Self::openings`] has the intent of this name.
    named: BTreeMap<Hash, usize>,
}

impl Voids {
    /// The key lived at this entry: the latest that anything says counts.
    fn lives(&mut self, key: Hash, entry: u64) {
        let known = self.alive.entry(key).or_default();
        *known = entry.max(*known);
    }

    /// The last entry that shows this key alive; the first of all, if none does.
    pub(super) fn alive(&self, key: &Hash) -> u64 {
        self.alive.get(key).copied().unwrap_or_default()
    }
}

impl State {
    /// Takes the next leaf, whatever it is.
    pub fn take(&mut self, index: u64, leaf: &[u8]) -> Taken {
        match Logged::read(leaf) {
            Ok(logged) => self.take_logged(index, logged),
            // Another form of a valid entry has no effect, and raises what the entry would.
            Err(_) => match serde_json::from_slice::<Logged>(leaf) {
                Ok(logged) => self.void(index, logged, Rule::Leaf),
                Err(_) => self.list(index, None, "unreadable", Rule::Leaf, Signer::Warden),
            },
        }
    }

    /// Takes the next entry, whatever it says. Never fails, so that no entry can stop a replay.
    pub fn take_logged(&mut self, index: u64, logged: Logged) -> Taken {
        match self.check(index, &logged) {
            Ok(()) => {
                self.apply(At { entry: index, time: logged.time }, logged.entry);
                Taken::Applied
            }
            Err(violation) => self.void(index, logged, violation.rule),
        }
    }

    fn void(&mut self, index: u64, logged: Logged, rule: Rule) -> Taken {
        let signer = self.signer(&rule, &logged.entry);
        let (kind, at) = (logged.entry.kind(), At { entry: index, time: logged.time });
        self.raise(at, logged.entry);
        self.list(index, Some(at.time), kind, rule, signer)
    }

    fn list(&mut self, entry: u64, time: Option<Time>, kind: &'static str, rule: Rule, signer: Signer) -> Taken {
        let void = Void { entry, time, kind, rule: rule.clone(), signer };
        self.voids.list.push(void);
        // The numbering goes on behind it; time does not, or one false time would void all that follows.
        self.size = self.size.max(entry.saturating_add(1));
        Taken::Void(rule)
    }

    fn signer(&self, rule: &Rule, entry: &Entry) -> Signer {
        // Place, time and form are the warden's doing, whoever signed what stands in it.
        if matches!(rule, Rule::Index { .. } | Rule::TimeBack { .. } | Rule::NotGenesis | Rule::Leaf) {
            return Signer::Warden;
        }
        match entry {
            Entry::Intake(intake) => self.by_worker(&intake.record.worker, |key| intake.verify(key).is_ok()),
            Entry::Start(start) => self.by_worker(&start.record.worker, |key| start.verify(key).is_ok()),
            Entry::Tick(tick) => self.by_worker(&tick.record.worker, |key| tick.verify(key).is_ok()),
            Entry::Intent(intent) => match self.principals.get(&intent.request.scope.principal) {
                Some(asker) if intent.request.verify(&asker.key).is_ok() => Signer::Principal,
                _ => Signer::Warden,
            },
            Entry::CountIntent(own) => match self.principals.get(&own.request.scope.principal) {
                Some(asker) if own.request.verify(&asker.key).is_ok() => Signer::Principal,
                _ => Signer::Warden,
            },
            _ => Signer::Warden,
        }
    }

    fn by_worker(&self, worker: &WorkerId, signed: impl FnOnce(&PublicKey) -> bool) -> Signer {
        let own = self.worker_key(worker).is_some_and(|key| signed(&key));
        if own { Signer::Worker } else { Signer::Warden }
    }

    /// Keeps what can only make a figure larger.
    fn raise(&mut self, at: At, entry: Entry) {
        match entry {
            Entry::Intake(intake) => {
                self.hear(at, intake.record.instance);
                self.raise_intake(at, intake.record);
            }
            Entry::Tick(Tick { record, .. }) => {
                self.hear(at, record.instance);
                self.voids.ticks.entry(record.instance).or_default().push((at, record));
            }
            Entry::Intent(intent) => {
                self.voids.named.insert(intent.opening, self.voids.openings.len());
                self.voids.openings.push(Opening { at, request: intent.request, receipt: None });
            }
            Entry::PeriodKey(made) => self.raise_key(at, made),
            // Whoever says that a copy is there is believed, whatever rule it breaks.
            Entry::Resurfaced(copy) => self.voids.lives(copy.key, u64::MAX),
            Entry::IndexKey(key) => self.voids.index_keys.push(key),
            Entry::Policy(policy) => {
                self.voids.carriers.extend(policy.record.carriers);
                self.voids.agreements.extend(policy.record.agreements);
            }
            Entry::Receipt(Receipt { opening, outcome, answer }) if outcome == Outcome::Opened || answer.is_some() => {
                self.raise_opened(at, opening)
            }
            Entry::CountIntent(own) => drop(self.voids.counts.insert(own.count, own.request.scope.periods)),
            Entry::Counted(own) if own.people.is_some() || own.outcome != CountOutcome::Failed => {
                self.raise_counted(at, &own.count)
            }
            // They could only lower something, or say nothing that is counted.
            Entry::Genesis(_)
            | Entry::Start(_)
            | Entry::Receipt(_)
            | Entry::Counted(_)
            | Entry::ShredIntent(_)
            | Entry::Shred(_)
            | Entry::Revocation(_)
            | Entry::Lockdown(_)
            | Entry::Heartbeat(_) => {}
        }
    }

    /// What was said to be over may still be running.
    fn hear(&mut self, at: At, instance: InstanceId) {
        if let Some(own) = self.instances.get_mut(&instance) {
            own.heard = at;
        }
    }

    /// A key that is made a second time was not destroyed before.
    fn raise_key(&mut self, at: At, made: PeriodKey) {
        self.voids.lives(made.key, at.entry);
        self.voids.period_keys.entry(made.key).or_default().push(made);
    }

    /// A result is possible only while a key lives: a shred before it, of any key that it may have needed, was none.
    fn raise_opened(&mut self, at: At, opening: Hash) {
        let void = || self.voids.named.get(&opening).map(|index| &self.voids.openings[*index]);
        let once = || self.opened_once(&opening);
        let Some(opening) = self.openings.get(&opening).or_else(void).cloned().or_else(once) else { return };
        let scope = &opening.request.scope;
        let Some(batch) = self.anchored(&scope.batch) else { return };
        let periods = batch.keys.iter().filter_map(|to| self.periods.get(&to.period));
        let asked = periods.filter(|period| !period.classes.is_disjoint(scope.classes));
        let asked: Vec<_> = asked.map(|period| period.key).collect();
        asked.into_iter().for_each(|key| self.voids.lives(key, at.entry));
    }

    /// Nobody counts without the keys: a shred of one of them before it was none.
    fn raise_counted(&mut self, at: At, count: &Hash) {
        let own = self.counts.get(count).map(|own| &own.request.scope.periods);
        let Some(periods) = own.or_else(|| self.voids.counts.get(count)) else { return };
        let keys: Vec<_> = periods.iter().filter_map(|period| Some(self.periods.get(period)?.key)).collect();
        keys.into_iter().for_each(|key| self.voids.lives(key, at.entry));
    }
}
