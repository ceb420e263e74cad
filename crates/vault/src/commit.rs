//! Group commit of SQL: what comes while one transaction is written is in the next, interchanges, answers to messages and what
//! became of deliveries alike. In it each stands or falls by itself.

mod ready;

pub(crate) use ready::Ready;

use crate::{Answered, Error, Vault, control::Sql, delivery::Told, message::Answering, numbers::Saving};

/// What SQL does not know yet.
pub(crate) enum Change {
    Intake(Box<Ready>),
    Delivery(Box<Told>),
    Answer(Box<Answering>),
}

/// What it is once SQL knows it.
pub(crate) enum Written {
    /// The numbers of its batches, in order.
    Intake(Vec<u64>),
    /// Whether it is news that the carrier has it.
    Delivery(bool),
    /// The message's first answer.
    Answer(Box<Answered>),
}

impl Change {
    fn write(&self, transaction: &Sql<'_>) -> Result<Written, Error> {
        match self {
            Self::Intake(ready) => ready.write(transaction).map(Written::Intake),
            Self::Delivery(told) => told.write(transaction).map(Written::Delivery),
            Self::Answer(answering) => answering.write(transaction).map(|standing| Written::Answer(Box::new(standing))),
        }
    }
}

impl Vault {
    /// Makes an interchange durable, or nothing of it.
    pub(crate) fn commit_intake(&self, ready: Ready) -> Result<(), Error> {
        self.commit(Change::Intake(Box::new(ready))).map(drop)
    }

    /// Makes it durable, or nothing of it.
    pub(crate) fn commit(&self, change: Change) -> Result<Written, Error> {
        // Each frees its own, which takes a while where it is long: what is freed is overwritten.
        let (_own, written) = self.committing.join(change, |all| self.write_together(all));
        written
    }

    fn write_together(&self, all: Vec<Change>) -> Vec<(Change, Result<Written, Error>)> {
        let numbers = Saving::of(self);
        let written = self.control.write(|transaction| {
            numbers.write(transaction)?;
            all.iter().map(|own| transaction.apart(|| own.write(transaction))).collect::<Result<Vec<_>, _>>()
        });
        match written {
            Ok(written) => {
                numbers.are_written(self);
                let mut all: Vec<_> = all.into_iter().zip(written).collect();
                all.iter_mut().for_each(|(own, written)| self.is_written(own, written));
                all
            }
            Err(Error::Uncertain) => all.into_iter().map(uncertain).collect(),
            Err(error) if all.len() == 1 => all.into_iter().zip([Err(error)]).collect(),
            // What one does not fit on, another may.
            Err(_) => all.into_iter().flat_map(|own| self.write_together(vec![own])).collect(),
        }
    }

    /// In the order of the transaction.
    fn is_written(&self, own: &mut Change, written: &Result<Written, Error>) {
        if let (Change::Intake(ready), Ok(Written::Intake(batches))) = (own, written) {
            ready.is_written(self, batches);
        }
    }
}

/// Opening again keeps its objects or sets them aside, as SQL then says.
fn uncertain(own: Change) -> (Change, Result<Written, Error>) {
    if let Change::Intake(ready) = &own {
        ready.keep();
    }
    (own, Err(Error::Uncertain))
}
