//! What is said over HTTP between Bulla's roles and to their users, as types: the same on both sides.
//!
//! In scope: requests, answers, refusals, routes, and a small client. Out of scope: answering (the roles do), what a
//! ledger entry means (`ledger`), deciding anything.

pub mod client;
pub mod gateway;
pub mod warden;
