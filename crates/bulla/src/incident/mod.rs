//! The third journey: assess -> prove -> notify. The gateway gives headers and passes the ledger on; whoever assesses
//! computes on a machine of their own (`verb/assess.rs`).
pub mod source;
