//! Counts for Prometheus. Labels are closed words, never a partner's or a document's.

use ledger::entry::Verdict;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Which of the loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loop {
    /// What the ledger must get, and keys.
    Anchor,
    /// Copies to carriers, a lane for each.
    Deliver,
    /// Asynchronous receipts.
    Receipts,
    /// The token index's upkeep.
    Index,
}

impl Loop {
    /// All of them, in the order of their counts.
    pub const ALL: [Self; 4] = [Self::Anchor, Self::Deliver, Self::Receipts, Self::Index];

    /// As metrics label it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Deliver => "deliver",
            Self::Receipts => "receipts",
            Self::Index => "index",
        }
    }
}

/// What is counted since this process started.
#[derive(Default)]
pub struct Metrics {
    /// Bodies by verdict, in the order of [`Verdict::ALL`].
    bodies: [AtomicU64; Verdict::ALL.len()],
    /// Parcels sealed, those of corrections too.
    pub(crate) parcels: AtomicU64,
    /// Octets of bodies received, refused ones too.
    pub(crate) octets: AtomicU64,
    /// Delivery attempts that the carrier acknowledged.
    pub(crate) delivered: AtomicU64,
    /// Delivery attempts that failed.
    pub(crate) delivery_failures: AtomicU64,
    /// Delivery copies that were removed after thirty days, and that their carriers never took.
    pub(crate) deliveries_lost: AtomicU64,
    /// Delivery copies that this gateway could not read.
    pub(crate) local_faults: AtomicU64,
    /// Carriers' confirmations that say what cannot be: their deliveries count as acknowledged, and nothing as confirmed.
    pub(crate) confirmation_faults: AtomicU64,
    /// Asynchronous receipts that the other side took.
    pub(crate) receipts_sent: AtomicU64,
    /// Attempts to send one that failed.
    pub(crate) receipt_failures: AtomicU64,
    /// Requests to open that were passed to the warden.
    pub(crate) openings: AtomicU64,
    /// 1 while a loop runs, by [`Loop`].
    pub(crate) loops_running: [AtomicU64; Loop::ALL.len()],
    /// How often a loop ended, by [`Loop`].
    pub(crate) loop_restarts: [AtomicU64; Loop::ALL.len()],
}

impl Metrics {
    pub(crate) fn count_body(&self, verdict: Verdict) {
        self.bodies[verdict as usize].fetch_add(1, Relaxed);
    }

    /// The text format of Prometheus, version 0.0.4.
    pub fn to_text(&self) -> String {
        let mut text = String::from("# TYPE bulla_bodies_total counter\n");
        for (verdict, count) in Verdict::ALL.iter().zip(&self.bodies) {
            text += &format!("bulla_bodies_total{{verdict=\"{verdict}\"}} {}\n", count.load(Relaxed));
        }
        let rest = [
            ("bulla_parcels_total", &self.parcels),
            ("bulla_received_octets_total", &self.octets),
            ("bulla_delivered_total", &self.delivered),
            ("bulla_delivery_failures_total", &self.delivery_failures),
            ("bulla_deliveries_lost_total", &self.deliveries_lost),
            ("bulla_delivery_local_faults_total", &self.local_faults),
            ("bulla_confirmation_faults_total", &self.confirmation_faults),
            ("bulla_receipts_sent_total", &self.receipts_sent),
            ("bulla_receipt_failures_total", &self.receipt_failures),
            ("bulla_openings_total", &self.openings),
        ];
        for (name, count) in rest {
            text += &format!("# TYPE {name} counter\n{name} {}\n", count.load(Relaxed));
        }
        let loops = [
            ("bulla_loop_running", "gauge", &self.loops_running),
            ("bulla_loop_restarts_total", "counter", &self.loop_restarts),
        ];
        for (name, kind, counts) in loops {
            text += &format!("# TYPE {name} {kind}\n");
            for (which, count) in Loop::ALL.iter().zip(counts) {
                text += &format!("{name}{{loop=\"{}\"}} {}\n", which.as_str(), count.load(Relaxed));
            }
        }
        text
    }
}
