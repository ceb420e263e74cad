//! An assessment and a statement as people read them: each one page that needs nothing else, in English and French.
//!
//! In scope: [`page`] of an assessment with its two drawings (what is exposed, sealed and shredded, by shipper and month, of which the drill
//! takes its [`cells`]; and the answer by the day on which it began), [`statement`] of a shipper's month, and how a [`Language`] writes
//! numbers and dates. Out of scope: computing anything; what is shown is
//! the [`Assessment`](incident::Assessment)'s or the [`Statement`](incident::Statement)'s own. Nothing personal can come here: neither
//! has any.
//!
//! Drawings are SVG with presentation attributes alone: they may stand in a page with a strict policy, be printed, and be read
//! without colour.

pub mod cells;
mod curve;
mod drawing;
mod frame;
mod language;
mod page;
mod picture;
mod statement;
mod words;

pub use language::Language;
pub use page::page;
pub use statement::statement;
