//! Carriers' signed words that they have deliveries: kept beside them, for whoever assesses.

use crate::{
    Error, Vault,
    control::{Row, Sql, column, params},
};
use ledger::{BatchId, Confirmation, DeliveryId};
use std::collections::BTreeSet;

impl Vault {
    /// Every confirmation, in the order of the deliveries' ids.
    pub fn confirmations(&self) -> Result<Vec<Confirmation>, Error> {
        let sql = "SELECT confirmation FROM delivery WHERE confirmation IS NOT NULL ORDER BY id";
        let kept: Vec<Vec<u8>> = self.control.read(|c| c.all(sql, params![], |row| row.get(0)))?;
        let damaged = |_| Error::Damaged { what: "a carrier's confirmation" };
        kept.iter().map(|octets| Confirmation::read(octets).map_err(damaged)).collect()
    }

    /// The confirmations of the deliveries behind this one, at most so many, as they are written.
    pub fn confirmations_after(
        &self,
        last: Option<DeliveryId>,
        most: u32,
    ) -> Result<Vec<(DeliveryId, Vec<u8>)>, Error> {
        let sql =
            "SELECT id, confirmation FROM delivery WHERE confirmation IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2";
        let after = last.map_or(Vec::new(), |delivery| delivery.0.to_vec());
        let pair = |row: &Row<'_>| Ok((DeliveryId(row.get(0)?), row.get(1)?));
        self.control.read(|c| c.all(sql, params![after, most], pair))
    }

    /// What is wrong with a carrier's confirmation, rightly signed as it may be: nothing is kept that the gateway knows to
    /// be false.
    pub fn confirmation_fault(&self, confirmation: &Confirmation) -> Result<Option<&'static str>, Error> {
        self.control.read(|c| fault(c, confirmation))
    }
}

pub(crate) fn fault(connection: &Sql<'_>, confirmation: &Confirmation) -> Result<Option<&'static str>, Error> {
    let record = &confirmation.record;
    let sql = "SELECT b.id, b.rows FROM batch b JOIN manifest m ON m.id = b.manifest WHERE m.delivery = ?1";
    let pair = |row: &Row<'_>| Ok((BatchId(row.get(0)?), column::count(row, 1)?));
    let own: Vec<(BatchId, u64)> = connection.all(sql, params![record.delivery.0], pair)?;
    let batches: BTreeSet<BatchId> = own.iter().map(|(batch, _)| *batch).collect();
    // The sum of 32-bit numbers.
    let rows: u64 = own.iter().map(|(_, rows)| rows).sum();
    Ok(if record.batches != batches {
        Some("its batches are not the delivery's")
    } else if record.rows != rows {
        Some("its rows are not those of its batches")
    } else {
        None
    })
}
