//! What a request brings with it from the edge: how it came, and how much it may take.

use super::{limits::Limits, room::Room};
use std::sync::Arc;

/// The same for every request of a server.
#[derive(Clone)]
pub struct Edge {
    /// How long a body may take.
    pub limits: Limits,
    /// What all bodies share.
    pub room: Arc<Room>,
    /// Whether this process ended the TLS that it came by.
    pub tls: bool,
}

impl Edge {
    /// Of a server with these limits.
    pub fn new(limits: Limits, tls: bool) -> Self {
        Self { limits, room: Room::new(limits.octets_in_flight_max), tls }
    }
}
