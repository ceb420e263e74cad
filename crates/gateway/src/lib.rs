//! An EDI gateway's journeys as a library: what happens to a document from its last octet on, and what is done with what
//! was kept of it.
//!
//! In scope: reading, judging, sealing, storing, answering and delivering documents; finding parcels, carrying requests to
//! open them; forgetting on time. Out of scope: HTTP and every other wire (callers bring a whole body and turn a
//! [`Reply`](exchange::receive::Reply) or an [`Error`] into theirs), the process, its configuration file, private keys of
//! sealed data, which only the warden has.
//!
//! ```text
//! message/     identity, receive, receipts     AS2 around a body: opened before, answered after
//! exchange/    receive -> read -> judge -> seal -> acknowledge -> store      then anchor, deliver
//! disclosure/  find, open
//! retention/   keygate, run
//! partner/     who exchanges what with whom, agreed how
//! tokens       who may ask for what over HTTP, until when
//! ```
//!
//! A body's way is one value that changes its form at each step: [`Body`](exchange::Body), `Read`, `Judged`,
//! `Sealed`, stored. `judge` is pure; `seal` works outside of any lock; only `store` holds one, and the vault checks there
//! what `judge` assumed. Where another body came between, it is judged again.
//!
//! Lock order, outermost first: the vault's turn, the key gate, the partners. None of them is held across an await.

/// Its `eprintln` stands for `std`'s.
#[macro_use]
extern crate durable;

pub mod clock;
mod config;
pub mod disclosure;
mod error;
pub mod exchange;
mod gateway;
pub mod incident;
#[cfg(feature = "leaky")]
mod leak;
mod loops;
pub mod message;
mod metrics;
pub mod partner;
pub mod retention;
#[cfg(feature = "leaky")]
pub mod taken;
pub mod tokens;
pub mod warden;

pub use clock::Clock;
pub use config::Config;
pub use error::Error;
pub use gateway::Gateway;
pub use loops::run;
pub use metrics::Metrics;
