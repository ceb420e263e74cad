//! What a taken host received, or may have: by its own record, by what it said that it may store, and by its senders' word.

use ledger::{InstanceId, Pseudonym, Time, WorkerId, entry::Verdict};
use serde::{Deserialize, Serialize};

/// A body that a taken host received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowEntry {
    /// Index in the ledger.
    pub entry: u64,
    /// When it was anchored.
    pub time: Time,
    /// By whom it was received.
    pub worker: WorkerId,
    /// In which start of its process.
    pub instance: InstanceId,
    /// The body's number in that start.
    pub ticket: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// Parcels, as the worker recorded.
    pub rows: u64,
    /// Parties, as the worker recorded.
    pub parties: u64,
    /// Parcels of it that a carrier confirmed.
    pub confirmed: u64,
}

/// What a gateway's process may have stored beyond its last tick: no start has closed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Whose process it is.
    pub worker: WorkerId,
    /// Which start of it.
    pub instance: InstanceId,
    /// The tick's index in the ledger.
    pub entry: u64,
    /// When that was entered.
    pub time: Time,
    /// Parcels, at most: part of the bound.
    pub rows: u64,
    /// Parties, at most, where something of a sealed class is reached.
    pub parties: u64,
}

/// A shipper's own word on what taken hosts received of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipperSent {
    /// Its pseudonym.
    pub shipper: Pseudonym,
    /// What it says in all of its totals that reach into the window.
    pub rows: u64,
    /// The same of parties.
    pub parties: u64,
    /// What the hosts recorded of it in the window.
    pub recorded: u64,
    /// The same of parties.
    pub recorded_parties: u64,
    /// Whether its totals are for the whole window, without a gap.
    pub covers: bool,
}
