//! What the warden must write to its ledger, in order, until it has: intake entries, and the headers of their batches.

use crate::{
    Error, Vault,
    control::{Row, Sql, column, params},
};
use ledger::{Disclosed, InstanceId, canonical, entry::Intake};
use std::collections::BTreeSet;

/// An entry that the ledger does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanchored {
    /// Its place in the queue: it only grows.
    pub position: i64,
    /// What the ledger is to hold.
    pub intake: Intake,
    /// Its batches' clear headers, each with the salt that opens its anchor.
    pub headers: Vec<Disclosed>,
}

impl Vault {
    /// The oldest intake entries that the ledger does not have yet, in order.
    pub fn unanchored(&self, limit: u32) -> Result<Vec<Unanchored>, Error> {
        let sql = "SELECT position, entry FROM anchor WHERE leaf IS NULL ORDER BY position LIMIT ?1";
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.control.read(|c| {
            let rows: Vec<(i64, Vec<u8>)> = c.all(sql, params![limit], pair)?;
            let read = |(position, entry): (i64, Vec<u8>)| {
                let intake: Intake = canonical::read(&entry).map_err(|_| Error::Damaged { what: "an intake entry" })?;
                Ok(Unanchored { position, headers: headers(c, &intake)?, intake })
            };
            rows.into_iter().map(read).collect()
        })
    }

    /// How many entries the ledger does not have yet.
    pub fn unanchored_count(&self) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM anchor WHERE leaf IS NULL";
        self.control.read(|c| c.one(sql, params![], |row| column::count(row, 0)))
    }

    /// Notes at which index the ledger has each entry. One that is noted already keeps its first index: the warden
    /// may have been asked twice. Returned are the positions of the others: only for them it is news.
    pub fn anchored(&self, leaves: &[(i64, u64)]) -> Result<BTreeSet<i64>, Error> {
        self.control.write(|transaction| {
            let sql = "UPDATE anchor SET leaf = ?2 WHERE position = ?1 AND leaf IS NULL";
            let mut new = BTreeSet::new();
            for (position, leaf) in leaves {
                if transaction.execute(sql, params![position, column::number(*leaf)])? > 0 {
                    new.insert(*position);
                }
            }
            Ok(new)
        })
    }

    /// The ledger does not have the entries of this start after all: they wait once more. Returned are all of them.
    pub fn unanchor(&self, instance: InstanceId) -> Result<Vec<Intake>, Error> {
        let sql = "UPDATE anchor SET leaf = NULL WHERE instance = ?1 AND leaf IS NOT NULL RETURNING entry";
        self.control.write(|transaction| {
            let read = |entry: Vec<u8>| canonical::read(&entry).map_err(|_| Error::Damaged { what: "an intake entry" });
            transaction.all(sql, params![instance.0], |row| read(row.get(0)?))
        })
    }
}

fn headers(connection: &Sql<'_>, intake: &Intake) -> Result<Vec<Disclosed>, Error> {
    let sql = "SELECT batch, header, salt FROM header WHERE batch = ?1";
    let damaged = |_| Error::Damaged { what: "the header of a batch" };
    let header = |batch: &ledger::BatchId| {
        let stored = connection.one(sql, params![batch.0], crate::segment::stored_header)?;
        Ok(Disclosed { header: canonical::read(&stored.header).map_err(damaged)?, salt: stored.salt })
    };
    intake.record.batches.iter().map(|anchor| &anchor.batch).map(header).collect()
}

/// Its place in the queue; `entry` is its canonical JSON.
pub(crate) fn insert_intake(transaction: &Sql<'_>, intake: &Intake, entry: &[u8]) -> Result<i64, Error> {
    let record = &intake.record;
    let sql = "INSERT INTO anchor (instance, ticket, part, entry) VALUES (?1, ?2, ?3, ?4) RETURNING position";
    let values = params![record.instance.0, column::number(record.ticket), record.part, entry];
    transaction.one(sql, values, |row| row.get(0))
}
