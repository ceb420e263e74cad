//! Finding the records that a token stands for: the index (`runs`) says in which batches it may be, their segments say whether.

use crate::{
    Error, Objects, Vault,
    control::{Control, Row, column, params},
    runs::{Batch, Page, Source},
    segment::{Place, place, search, tokens_of},
};
use ledger::{BatchId, Month};
use seal::Token;
use std::{collections::HashSet, ops::ControlFlow};

/// Batches whose tokens are read at once for the index, and tokens after which no more are.
const PAGE: u64 = 1024;
const TOKENS: usize = 1 << 18;

/// A record of a batch that a token stands for: 0 is the manifest's own, parcels from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// The batch that holds the row.
    pub batch: BatchId,
    /// Which record of it.
    pub row: u32,
}

impl Vault {
    /// Shows the records that these tokens stand for, each once, until `visit` breaks off; of one token the last committed
    /// batches first. A token is sought in the batches of the month whose index key made it.
    ///
    /// # Errors
    /// [`Error::Damaged`] and [`Error::Missing`] of the index or of a segment: what was shown until then may not be all.
    pub fn find(
        &self,
        tokens: &[(Month, Token)],
        mut visit: impl FnMut(Hit) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let (mut shown, mut ended) = (HashSet::new(), ControlFlow::Continue(()));
        for (month, token) in tokens {
            self.runs.find(*month, &token.mark(), |number| {
                let Some((batch, place)) = self.numbered(number)? else { return Ok(ControlFlow::Continue(())) };
                for row in search(&*self.segments, &place, token)? {
                    let hit = Hit { batch, row };
                    if ended.is_continue() && shown.insert(hit) {
                        ended = visit(hit)?;
                    }
                }
                Ok(ended)
            })?;
            if ended.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Does one step of the index's upkeep, if there is one to do: what was taken in since becomes a file, or files are
    /// merged. Takes as long as it takes; nobody else waits for it.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`]; the index is as it was then, and complete.
    pub fn tend_index(&self) -> Result<bool, Error> {
        self.runs.tend()
    }

    fn numbered(&self, number: u64) -> Result<Option<(BatchId, Place)>, Error> {
        let sql = "SELECT id, segment, start, length, operational, tokens, token_count FROM batch WHERE number = ?1";
        self.control
            .read(|c| c.first(sql, params![column::number(number)], |row| Ok((BatchId(row.get(0)?), place(row, 1)?))))
    }
}

/// The batches that SQL names, with the tokens of their segments.
struct Batches<'a> {
    control: &'a Control,
    segments: &'a dyn Objects,
}

/// What the index is made of.
pub(crate) fn source<'a>(control: &'a Control, segments: &'a dyn Objects) -> impl Source + 'a {
    Batches { control, segments }
}

impl Source for Batches<'_> {
    fn last(&self) -> Result<Batch, Error> {
        let sql = "SELECT number, id FROM batch ORDER BY number DESC LIMIT 1";
        let read = |row: &Row<'_>| Ok(Batch { number: column::count(row, 0)?, name: row.get(1)? });
        self.control.read(|c| Ok(c.first(sql, params![], read)?.unwrap_or_default()))
    }

    fn name(&self, number: u64) -> Result<Option<[u8; 16]>, Error> {
        let sql = "SELECT id FROM batch WHERE number = ?1";
        self.control.read(|c| c.first(sql, params![column::number(number)], |row| row.get(0)))
    }

    fn months(&self) -> Result<Vec<Month>, Error> {
        // Each by a look at the index of months: there may be many millions of batches.
        let sql = "SELECT month FROM batch WHERE month > ?1 ORDER BY month LIMIT 1";
        let mut months: Vec<Month> = Vec::new();
        loop {
            let after = months.last().map_or(String::new(), ToString::to_string);
            let next = |row: &Row<'_>| column::parsed(row, 0);
            let next = self.control.read(|c| c.first(sql, params![after], next))?;
            let Some(month) = next else { return Ok(months) };
            months.push(month);
        }
    }

    fn after(&self, month: Month, number: u64) -> Result<Page, Error> {
        let sql = "SELECT number, id, segment, start, length, operational, tokens, token_count FROM batch \
             WHERE month = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
        let asked = params![month.to_string(), column::number(number), column::number(PAGE)];
        let places: Vec<(Batch, Place)> = self.control.read(|c| {
            let read =
                |row: &Row<'_>| Ok((Batch { number: column::count(row, 0)?, name: row.get(1)? }, place(row, 2)?));
            c.all(sql, asked, read)
        })?;
        let (mut batches, mut count) = (Vec::with_capacity(places.len()), 0);
        for (batch, place) in places {
            let tokens = tokens_of(self.segments, &place).ok();
            count += tokens.as_ref().map_or(0, Vec::len);
            batches.push((batch, tokens));
            if count > TOKENS {
                break;
            }
        }
        Ok(batches)
    }

    fn is_readable(&self, number: u64) -> Result<bool, Error> {
        let sql = "SELECT segment, start, length, operational, tokens, token_count FROM batch WHERE number = ?1";
        let read = |row: &Row<'_>| place(row, 0);
        let place = self.control.read(|c| c.first(sql, params![column::number(number)], read))?;
        Ok(place.is_some_and(|place| tokens_of(self.segments, &place).is_ok()))
    }
}
