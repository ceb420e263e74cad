//! AS2 messages (RFC 4130): opened before the document in them goes the way of every other, and answered with a receipt
//! once what it confirms is durable.
//!
//! ```text
//! wire/as2      the header: who, to whom, which receipt                  Head
//!   receive     came before? its first answer. Otherwise: open it, exchange::receive, make the receipt, keep it
//! wire/as2      answers, or `receipts` sends it where the sender wants it
//! ```
//!
//! What we send as AS2 messages, deliveries and acknowledgements, is made once (`compose`), stored, and sent by `exchange/deliver` until a
//! receipt confirms it (`confirm`).
//!
//! A receipt holds a plain hash of the document, which would confirm a guess: it is kept only under the month's index key,
//! and goes with it.

mod answer;
mod compose;
mod confirm;
pub mod identity;
mod opening;
mod outside;
pub mod receipts;
pub mod receive;

pub use answer::Answer;
pub(crate) use compose::compose;
pub(crate) use confirm::judge;
pub use identity::Identity;
pub(crate) use opening::Opening;
pub use receive::{Head, Message, receive, stranger};
