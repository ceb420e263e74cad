//! The warden over HTTP, with a witness beside it: what it does, and what it refuses.

#![allow(clippy::unwrap_used, reason = "all of this is test code; clippy knows that of test functions only")]

mod counts;
mod edges;
mod house;
mod ledger_files;
mod openings;
mod past;
mod retention;
mod witness;
mod workers;
