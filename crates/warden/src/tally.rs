//! What is kept of a count under way: a digest of each row's person, by a key that is forgotten with it.

use crate::{api::CountBatch, custody::Custody, person, quorum::Cosigned};
use durable::random::{self, NoRandomNumbers};
use ledger::{BatchId, FieldClass, Hash, PeriodId, entry::CountIntent};
use seal::{PeriodSecretKey, batch};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    thread::{self, available_parallelism},
};
use zeroize::Zeroizing;

/// Octets of a digest: two of ten million people have the same one once in 10^24.
const DIGEST_OCTETS: usize = 16;

/// A count under way.
pub(crate) struct Tally {
    intent: Cosigned<CountIntent>,
    /// The digest of what whoever began it must show. Of the handle itself nothing is compared, so that nobody can time his guesses.
    handle: [u8; 32],
    /// Rows of the set.
    rows: u64,
    least: u64,
    taken: BTreeSet<BatchId>,
    looked: Looked,
    key: Zeroizing<[u8; 32]>,
    failed: Option<String>,
}

/// What is kept of rows that were looked at.
#[derive(Default)]
struct Looked {
    rows: u64,
    people: Vec<[u8; DIGEST_OCTETS]>,
    /// Rows that are of a person each, since they do not say of whom.
    alone: u64,
}

/// The key that was used last, of a period of the set.
struct Last {
    period: PeriodId,
    key: Hash,
    secret: PeriodSecretKey,
}

impl Looked {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.people.extend(other.people);
        self.alone += other.alone;
    }
}

impl Tally {
    /// Nothing was looked at yet. There is room for the rows that the ledger says there are, and no more. Whoever goes on with it
    /// shows the handle.
    pub(crate) fn new(intent: Cosigned<CountIntent>, rows: u64, least: u64) -> Result<(Self, Hash), NoRandomNumbers> {
        let (key, handle) = (Zeroizing::new(random::octets()?), Hash(random::octets()?));
        let people = Vec::with_capacity(usize::try_from(rows).unwrap_or_default());
        let (taken, shown) = (BTreeSet::new(), Sha256::digest(handle.0).into());
        let looked = Looked { people, ..Looked::default() };
        let own = Self { intent, handle: shown, rows, least, taken, looked, key, failed: None };
        Ok((own, handle))
    }

    /// Whether this is the handle that it was begun with.
    pub(crate) fn is_of(&self, handle: &Hash) -> bool {
        self.handle == <[u8; 32]>::from(Sha256::digest(handle.0))
    }

    pub(crate) fn intent(&self) -> &Cosigned<CountIntent> {
        &self.intent
    }

    /// Rows of the set.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that were looked at.
    pub(crate) fn seen(&self) -> u64 {
        self.looked.rows
    }

    /// Takes batches of the set, each once, on all cores: to open one takes more than its rows take. What does not open ends in no number.
    pub(crate) fn take(&mut self, custody: &Custody, batches: &[&CountBatch]) {
        let mut new: Vec<_> = batches.iter().copied().filter(|batch| self.taken.insert(batch.header.batch)).collect();
        if self.failed.is_some() || new.is_empty() {
            return;
        }
        // One period's after the other, so that its key is expanded once and there is one key in memory at a time.
        let keys = |batch: &CountBatch| batch.header.groups.iter().map(|group| group.key).collect::<Vec<_>>();
        new.sort_by_cached_key(|batch| keys(batch));
        let (own, cores) = (&*self, available_parallelism().map_or(1, usize::from));
        let parts: Vec<_> = thread::scope(|scope| {
            let part = |part| scope.spawn(move || memory::wiping(|| own.look_at(custody, part)));
            let parts: Vec<_> = new.chunks(new.len().div_ceil(cores)).map(part).collect();
            parts
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|_| Err("a batch could not be looked at".to_owned())))
                .collect()
        });
        for part in parts {
            match part {
                Ok(looked) => self.looked.add(looked),
                Err(reason) => self.failed = Some(reason),
            }
        }
    }

    fn look_at(&self, custody: &Custody, batches: &[&CountBatch]) -> Result<Looked, String> {
        let (mut looked, mut last) = (Looked::default(), None);
        batches.iter().try_for_each(|batch| self.look(custody, batch, &mut last, &mut looked))?;
        Ok(looked)
    }

    /// Looks at each row of a batch. Errors are words of `seal` and `custody`: they carry no value.
    fn look(
        &self,
        custody: &Custody,
        carried: &CountBatch,
        last: &mut Option<Last>,
        looked: &mut Looked,
    ) -> Result<(), String> {
        let CountBatch { header, encapsulations, body, .. } = carried;
        let periods = &self.intent.entry().request.scope.periods;
        for (number, of) in header.groups.iter().enumerate().filter(|(_, group)| periods.contains(&group.period)) {
            if last.as_ref().is_none_or(|last| last.period != of.period || last.key != of.key) {
                let secret = custody.counted_key(&self.intent, header, number).map_err(|error| error.to_string())?;
                *last = Some(Last { period: of.period.clone(), key: of.key, secret });
            }
            let Last { secret, .. } = last.as_ref().expect("it was just put there, or was this group's");
            let encapsulation = encapsulations.get(number).ok_or("an encapsulation is missing")?;
            let opened = batch::open(secret, header, number, &encapsulation.0, &body.0);
            let opened = opened.map_err(|error| error.to_string())?;
            let address = |row| opened.row(row, FieldClass::Address).map_err(|error| error.to_string());
            let of_all = address(0)?.and_then(|value| person::form(&value));
            for row in 1..opened.records() {
                match address(row)?.and_then(|value| person::form(&value)).as_ref().or(of_all.as_ref()) {
                    Some(form) => looked.people.push(digest(&self.key, form)),
                    None => looked.alone += 1,
                }
            }
            looked.rows += u64::from(header.rows);
        }
        Ok(())
    }

    /// The number; none where they are too few. All rows were looked at, or there is no number.
    pub(crate) fn result(mut self) -> Result<Option<u64>, String> {
        if let Some(reason) = self.failed {
            return Err(reason);
        }
        let Looked { rows, people, alone } = &mut self.looked;
        if *rows != self.rows {
            return Err(format!("{rows} of its {} rows were handed over", self.rows));
        }
        people.sort_unstable();
        people.dedup();
        let people = people.len() as u64 + *alone;
        Ok((people >= self.least).then_some(people))
    }
}

fn digest(key: &[u8; 32], form: &[u8]) -> [u8; DIGEST_OCTETS] {
    let whole: [u8; 32] = Sha256::new().chain_update(key).chain_update(form).finalize().into();
    *whole.first_chunk().expect("half of it")
}
