//! Receiving a message: what its header says, and what is in it.
//!
//! ```
//! # fn run(headers: as2::mime::Headers, body: &[u8], keys: &[&as2::Recipient], theirs: &[as2::Certificate],
//! #        rng: &mut impl rand_core::CryptoRng) -> Result<(), as2::Error> {
//! use as2::message::{Policy, Relation, Request};
//! let request = Request::read(headers)?; // who, to whom, and which receipt: look the partner up by it
//! let relation = Relation { keys, certificates: theirs, not_valid: &[], policy: Policy::default() };
//! match request.open(body, &relation, rng) {
//!     Ok(received) => { /* store received.payload, then confirm with received.mic */ }
//!     Err(refused) => { /* an MDN with refused.disposition */ }
//! }
//! # Ok(())
//! # }
//! ```
mod layers;
mod open;
mod receipt;
mod sink;
mod stream;

pub use open::{Attachment, Policy, Received, Refused, Relation};
pub use receipt::{Receipt, SignedReceipt};
pub use sink::{Streamed, Unverified};
pub use stream::Unfinished;

use crate::error::Error;
use crate::features::Features;
use crate::mime::Headers;
use crate::name::Name;
use crate::outgoing::check_field;

/// Longest Message-ID taken, in octets (RFC 5322, 2.1.1).
pub const MESSAGE_ID_OCTETS_MAX: usize = 998;

/// The header of a message (RFC 4130, 6), before its body is looked at.
#[derive(Clone)]
pub struct Request {
    /// AS2-From.
    pub from: Name,
    /// AS2-To.
    pub to: Name,
    /// Message-ID, as it came: with its angle brackets, if it had any.
    pub message_id: String,
    /// AS2-Version; `1.0` where it is missing.
    pub version: String,
    /// AS2-Product: what the sender's software calls itself.
    pub product: Option<String>,
    /// EDIINT-Features of the sender's software.
    pub features: Features,
    /// The receipt that is asked for.
    pub receipt: Option<Receipt>,
    headers: Headers,
}

impl Request {
    /// Reads the header of a request. What fails here cannot be answered with an MDN: nobody knows to whom.
    ///
    /// # Errors
    /// [`Error::Header`] with the field that is missing, wrong or there twice.
    pub fn read(headers: Headers) -> Result<Self, Error> {
        let name = |field: &'static str| {
            headers.only(field).and_then(|value| Name::read(value).ok()).ok_or(Error::Header(field))
        };
        // What a receipt can repeat.
        let plain = |id: &&str| (1..=MESSAGE_ID_OCTETS_MAX).contains(&id.len()) && check_field(id).is_ok();
        let message_id = headers.only("message-id").filter(plain).ok_or(Error::Header("message-id"))?.to_owned();
        Ok(Self {
            from: name("as2-from")?,
            to: name("as2-to")?,
            message_id,
            version: headers.get("as2-version").unwrap_or("1.0").to_owned(),
            product: headers.get("as2-product").map(str::to_owned),
            features: headers.get("ediint-features").map_or_else(Features::default, Features::read),
            receipt: Receipt::read(&headers),
            headers,
        })
    }

    /// Fields that this crate does not read: Subject, Date.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }
}
