//! Sums stop at 2^53 - 1, the largest integer of canonical JSON: far beyond all parcels ever sent, and only a worker that lies gets
//! there.

use ledger::replay::LARGEST;

/// At most that.
pub fn add(a: u64, b: u64) -> u64 {
    a.saturating_add(b).min(LARGEST)
}
