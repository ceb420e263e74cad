//! Where the documents of a message go that is not held, and what is known of them at its end.
use std::io;

use crate::mic::Mic;

/// Takes documents before anybody has vouched for them.
pub trait Unverified {
    /// A document begins: the message's first one, or what is beside it (RFC 6362). The name is a label.
    ///
    /// # Errors
    /// What keeps it from being taken: the message is not read any further.
    fn begin(&mut self, content_type: &str, file_name: Option<&str>) -> io::Result<()>;

    /// The next octets of the document.
    ///
    /// # Errors
    /// As [`Unverified::begin`].
    fn write(&mut self, octets: &[u8]) -> io::Result<()>;
}

/// What was in a message, now that all of it holds.
pub struct Streamed {
    /// Documents that the sink got, the attachments included.
    pub documents: usize,
    /// For the receipt.
    pub mic: Mic,
    /// SHA-256 of our certificate that it was encrypted to.
    pub decrypted_with: Option<[u8; 32]>,
    /// SHA-256 of the partner's certificate that signed it.
    pub signed_with: Option<[u8; 32]>,
    /// Whether it was compressed.
    pub compressed: bool,
}
