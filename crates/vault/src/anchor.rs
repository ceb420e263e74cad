//! What the warden must write to its ledger, in order, until it has: intake entries and carriers' confirmations.

use crate::{Error, INTAKE_OCTETS_MAX, Vault, control::column};
use ledger::{
    BatchId, DeliveryId, canonical,
    entry::{Confirmation, Entry, Intake},
};
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::BTreeSet;

/// An entry that the ledger does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanchored {
    /// Its place in the queue: it only grows.
    pub position: i64,
    /// What the ledger is to hold.
    pub entry: Entry,
}

impl Vault {
    /// The oldest intake entries that the ledger does not have yet, in order. They wait for nobody else's.
    pub fn unanchored(&self, limit: u32) -> Result<Vec<Unanchored>, Error> {
        let sql = "SELECT position, entry FROM anchor WHERE leaf IS NULL AND parked IS NULL AND delivery IS NULL \
             ORDER BY position LIMIT ?1";
        self.waiting(sql, limit)
    }

    /// The oldest confirmations that the ledger does not have yet, in order.
    pub fn unanchored_confirmations(&self, limit: u32) -> Result<Vec<Unanchored>, Error> {
        let sql = "SELECT position, entry FROM anchor WHERE leaf IS NULL AND parked IS NULL AND delivery IS NOT NULL \
             ORDER BY position LIMIT ?1";
        self.waiting(sql, limit)
    }

    fn waiting(&self, sql: &str, limit: u32) -> Result<Vec<Unanchored>, Error> {
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

    /// How many entries the ledger does not have yet, parked ones aside.
    pub fn unanchored_count(&self) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM anchor WHERE leaf IS NULL AND parked IS NULL";
        self.control.read(|c| Ok(c.query_row(sql, [], |row| column::count(row, 0))?))
    }

    /// Confirmations that the ledger does not take, and why not, oldest first.
    pub fn parked(&self) -> Result<Vec<(DeliveryId, String)>, Error> {
        let sql = "SELECT delivery, parked FROM anchor WHERE leaf IS NULL AND parked IS NOT NULL ORDER BY position";
        let pair = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), row.get(1)?));
        self.control.read(|c| Ok(c.prepare_cached(sql)?.query_map([], pair)?.collect::<Result<_, _>>()?))
    }

    /// Sends this confirmation no more, for the reason that the ledger gave. An intake entry cannot be parked: what it says
    /// was received, and is counted.
    pub fn park(&self, position: i64, reason: &str) -> Result<(), Error> {
        self.control.write(|transaction| {
            let sql = "UPDATE anchor SET parked = ?2 WHERE position = ?1 AND leaf IS NULL AND delivery IS NOT NULL";
            match transaction.execute(sql, params![position, reason])? {
                1 => Ok(()),
                _ => Err(Error::State { what: "the entry for the ledger" }),
            }
        })
    }

    /// What is wrong with a carrier's confirmation, rightly signed as it may be: the ledger holds nothing that the gateway
    /// knows to be false, or that does not fit into it.
    pub fn confirmation_fault(&self, confirmation: &Confirmation) -> Result<Option<&'static str>, Error> {
        self.control.read(|c| confirmation_fault(c, confirmation))
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

pub(crate) fn confirmation_fault(
    connection: &Connection,
    confirmation: &Confirmation,
) -> Result<Option<&'static str>, Error> {
    let record = &confirmation.record;
    let sql = "SELECT b.id, b.rows FROM batch b JOIN manifest m ON m.id = b.manifest WHERE m.delivery = ?1";
    let pair = |row: &Row<'_>| Ok((BatchId(row.get(0)?), column::count(row, 1)?));
    let own: Vec<(BatchId, u64)> =
        connection.prepare_cached(sql)?.query_map([record.delivery.0], pair)?.collect::<Result<_, _>>()?;
    let batches: BTreeSet<BatchId> = own.iter().map(|(batch, _)| *batch).collect();
    // The sum of 32-bit numbers, so below the ledger's largest one.
    let rows: u64 = own.iter().map(|(_, rows)| rows).sum();
    Ok(if record.batches != batches {
        Some("its batches are not the delivery's")
    } else if record.rows != rows {
        Some("its rows are not those of its batches")
    } else if canonical::bytes(&Entry::Confirmation(confirmation.clone())).len() > INTAKE_OCTETS_MAX {
        Some("it is longer than a leaf of the ledger")
    } else {
        None
    })
}

pub(crate) fn insert_confirmation(transaction: &Transaction<'_>, confirmation: &Confirmation) -> Result<(), Error> {
    let entry = canonical::bytes(&Entry::Confirmation(confirmation.clone()));
    transaction
        .prepare_cached("INSERT INTO anchor (delivery, entry) VALUES (?1, ?2)")?
        .execute(params![confirmation.record.delivery.0, entry])?;
    Ok(())
}
