//! This start of the worker's process, and its tickets: a body's number is known before anything else of it is, so that
//! bodies are read and sealed side by side and their headers name what is theirs.

use crate::Error;
use durable::random;
use ledger::InstanceId;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One start, with the tickets that it has given.
pub(crate) struct Instance {
    id: InstanceId,
    given: AtomicU64,
}

/// One body's number in one start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) instance: InstanceId,
    /// From 1, in the order of arrival.
    pub(crate) number: u64,
}

impl Instance {
    pub(crate) fn begin() -> Result<Self, Error> {
        Ok(Self { id: InstanceId(random::octets()?), given: AtomicU64::new(0) })
    }

    pub(crate) fn ticket(&self) -> Ticket {
        Ticket { instance: self.id, number: self.given.fetch_add(1, Relaxed) + 1 }
    }
}
