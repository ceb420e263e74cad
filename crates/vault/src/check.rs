//! Whether everything that SQL names is there and whole, and whether the index finds it.

use crate::{
    Error, Vault,
    control::column,
    find::source,
    segment::{Place, place, tokens_of},
};
use ledger::{BatchId, DeliveryId, Month};
use rusqlite::params;
use seal::Stored;
use std::ops::ControlFlow;

/// Rows of SQL that are read at once.
const PAGE: u64 = 256;

/// What [`Vault::check`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Batches that SQL names.
    pub batches: u64,
    /// Their octets.
    pub octets: u64,
    /// Batches whose segment is missing or not what was written.
    pub damaged: Vec<BatchId>,
    /// Batches of which the index lacks a token.
    pub not_found: Vec<BatchId>,
    /// Delivery copies that SQL names.
    pub copies: u64,
    /// Deliveries whose copy is missing or not what was written.
    pub copies_damaged: Vec<DeliveryId>,
}

impl Checked {
    /// Nothing is missing, damaged or not found.
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty() && self.not_found.is_empty() && self.copies_damaged.is_empty()
    }
}

impl Vault {
    /// Reads every segment and delivery copy, and seeks every token. Of a batch its digest and header are compared: chance is
    /// found, an attacker's change is not (only the ledger tells that).
    ///
    /// # Errors
    /// [`Error::Disk`], [`Error::Sql`]: then the rest is not checked.
    pub fn check(&self) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        let mut last = 0;
        loop {
            let page = self.batches_after(last)?;
            let Some((number, ..)) = page.last() else { break };
            last = *number;
            for (number, batch, month, place) in page {
                checked.batches += 1;
                checked.octets += place.length();
                match self.is_whole(&batch, &place) {
                    Ok(true) if !self.is_found(number, month, &place)? => checked.not_found.push(batch),
                    Ok(true) => {}
                    Ok(false) | Err(Error::Missing { .. } | Error::Damaged { .. }) => checked.damaged.push(batch),
                    Err(error) => return Err(error),
                }
            }
        }
        for id in self.copies()? {
            checked.copies += 1;
            match self.delivery_octets(&id) {
                Ok(_) => {}
                Err(Error::Missing { .. } | Error::Damaged { .. }) => checked.copies_damaged.push(id),
                Err(error) => return Err(error),
            }
        }
        Ok(checked)
    }

    /// Makes the index anew from the segments.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`]: the next opening goes on with it.
    pub fn rebuild_index(&mut self) -> Result<(), Error> {
        self.runs.rebuild(&source(&self.control, &*self.segments))
    }

    fn is_whole(&self, batch: &BatchId, place: &Place) -> Result<bool, Error> {
        let octets = place.read(&*self.segments)?;
        let header = self.header(batch)?;
        let Ok(stored) = Stored::parse(&octets) else { return Ok(false) };
        let named = header.is_some_and(|own| own.header == stored.header_bytes() && own.salt == stored.salt());
        Ok(named && stored.verify().is_ok())
    }

    fn is_found(&self, number: u64, month: Month, place: &Place) -> Result<bool, Error> {
        for token in tokens_of(&*self.segments, place)? {
            let mut found = false;
            self.runs.find(month, &token, |candidate| {
                found |= candidate == number;
                Ok(if candidate <= number { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn batches_after(&self, number: u64) -> Result<Vec<(u64, BatchId, Month, Place)>, Error> {
        let sql = "SELECT number, id, month, segment, start, length, operational, tokens, token_count FROM batch \
             WHERE number > ?1 ORDER BY number LIMIT ?2";
        self.control.read(|c| {
            let rows = params![column::number(number), column::number(PAGE)];
            let read = |row: &rusqlite::Row<'_>| {
                Ok((column::count(row, 0)?, BatchId(row.get(1)?), column::parsed(row, 2)?, place(row, 3)?))
            };
            Ok(c.prepare_cached(sql)?.query_map(rows, read)?.collect::<Result<_, _>>()?)
        })
    }

    fn copies(&self) -> Result<Vec<DeliveryId>, Error> {
        let sql = "SELECT id FROM delivery WHERE object IS NOT NULL ORDER BY created";
        self.control.read(|c| {
            let mut statement = c.prepare(sql)?;
            Ok(statement.query_map([], |row| Ok(DeliveryId(row.get(0)?)))?.collect::<Result<_, _>>()?)
        })
    }
}
