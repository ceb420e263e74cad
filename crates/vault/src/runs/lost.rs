//! Batches whose segments could not be read when a run was made that speaks of them: it has none of their tokens. They are noted
//! beside the runs, so that a segment that is brought back is found again after the next start.

use super::Source;
use crate::Error;
use ledger::Month;
use std::{collections::BTreeSet, path::Path};

const FILE: &str = "lost";
const OCTETS_MAX: u64 = 64 << 20;

/// Their numbers.
#[derive(Default)]
pub(super) struct Lost {
    numbers: BTreeSet<u64>,
    changed: bool,
}

impl Lost {
    /// What was noted: a number a line. A file that is not this has none.
    pub(super) fn read(dir: &Path) -> Self {
        let octets = durable::read_if_there(&dir.join(FILE), OCTETS_MAX).ok().flatten().unwrap_or_default();
        let numbers = String::from_utf8_lossy(&octets).lines().filter_map(|line| line.parse().ok()).collect();
        Self { numbers, changed: false }
    }

    /// One of them can be read again.
    pub(super) fn is_back(&self, source: &dyn Source) -> Result<bool, Error> {
        for number in &self.numbers {
            if source.is_readable(*number)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn note(&mut self, number: u64) {
        self.changed |= self.numbers.insert(number);
    }

    /// Writes what was noted since, durable once this returns.
    pub(super) fn write(&mut self, dir: &Path) -> Result<(), Error> {
        if std::mem::take(&mut self.changed) {
            let lines: String = self.numbers.iter().map(|number| format!("{number}\n")).collect();
            durable::replace(&dir.join(FILE), lines.as_bytes())?;
        }
        Ok(())
    }

    pub(super) fn tell(&self, month: Month) {
        if !self.numbers.is_empty() {
            let count = self.numbers.len();
            eprintln!(
                "vault: the segments of {count} batches of {month} cannot be read: their parcels are not found (bulla fsck names them)"
            );
        }
    }
}
