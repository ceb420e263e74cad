//! Control numbers: of each series one after the other, made durable by whoever commits next.

use crate::{
    Error, Vault,
    control::{Sql, params},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

/// Control numbers are 1 to this, then 1 again (nine digits, as ISA13).
const NUMBER_MAX: u32 = 999_999_999;

/// The last control number given out in each series, and which of them SQL does not know yet.
#[derive(Default)]
pub(crate) struct Numbers {
    last: BTreeMap<String, u32>,
    unsaved: BTreeSet<String>,
}

impl Vault {
    /// The next control number of a series, 1 to 999,999,999 and then 1 again. It is durable with the next commit,
    /// whoever's that is, and so before it leaves this machine. One whose commit fails is a gap and is not given again,
    /// unless the process ends before anything was committed: then nobody has seen it.
    pub fn next_number(&self, series: &str) -> Result<u32, Error> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let last = match numbers.last.get(series) {
            Some(last) => *last,
            None => self.control.read(|c| {
                let sql = "SELECT last FROM counter WHERE series = ?1";
                Ok(c.first(sql, params![series], |row| row.get(0))?.unwrap_or(0))
            })?,
        };
        let next = if last >= NUMBER_MAX { 1 } else { last + 1 };
        numbers.last.insert(series.to_owned(), next);
        numbers.unsaved.insert(series.to_owned());
        Ok(next)
    }
}

/// Control numbers that the next commit makes durable.
pub(crate) struct Saving(Vec<(String, u32)>);

impl Saving {
    pub(crate) fn of(vault: &Vault) -> Self {
        let numbers = vault.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        Self(numbers.unsaved.iter().map(|series| (series.clone(), numbers.last[series])).collect())
    }

    pub(crate) fn write(&self, transaction: &Sql<'_>) -> Result<(), Error> {
        let sql = "INSERT INTO counter (series, last) VALUES (?1, ?2) ON CONFLICT (series) DO UPDATE SET last = ?2";
        for (series, last) in &self.0 {
            transaction.execute(sql, params![series, last])?;
        }
        Ok(())
    }

    pub(crate) fn are_written(&self, vault: &Vault) {
        let mut numbers = vault.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        for (series, last) in &self.0 {
            // Another may have drawn from it since.
            if numbers.last.get(series) == Some(last) {
                numbers.unsaved.remove(series);
            }
        }
    }
}
