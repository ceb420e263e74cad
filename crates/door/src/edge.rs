//! What a request brings with it from the door: how much it may take, and who keeps count.

use crate::{Limits, TurnedAway, room::Room};
use std::{net::IpAddr, sync::Arc};

/// The same for every request of a server; handlers get it as an extension.
#[derive(Clone)]
pub struct Edge {
    pub(crate) limits: Limits,
    /// What all bodies share.
    pub(crate) room: Arc<Room>,
    /// Of this server, for its metrics.
    pub turned: Arc<TurnedAway>,
    /// Whether this process ended the TLS that the request came by.
    pub tls: bool,
}

impl Edge {
    pub(crate) fn new(limits: Limits, tls: bool) -> Self {
        Self { limits, room: Room::new(limits.octets_in_flight_max), turned: Arc::default(), tls }
    }
}

/// Who is at the other end of the connection: a client, or a proxy before it. Handlers get it as an extension.
#[derive(Clone, Copy)]
pub struct Peer(pub IpAddr);
