#![no_main]
//! A ledger that its warden has changed, and signed: what is asked of it is answered and verified, or refused.
#[path = "../../crates/incident/tests/estate/mod.rs"]
mod estate;
#[path = "../../crates/incident/tests/forger/mod.rs"]
mod forger;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    forger::Forged::by(octets).is_answered();
});
