//! How many were turned away, by why: what an operator looks at before anything else when partners call.

use axum::http::StatusCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Answers since the server was made that told somebody to come again: too slow, too much, no room.
#[derive(Debug, Default)]
pub struct TurnedAway([AtomicU64; STATUSES.len()]);

const STATUSES: [StatusCode; 3] =
    [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];

impl TurnedAway {
    pub(crate) fn count(&self, status: StatusCode) {
        if let Some(place) = STATUSES.iter().position(|known| *known == status) {
            self.0[place].fetch_add(1, Relaxed);
        }
    }

    /// The text format of Prometheus, version 0.0.4.
    pub fn to_text(&self) -> String {
        let mut text = String::from("# TYPE bulla_turned_away_total counter\n");
        for (status, count) in STATUSES.iter().zip(&self.0) {
            text += &format!("bulla_turned_away_total{{status=\"{}\"}} {}\n", status.as_str(), count.load(Relaxed));
        }
        text
    }
}
