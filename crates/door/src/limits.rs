//! How much one process gives to those who connect to it: a role's `[limits]` table.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// Each key has a default; together they say how much memory and how many descriptors strangers can hold, and for how
/// long.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once. Who comes then is answered 503 with `Retry-After`. Keep it well under the process's limit of
    /// open files (`ulimit -n`).
    pub connections_max: usize,
    /// Octets of all bodies that have not been answered, and of those half of it for one asker: 503, and 429 for who has
    /// its half, both with `Retry-After`. At least twice the longest body that the role takes.
    pub octets_in_flight_max: usize,
    /// Seconds for a TLS handshake, and for a request's header from the connection's first or last answer's end on: also
    /// how long a connection may be idle.
    #[serde(rename = "header_seconds", with = "seconds")]
    pub header: Duration,
    /// Seconds in which a body must go on, and an answer must be read on: 408, or the connection is closed.
    #[serde(rename = "silence_seconds", with = "seconds")]
    pub silence: Duration,
    /// Seconds for a whole body: 408.
    #[serde(rename = "body_seconds", with = "seconds")]
    pub body: Duration,
    /// For what was begun before a signal to stop; it is cut off then, and nothing of it was acknowledged.
    #[serde(skip)]
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            octets_in_flight_max: 512 << 20,
            header: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            body: Duration::from_secs(600),
            stop: Duration::from_secs(30),
        }
    }
}

/// Whole seconds, and not none: a limit of nothing would refuse everything.
mod seconds {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    pub fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(time.as_secs())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let seconds = std::num::NonZero::<u32>::deserialize(from)?;
        Ok(Duration::from_secs(seconds.get().into()))
    }
}
