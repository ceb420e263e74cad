//! The warden over HTTP, with a witness beside it: what it does, and what it refuses.

mod house;
mod ledger_files;
mod openings;
mod retention;
mod witness;
mod workers;
