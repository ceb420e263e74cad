//! Counts for Prometheus. Labels are closed words, never a partner's or a document's.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What is counted since this process started.
#[derive(Default)]
pub struct Metrics {
    /// Bodies by verdict, in the order of [`VERDICTS`].
    pub bodies: [AtomicU64; 6],
    /// Parcels sealed.
    pub parcels: AtomicU64,
    /// Octets received.
    pub octets: AtomicU64,
    /// Delivery attempts that the carrier acknowledged.
    pub delivered: AtomicU64,
    /// Delivery attempts that failed.
    pub delivery_failures: AtomicU64,
    /// Requests to open that were passed to the warden.
    pub openings: AtomicU64,
}

/// The verdicts' words, as in `Bulla-Verdict`.
pub const VERDICTS: [&str; 6] =
    ["accepted", "accepted-with-errors", "accepted-in-part", "refused", "duplicate", "not-edi"];

impl Metrics {
    /// The text format of Prometheus, version 0.0.4.
    pub fn to_text(&self) -> String {
        let mut text = String::from("# TYPE bulla_bodies_total counter\n");
        for (verdict, count) in VERDICTS.iter().zip(&self.bodies) {
            text += &format!("bulla_bodies_total{{verdict=\"{verdict}\"}} {}\n", count.load(Relaxed));
        }
        let rest = [
            ("bulla_parcels_total", &self.parcels),
            ("bulla_received_octets_total", &self.octets),
            ("bulla_delivered_total", &self.delivered),
            ("bulla_delivery_failures_total", &self.delivery_failures),
            ("bulla_openings_total", &self.openings),
        ];
        for (name, count) in rest {
            text += &format!("# TYPE {name} counter\n{name} {}\n", count.load(Relaxed));
        }
        text
    }
}
