//! An assessment as people read it: one page that needs nothing else, with its pictures, in English and French.
//!
//! In scope: [`page`], the drawings [`cells`] (what is exposed, sealed and shredded, by shipper and month) and [`curve`] (the answer
//! by the day on which it began), and how a [`Language`] writes numbers and dates. Out of scope: computing anything; what is shown is
//! the [`Assessment`](incident::Assessment)'s own. Nothing personal can come here: an assessment has none.
//!
//! Drawings are SVG with presentation attributes alone: they may stand in a page with a strict policy, be printed, and be read
//! without colour.

pub mod cells;
pub mod curve;
mod language;
mod page;
mod words;

pub use language::Language;
pub use page::page;
