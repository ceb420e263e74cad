//! `kill -9` between every two steps of an opening and of a shred, of the real process. What holds after each: nothing was
//! opened or destroyed that no witness had seen, an intent without a receipt counts as opened, a shred that was begun is
//! finished by the next run, no entry is void, and the ledger verifies.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

#[path = "../warden/house.rs"]
#[allow(dead_code, reason = "the warden's tests use the rest")]
mod house;
mod openings;
mod rig;
mod shreds;
#[path = "../warden/witness.rs"]
#[allow(dead_code, reason = "the warden's tests use the rest")]
mod witness;
