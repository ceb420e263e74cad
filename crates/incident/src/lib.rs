//! After an incident: what could have been read, at most, and the proof of it.
//!
//! In scope: the [`hypothesis`] that an investigator states; the [`exposure`] computed from it and the
//! replayed ledger, as an [`Assessment`]; the level that [`Pins`] allow; the [`bundle`] that carries
//! all this with its proof, and its verification offline. The binary `bulla-verify` is a shell around
//! [`bundle::verify`]. Out of scope: files (but those that a person [names](named)), sockets, clocks, randomness, any private key; notices.
//!
//! ```
//! let hypotheses = incident::Hypotheses::parse(
//!     r#"
//!     [[hypothesis]]
//!     kind = "host"
//!     from = 2020-11-02T00:00:00Z
//!     to   = 2020-11-20T00:00:00Z
//!     workers = ["gw-1"]
//!     "#,
//! )?;
//! assert_eq!(hypotheses.list()[0].from.map(|time| time.to_string()).as_deref(), Some("2020-11-02T00:00:00.000Z"));
//! # Ok::<(), incident::hypothesis::Error>(())
//! ```
//!
//! Every figure is "at most". That nobody read anything is not a thing that this crate can say.

pub mod assessment;
pub mod bundle;
pub mod dating;
pub mod exposure;
pub mod history;
pub mod hypothesis;
pub mod named;
pub mod pins;
mod signers;
pub mod statement;
mod suspects;
mod text;

pub use assessment::{Assessment, Level};
pub use history::History;
pub use hypothesis::{Hypotheses, Hypothesis};
pub use pins::Pins;
pub use statement::Statement;
