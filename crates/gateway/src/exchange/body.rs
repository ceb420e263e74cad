//! What wholly arrived, and how.

use super::Ticket;
use crate::partner::Partner;
use ledger::{Hash, Time, entry::Channel};

/// What wholly arrived, however it came.
#[derive(Clone, Copy)]
pub struct Body<'b> {
    /// Its number, noted before its first octet was read.
    pub ticket: &'b Ticket,
    /// Nothing of the same ticket comes behind it: a message may hold several documents.
    pub last: bool,
    /// Whose credential brought it.
    pub partner: &'b Partner,
    /// All of it, as it came.
    pub octets: &'b [u8],
    /// When the last octet was here.
    pub received: Time,
    /// The protocol that brought it.
    pub channel: Channel,
    /// Whether the channel was encrypted by TLS at this process.
    pub tls: bool,
    /// SHA-256 of the certificate of ours to which it was encrypted, where it was.
    pub decryption: Option<Hash>,
}
