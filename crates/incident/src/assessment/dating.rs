//! By whose clocks an assessment's entries stand before or after its dates.

use ledger::Time;
use serde::{Deserialize, Serialize};

/// What dates the figures. No time of the warden's is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dating {
    /// How many organisations, none of them suspect, had to have cosigned a note.
    pub organisations: u32,
    /// How wrong a witness's clock may be, in seconds.
    pub clock_error: u32,
    /// Each hypothesis whose beginning is stated.
    pub begins: Vec<Begin>,
    /// Each hypothesis of `storage`, `carrier-key` or `traffic` whose end is stated.
    pub ends: Vec<End>,
    /// A taken host, warden or principal counts as taken until the end of the ledger, whatever end is stated: no policy that officers
    /// certainly signed after it gives another key.
    pub goes_on: bool,
    /// Over 70 minutes between two notes that date: who took the warden in one of them may have left out what came before.
    pub silences: Vec<Silence>,
    /// Heartbeats whose note has not this ledger's root.
    pub other_roots: Vec<OtherRoot>,
}

/// What a beginning leaves behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// As the hypothesis states it.
    pub from: Time,
    /// The first entries, so many, certainly existed before; every later one counts as if it came after.
    pub entries: u64,
    /// By the latest cosigner of the note that shows it; null: none does.
    pub cosigned: Option<Time>,
    /// Seconds between the two.
    pub slack: Option<u64>,
    /// Whose cosignatures these are; none of them is suspect.
    pub cosigners: Vec<String>,
}

/// What an end leaves out: what a gateway that is not suspect gave a ticket after it had seen a note of certainly later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Which of the hypotheses, from 0.
    pub hypothesis: u32,
    /// As it states it.
    pub to: Time,
    /// The heartbeat whose note is the first that is certainly later; null: none is.
    pub heartbeat: Option<u64>,
    /// The earliest time in that note.
    pub cosigned: Option<Time>,
    /// Bodies that are shown to have come later.
    pub documents: u64,
    /// Parcels in their batches.
    pub rows: u64,
    /// The first entry of one of them; null: there is none.
    pub first: Option<u64>,
    /// The time of that entry, which is the warden's word.
    pub time: Option<Time>,
}

/// A time without a note that dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The time of the note before it.
    pub from: Time,
    /// The time of the note after it.
    pub to: Time,
}

/// A heartbeat whose note has another root than the entries give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherRoot {
    /// The heartbeat's index in the ledger.
    pub entry: u64,
    /// Of which size the note says to be.
    pub size: u64,
    /// The warden signed it.
    pub signed: bool,
}
