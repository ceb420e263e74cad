//! The drill: what happened in November 2020 is told again, once as it was and then as it would have been.
//!
//! 44 shippers' manifests of July 2016 to March 2019 are made up, read, sealed and entered by the functions that a running gateway
//! calls, on a clock of the drill's own; keys are made and destroyed by the warden's rules; somebody takes a host in November 2020.
//! What could have been read is then assessed from the ledger as it would be in earnest, proven in a bundle, verified, and held
//! against [a count](truth) of the documents' text that shares no code with any of that. A difference is a failed drill.
//!
//! | case | what is taken | kept |
//! |---|---|---|
//! | a | the disk, and the keys lie beside it: as it was | without an end |
//! | b | the gateway's disk | without an end |
//! | c | the gateway's host, for six weeks | without an end |
//! | d | the warden's host, for six weeks | 90 days behind its month |
//! | e | the warden's host, from the theft on; another organisation's layer is around everything | without an end |
//!
//! In the story the newest manifest was twenty months old, so that (c) and (d) are 0 by the calendar alone; beside each stands the
//! worst that somebody could have chosen of all six weeks.
//!
//! Out of scope: processes, sockets, files, delivery to the carrier. Nothing here protects anybody: keys are made of the seed.

mod case;
mod comparison;
mod custody;
mod document;
mod fault;
mod gateway;
mod holder;
mod log;
mod outcome;
pub mod picture;
pub mod plan;
mod random;
mod story;
mod thief;
pub mod truth;
pub mod words;

pub use case::{Answer, Case};
pub use comparison::compare;
pub use custody::COPIES_DAYS;
pub use fault::Fault;
pub use outcome::{Audience, Outcome, Panel, run};
pub use story::Window;

/// How long manifests are kept behind their month in case d, in days.
pub const DAYS: u32 = 90;
