//! Whether everything that SQL names is there and whole, and whether the index finds it.

use crate::{
    Error, Vault,
    control::{Row, column, params},
    find::source,
    segment::{Place, place, tokens_of},
};
use ledger::{BatchId, DeliveryId, Month};
use seal::{Mark, Stored};

/// Rows of SQL that are read at once.
const PAGE: u64 = 256;

/// What [`Vault::check`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The control database is not as SQLite wrote it. Of PostgreSQL its own `pg_amcheck` says that.
    pub control_damaged: bool,
    /// Objects that no row named at this opening: they were set aside in `lost/`.
    pub unnamed: u64,
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
        let stores = self.damaged.is_empty() && self.not_found.is_empty() && self.copies_damaged.is_empty();
        stores && !self.control_damaged && self.unnamed == 0
    }
}

impl Vault {
    /// Reads every segment and delivery copy, and seeks every token. Of a batch its digests and header are compared: chance is
    /// found, an attacker's change is not (only the ledger tells that), nor what no row names any more.
    ///
    /// # Errors
    /// [`Error::Sql`], [`Error::Postgres`], [`Error::Away`], [`Error::ObjectsAway`]: then the rest is not checked.
    pub fn check(&self) -> Result<Checked, Error> {
        let mut checked =
            Checked { control_damaged: !self.control.is_whole()?, unnamed: self.unnamed, ..Checked::default() };
        let mut last = 0;
        loop {
            let page = self.batches_after(last)?;
            let Some((number, ..)) = page.last() else { break };
            last = *number;
            for (number, batch, month, place) in page {
                checked.batches += 1;
                checked.octets += place.length();
                let record = unless_away(place.read(&*self.segments))?;
                match record.and_then(|record| self.tokens_if_whole(&record, &batch, &place)) {
                    None => checked.damaged.push(batch),
                    Some(tokens) if !self.is_found(number, month, &tokens) => checked.not_found.push(batch),
                    Some(_) => {}
                }
            }
        }
        for id in self.copies()? {
            checked.copies += 1;
            if unless_away(self.delivery_octets(&id))?.is_none() {
                checked.copies_damaged.push(id);
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

    /// A batch's tokens, if its record is what was written, and lies where SQL has its parts.
    fn tokens_if_whole(&self, record: &[u8], batch: &BatchId, place: &Place) -> Option<Vec<Mark>> {
        let stored = Stored::parse(record).ok()?;
        let own = self.header(batch).ok()??;
        let mut tokens: Vec<Mark> = stored.tokens().map(|(token, _)| token).collect();
        tokens.dedup();
        let clear = self.operational(batch, 0).ok()?;
        let whole = own.header == stored.header_bytes()
            && own.salt == stored.salt()
            && stored.verify().is_ok_and(|header| header.batch == *batch)
            && clear == stored.operational(0)
            && tokens_of(&*self.segments, place).ok()? == tokens;
        whole.then_some(tokens)
    }

    fn is_found(&self, number: u64, month: Month, tokens: &[Mark]) -> bool {
        tokens.iter().all(|token| self.runs.has(month, token, number).unwrap_or(false))
    }

    fn batches_after(&self, number: u64) -> Result<Vec<(u64, BatchId, Month, Place)>, Error> {
        let sql = "SELECT number, id, month, segment, start, length, operational, tokens, token_count FROM batch \
             WHERE number > ?1 ORDER BY number LIMIT ?2";
        self.control.read(|c| {
            let rows = params![column::number(number), column::number(PAGE)];
            let read = |row: &Row<'_>| {
                Ok((column::count(row, 0)?, BatchId(row.get(1)?), column::parsed(row, 2)?, place(row, 3)?))
            };
            c.all(sql, rows, read)
        })
    }

    fn copies(&self) -> Result<Vec<DeliveryId>, Error> {
        let sql = "SELECT id FROM delivery WHERE object IS NOT NULL ORDER BY created";
        self.control.read(|c| c.all(sql, params![], |row| row.get(0).map(DeliveryId)))
    }
}

/// What does not answer is not damaged.
fn unless_away<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(away @ (Error::Away | Error::ObjectsAway)) => Err(away),
        read => Ok(read.ok()),
    }
}
