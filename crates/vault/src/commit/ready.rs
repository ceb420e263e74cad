//! An interchange on its way into SQL.

use crate::{Error, Staged, Vault, anchor, control::Sql, delivery, interchange, manifest, runs::Batch, segment};
use ledger::entry::Intake;

/// An interchange that only SQL does not know yet.
pub(crate) struct Ready {
    pub(crate) intakes: Vec<Intake>,
    /// Their canonical JSON.
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) staged: Staged,
}

impl Ready {
    /// Returns the numbers of the batches, in order.
    pub(crate) fn write(&self, transaction: &Sql<'_>) -> Result<Vec<u64>, Error> {
        let content = &self.staged.content;
        let mut anchors = Vec::with_capacity(self.intakes.len());
        for (intake, entry) in self.intakes.iter().zip(&self.entries) {
            anchors.push(anchor::insert_intake(transaction, intake, entry)?);
        }
        let (Some(document), [first, ..], [at, ..]) = (&content.interchange, &self.intakes[..], &anchors[..]) else {
            return Ok(Vec::new());
        };
        interchange::insert(transaction, document, &first.record.worker, *at)?;
        if let Some(findings) = &content.findings {
            interchange::insert_findings(transaction, &document.id, findings)?;
        }
        for (copy, place) in content.deliveries.iter().zip(&self.staged.copies) {
            delivery::insert(transaction, copy, place, &document.id, document.answered)?;
        }
        let mut numbers = Vec::new();
        for (item, filed) in content.manifests.iter().zip(&self.staged.filed) {
            manifest::insert(transaction, item, &document.id, document.received)?;
            for (ordinal, batch) in (0..).zip(filed) {
                numbers.push(segment::insert(transaction, &item.id, ordinal, batch)?);
            }
        }
        Ok(numbers)
    }

    /// Its objects are named, by batches of these numbers, and found.
    pub(crate) fn is_written(&mut self, vault: &Vault, batches: &[u64]) {
        self.keep();
        for (number, batch) in batches.iter().zip(self.staged.filed.iter_mut().flatten()) {
            let name = Batch { number: *number, name: batch.header.batch.0 };
            vault.runs.note(batch.header.month, name, std::mem::take(&mut batch.marks));
        }
    }

    /// SQL names its objects, or may.
    pub(crate) fn keep(&self) {
        self.staged.keep();
    }
}
