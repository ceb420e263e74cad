//! Finding the records that a token stands for: the index (`runs`) says in which batches it may be, their segments say whether.

use crate::{
    Error, Objects, Vault,
    control::{Control, column},
    runs::Source,
    segment::{Place, place, search, tokens_of},
};
use ledger::{BatchId, Month};
use rusqlite::{OptionalExtension, params};
use seal::Token;
use std::ops::ControlFlow;

/// Batches whose tokens are read at once for the index.
const PAGE: u64 = 1024;

/// A record of a batch that a token stands for: 0 is the manifest's own, parcels from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// The batch that holds the row.
    pub batch: BatchId,
    /// Which record of it.
    pub row: u32,
}

impl Vault {
    /// The records that these tokens stand for, at most `limit`; of one token the last committed batches first. A token is
    /// sought in the batches of the month whose index key made it.
    pub fn find(&self, tokens: &[(Month, Token)], limit: usize) -> Result<Vec<Hit>, Error> {
        let mut hits: Vec<Hit> = Vec::new();
        for (month, token) in tokens {
            self.runs.find(*month, token, |number| {
                let Some((batch, place)) = self.numbered(number)? else { return Ok(ControlFlow::Continue(())) };
                for row in search(&*self.segments, &place, token)? {
                    let hit = Hit { batch, row };
                    if hits.len() >= limit {
                        return Ok(ControlFlow::Break(()));
                    }
                    if !hits.contains(&hit) {
                        hits.push(hit);
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(hits)
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
        self.control.read(|c| {
            let read = c
                .prepare_cached(sql)?
                .query_row([column::number(number)], |row| Ok((BatchId(row.get(0)?), place(row, 1)?)));
            Ok(read.optional()?)
        })
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
    fn last(&self) -> Result<u64, Error> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'batch'";
        self.control.read(|c| Ok(c.query_row(sql, [], |row| column::count(row, 0)).optional()?.unwrap_or(0)))
    }

    fn months(&self) -> Result<Vec<Month>, Error> {
        // Each by a look at the index of months: there may be many millions of batches.
        let sql = "SELECT month FROM batch WHERE month > ?1 ORDER BY month LIMIT 1";
        let mut months: Vec<Month> = Vec::new();
        loop {
            let after = months.last().map_or(String::new(), ToString::to_string);
            let next = |row: &rusqlite::Row<'_>| column::parsed(row, 0);
            let next = self.control.read(|c| Ok(c.prepare_cached(sql)?.query_row([after], next).optional()?))?;
            let Some(month) = next else { return Ok(months) };
            months.push(month);
        }
    }

    fn after(&self, month: Month, number: u64) -> Result<Vec<(u64, Vec<Token>)>, Error> {
        let sql = "SELECT number, segment, start, length, operational, tokens, token_count FROM batch \
             WHERE month = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
        let asked = params![month.to_string(), column::number(number), column::number(PAGE)];
        let places: Vec<(u64, Place)> = self.control.read(|c| {
            let mut statement = c.prepare_cached(sql)?;
            let rows = statement.query_map(asked, |row| Ok((column::count(row, 0)?, place(row, 1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let mut lost = 0_u64;
        let mut batches = Vec::with_capacity(places.len());
        for (number, place) in places {
            let tokens = match tokens_of(self.segments, &place) {
                Err(Error::Missing { .. } | Error::Damaged { .. }) => {
                    lost += 1;
                    Vec::new()
                }
                other => other?,
            };
            batches.push((number, tokens));
        }
        if lost > 0 {
            eprintln!("vault: the segments of {lost} batches of {month} are missing or cut short: they are not found");
        }
        Ok(batches)
    }
}
