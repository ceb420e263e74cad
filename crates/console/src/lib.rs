//! The console's pages: what the gateway knows goes in, HTML comes out. No request, no session, no clock.
//!
//! In scope: templates, words in each language, drawings, and what pages refer to. Out of scope: who may see what, and where it
//! comes from; that is the caller's. Nothing personal can come here, since the types of `api` have no place for it, but to the one page
//! that `bulla agent` makes on a person's own machine (`agent`).
//!
//! ```text
//! frame        what is around every page; the way in; what is shown in place of a page
//! words        each language's sentences (words/en.toml, words/fr.toml)
//! when         times and dates
//! status       shape and word for where something stands
//! desk         the day in figures, and the list
//! plot         the day's hours as a drawing
//! interchange  one interchange: its timeline, deliveries, receipt
//! bulk         what one form did to several of them
//! act          what can be done about deliveries
//! answer       an acknowledgement of ours, in words
//! finding      what is wrong with a document, and the document masked
//! test         what would be answered to a file
//! parcels      one parcel by a number, and what opening it would write
//! agent        what is opened on a person's own machine: the one page with sealed fields
//! entries      the ledger, a stretch at a time
//! beats        its heartbeats as a drawing
//! days         its openings by day as a drawing
//! retention    each agreement's months, and what is still held
//! partners     who is exchanged with
//! people       who may enter
//! tokens       which programs may ask for what, until when
//! incident     what could have been read, at most
//! steps        its curve as a drawing
//! ```
//!
//! Templates do no work: what they show is made ready beside them.

pub mod act;
pub mod agent;
mod answer;
pub mod assets;
mod beats;
pub mod bulk;
mod days;
pub mod desk;
pub mod entries;
mod finding;
mod frame;
pub mod incident;
pub mod interchange;
pub mod parcels;
pub mod partners;
pub mod people;
mod plot;
pub mod retention;
mod status;
mod steps;
pub mod test;
pub mod tokens;
mod when;
mod words;

pub use frame::{Fault, Frame, Theme, join, login, wrong};
pub use words::{Language, Words};
