//! What the warden must write to its ledger, in order, until it has: intake entries and carriers' confirmations.

use crate::{Error, Vault, control::column};
use ledger::{
    canonical,
    entry::{Confirmation, Entry, Intake},
};
use rusqlite::{Row, Transaction, params};

/// An entry that the ledger does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanchored {
    /// Its place in the queue: it only grows.
    pub position: i64,
    /// What the ledger is to hold.
    pub entry: Entry,
}

impl Vault {
    /// The oldest entries that the ledger does not have yet, in order.
    pub fn unanchored(&self, limit: u32) -> Result<Vec<Unanchored>, Error> {
        let sql = "SELECT position, entry FROM anchor WHERE leaf IS NULL ORDER BY position LIMIT ?1";
        let rows: Vec<(i64, Vec<u8>)> = self.control.read(|c| {
            let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
            Ok(c.prepare_cached(sql)?.query_map([limit], pair)?.collect::<Result<_, _>>()?)
        })?;
        let damaged = |_| Error::Damaged { what: "an entry for the ledger" };
        let read = |(position, entry): (i64, Vec<u8>)| {
            Ok(Unanchored { position, entry: canonical::read(&entry).map_err(damaged)? })
        };
        rows.into_iter().map(read).collect()
    }

    /// How many entries the ledger does not have yet: they count as exposed.
    pub fn unanchored_count(&self) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM anchor WHERE leaf IS NULL";
        self.control.read(|c| Ok(c.query_row(sql, [], |row| column::count(row, 0))?))
    }

    /// Notes at which index the ledger has each entry. One that is noted already keeps its first index: the warden
    /// may have been asked twice.
    pub fn anchored(&self, leaves: &[(i64, u64)]) -> Result<(), Error> {
        self.control.write(|transaction| {
            let sql = "UPDATE anchor SET leaf = ?2 WHERE position = ?1 AND leaf IS NULL";
            for (position, leaf) in leaves {
                transaction.prepare_cached(sql)?.execute(params![position, column::number(*leaf)])?;
            }
            Ok(())
        })
    }
}

pub(crate) fn insert_intake(transaction: &Transaction<'_>, intake: &Intake) -> Result<(), Error> {
    let record = &intake.record;
    let entry = canonical::bytes(&Entry::Intake(intake.clone()));
    transaction
        .prepare_cached("INSERT INTO anchor (worker, sequence, hash, entry) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![record.worker.as_str(), column::number(record.sequence), intake.hash().0, entry])?;
    Ok(())
}

pub(crate) fn insert_confirmation(transaction: &Transaction<'_>, confirmation: &Confirmation) -> Result<(), Error> {
    let entry = canonical::bytes(&Entry::Confirmation(confirmation.clone()));
    transaction
        .prepare_cached("INSERT INTO anchor (delivery, entry) VALUES (?1, ?2)")?
        .execute(params![confirmation.record.delivery.0, entry])?;
    Ok(())
}
