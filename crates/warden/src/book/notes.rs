//! What is remembered of past entries so that a request is answered without reading the log again.

use ledger::{
    Entry, Hash, Logged, PrincipalId, Time, WorkerId, canonical,
    entry::{Confirmation, Intake},
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Requests count against a principal's budget for so long, in milliseconds.
pub(super) const HOUR_MILLISECONDS: i64 = 3_600_000;

/// What the warden wants to know of past entries besides [`State`].
#[derive(Default)]
pub(super) struct Notes {
    /// For each worker, the entries of its numbers 1, 2, 3, …
    pub(super) intakes: BTreeMap<WorkerId, Vec<u64>>,
    /// By the hash of the confirmation.
    pub(super) confirmations: HashMap<Hash, u64>,
    /// Requests of the last hour, by the ledger's time.
    pub(super) asked: VecDeque<Asked>,
}

pub(super) struct Asked {
    pub(super) time: Time,
    pub(super) principal: PrincipalId,
    pub(super) nonce: Hash,
    pub(super) rows: u64,
}

impl Notes {
    /// What an entry is noted for, before it is given away.
    pub(super) fn of(&self, index: u64, logged: &Logged) -> Noted {
        match &logged.entry {
            Entry::Intake(Intake { record, .. }) => Noted::Intake(record.worker.clone(), index),
            Entry::Confirmation(confirmation) => Noted::Confirmation(hash_of(confirmation), index),
            Entry::Intent(intent) => {
                let scope = &intent.request.scope;
                let rows = scope.rows.len() as u64;
                Noted::Asked(Asked { time: logged.time, principal: scope.principal.clone(), nonce: scope.nonce, rows })
            }
            _ => Noted::Nothing,
        }
    }

    pub(super) fn add(&mut self, noted: Noted) {
        match noted {
            Noted::Intake(worker, index) => self.intakes.entry(worker).or_default().push(index),
            Noted::Confirmation(hash, index) => {
                self.confirmations.insert(hash, index);
            }
            Noted::Asked(asked) => {
                let since = asked.time.milliseconds() - HOUR_MILLISECONDS;
                while self.asked.front().is_some_and(|old| old.time.milliseconds() <= since) {
                    self.asked.pop_front();
                }
                self.asked.push_back(asked);
            }
            Noted::Nothing => {}
        }
    }
}

pub(super) enum Noted {
    Intake(WorkerId, u64),
    Confirmation(Hash, u64),
    Asked(Asked),
    Nothing,
}

pub(super) fn hash_of(confirmation: &Confirmation) -> Hash {
    Hash(Sha256::digest(canonical::bytes(confirmation)).into())
}
